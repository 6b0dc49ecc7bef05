"""Reports in a browser: every panel is drawn, and what is clicked does what it says."""

import csv
import io
from pathlib import Path

import pytest

from .runs import HOSTILE

KINDS = ("quickstart", "several", "tuned", "failing")
PANELS = "() => Report.panels.filter((p) => p.section).map((p) => p.id)"
HAS_CHART = "(id) => Report.panels.find((p) => p.id === id).chart ?? false"
STALE = "() => Report.panels.filter((p) => p.body && p.stale).length"
TARGET = "() => Report.state.target.tau"
WIDTH = "() => document.documentElement.scrollWidth"
WIDTHS = (390, 1280, 1920)
"""Pixels of a phone, a laptop and a large screen."""
FOCUSED = "() => document.activeElement.id"
TWICE = 500
"""Milliseconds after which a click is no longer the second of two."""


@pytest.fixture(params=KINDS, scope="module")
def every(request, report):
    """The report of each kind of run."""
    return report(request.param)


@pytest.fixture
def several(report):
    """The report of three problems and three optimizers."""
    return report("several")


def panels_of(shown):
    """Return the ids of the panels of a report, in order."""
    return shown.page.evaluate(PANELS)


def test_every_panel_is_drawn_without_error_and_without_a_request(every):
    for name in panels_of(every):
        panel = every.show(name)
        assert panel.inner_text().strip()
        if every.page.evaluate(HAS_CHART, name):
            assert panel.locator(".main-svg, .body .note").count()
    words = every.page.locator("body").inner_text()
    for wrong in ("undefined", "NaN", "[object", "null"):
        assert wrong not in words
    assert every.complaints == []
    assert every.requests == [every.page.url]


def test_every_choice_is_drawn_without_error(every):
    for name in panels_of(every):
        every.show(name)
    for place in range(every.page.locator("select").count()):
        select = every.page.locator("select").nth(place)
        for option in range(min(6, select.locator("option").count())):
            select.select_option(index=option)
    every.page.wait_for_timeout(TWICE)
    assert every.complaints == []


def test_charts_and_controls_have_a_name(every):
    for name in panels_of(every):
        every.show(name)
    for chart in every.page.locator(".js-plotly-plot").all():
        assert chart.get_attribute("role") == "img"
        assert len(chart.get_attribute("aria-label")) > 10
    for control in every.page.locator("select, input, button").all():
        assert control.evaluate("(e) => !!(e.labels?.length || e.textContent)")


def test_a_click_takes_an_optimizer_away_and_a_double_click_leaves_it_alone(several):
    many, slow = (
        several.page.locator("#bar button", has_text=name) for name in ("many", "slow")
    )
    several.show("curves")
    drawn = several.colours("curves")
    many.click()
    several.show("profiles")
    assert several.lines("profiles") == ["few", "slow"]
    several.show("curves")
    assert several.colours("curves") < drawn
    rows = several.show("table").locator("tbody tr:visible").all_inner_texts()
    assert len(rows) == 6
    assert not any("many" in row for row in rows)
    several.page.wait_for_timeout(TWICE)
    slow.dblclick()
    several.show("profiles")
    assert several.lines("profiles") == ["slow"]
    several.page.wait_for_timeout(TWICE)
    slow.dblclick()
    several.show("profiles")
    assert several.lines("profiles") == ["few", "many", "slow"]


def test_the_slider_of_the_target_moves_bars_and_table(several):
    panels = ("bars", "table")
    stated = [several.show(name).inner_text() for name in panels]
    slider = several.page.locator("#tau")
    slider.focus()
    several.page.keyboard.press("Home")  # the easiest: met at the start
    assert several.page.evaluate(TARGET) == 0
    several.page.keyboard.press("PageUp")
    assert several.page.evaluate(TARGET) > 1
    assert slider.get_attribute("aria-valuetext")
    words = several.page.locator("#target-words").inner_text()
    assert words.startswith("On bowl: training loss ≤")
    moved = [several.show(name).inner_text() for name in panels]
    assert all(one != other for one, other in zip(stated, moved, strict=True))
    assert several.page.evaluate(FOCUSED) == "tau"
    several.page.locator("#target").select_option(label="as stated")
    assert [several.show(name).inner_text() for name in panels] == stated


