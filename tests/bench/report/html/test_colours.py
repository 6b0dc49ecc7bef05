"""The page's colours: text and controls stand out in both themes."""

import re
from importlib import resources

import pytest

CSS = resources.files("bench.report.html").joinpath("page.css").read_text("utf-8")
THEMES = {
    "light": r"^:root \{(.*?)\}",
    "dark": r'^:root\[data-theme="dark"\] \{(.*?)\}',
}
TEXT, CONTROL = 4.5, 3.0
"""Least contrasts of WCAG 2.2, 1.4.3 and 1.4.11."""
LEAST = {
    **dict.fromkeys(("ink", "faint", "accent", "bad"), TEXT),
    **dict.fromkeys(("edge", "focus"), CONTROL),
}


def colours_of(theme):
    """Return the colours of a theme by name, float[3] in [0, 1]."""
    (block,) = re.findall(THEMES[theme], CSS, re.DOTALL | re.MULTILINE)
    found = re.findall(r"--(\w+): #([0-9a-f]{6});", block)
    return {
        name: [int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        for name, text in found
    }


def luminance(colour):
    """Return WCAG's relative luminance of a colour of sRGB."""
    linear = [
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour
    ]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """Return the ratio of two colours' luminances, from 1 to 21."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_of_black_and_white_is_21():
    assert contrast([0, 0, 0], [1, 1, 1]) == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_controls_stand_out(theme):
    colours = colours_of(theme)
    assert {*LEAST, "paper", "raised"} <= set(colours)
    for ground in ("paper", "raised"):
        for name, least in LEAST.items():
            assert contrast(colours[name], colours[ground]) >= least, (name, ground)