def test_the_slider_of_the_price_says_who_is_cheapest(several):
    several.show("break-even")
    several.page.locator("#gradient-price").focus()
    for key, cheapest in (("Home", "many"), ("End", "few")):
        several.page.keyboard.press(key)
        several.show("break-even")
        said = several.page.locator("#cheapest").inner_text()
        assert f"{cheapest} is the cheapest" in said
    several.page.get_by_role("button", name="As measured").click()
    assert several.page.evaluate("() => Report.state.gradientPrice") is None


def test_a_search_finds_rows(several):
    table = several.show("table")
    several.page.locator("#filter").fill("valley few")
    assert table.locator("tbody tr").count() == 1
    several.page.locator("#filter").fill("")
    assert table.locator("tbody tr").count() == 9


def test_what_is_shown_can_be_saved(several, tmp_path):
    for name in panels_of(several):
        for button in several.show(name).locator(".tools button").all():
            with several.page.expect_download() as saving:
                button.click()
            path = tmp_path / saving.value.suggested_filename
            saving.value.save_as(path)
            assert path.stem == name
            check_saved(path)


def check_saved(path: Path):
    if path.suffix == ".csv":
        head, *rows = csv.reader(io.StringIO(path.read_text()))
        assert rows
        assert {len(row) for row in rows} == {len(head)}
    elif path.suffix == ".png":
        assert path.read_bytes().startswith(b"\x89PNG")
    else:
        assert path.suffix == ".svg"
        assert "<svg" in path.read_text()[:200]


def test_the_keyboard_reaches_and_toggles_an_optimizer(several):
    several.show("profiles")
    several.page.evaluate("() => scrollTo(0, 0)")
    focused = None
    for _ in range(60):
        several.page.keyboard.press("Tab")
        focused = several.page.evaluate(
            "() => document.activeElement.dataset.optimizer ?? null"
        )
        if focused == "1":
            break
    assert focused == "1"
    several.page.keyboard.press("Space")
    several.show("profiles")
    assert several.lines("profiles") == ["few", "slow"]


def test_labels_that_look_like_markup_stay_text(report):
    shown = report("failing")
    for name in panels_of(shown):
        shown.show(name)
    assert shown.page.locator("body b, body img, body i").count() == 0
    names = shown.page.locator("#bar bdi").all_text_contents()
    for label in HOSTILE:
        assert label in names
    drawn = shown.page.locator(".js-plotly-plot text").all_text_contents()
    assert any("<script>" in text for text in drawn)
    shown.page.locator("#table tbody button").first.click()
    assert shown.page.locator("dialog[open]").count() == 1
    assert shown.page.evaluate("() => window.hacked ?? null") is None
    assert shown.complaints == []


def test_tuning_and_paths_are_drawn(report):
    tuned = report("tuned")
    tuned.show("sensitivity")
    assert set(tuned.lines("sensitivity")) == {"sgd", "momentum"}
    tuned.page.locator("#setting").select_option("decay")
    tuned.show("sensitivity")
    assert set(tuned.lines("sensitivity")) == {"momentum"}
    tuned.show("best-of-k")
    assert set(tuned.lines("best-of-k")) == {"sgd", "momentum"}
    tuned.show("paths")
    assert "minimiser" in tuned.lines("paths")
    tuned.choose(problem=1)
    assert "no landscape" in tuned.show("paths").inner_text()
    assert tuned.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(report, scheme):
    shown = report("several", color_scheme=scheme)
    assert shown.page.evaluate("() => Report.state.theme") == scheme
    for width in WIDTHS:
        shown.page.set_viewport_size({"width": width, "height": 800})
        for name in panels_of(shown):
            shown.show(name)
        assert shown.page.evaluate(WIDTH) == width


def test_a_page_for_paper_has_every_panel(several):
    several.page.emulate_media(media="print")
    several.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert several.page.evaluate(STALE) == 0
    assert several.page.pdf().startswith(b"%PDF")
