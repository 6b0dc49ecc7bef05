"""Labels in lines: words stay whole, or are broken where their parts meet."""

import re

import pytest

from bench.report.plots import profiles
from bench.report.plots.words import broken, wrapped

from ...synthetic_run import Racer
from .test_profiles import tables_of

LONG = "levenberg_marquardt, untuned"
NAMES = (LONG, "optax.contrib.schedule_free_adamw", "keep-stepping a=1/2 b=3")
PART_END = re.compile(r"[._/=-]$")


def ends_well(text, lines):
    """Return whether each line ends with the text, a word, or a part of a word."""
    rest = text
    for line in lines:
        assert rest.startswith(line)
        rest = rest[len(line) :]
        if rest and rest[0] != " " and not PART_END.search(line):
            return False
        rest = rest.lstrip()
    return not rest


@pytest.mark.parametrize("text", NAMES)
def test_a_line_ends_where_a_word_or_a_part_of_it_ends(text):
    for width in range(12, 40):  # the longest part has 10 characters
        lines = broken(text, width).split("\n")
        assert max(map(len, lines)) <= width
        assert ends_well(text, lines)


def test_what_has_no_parts_is_broken_all_the_same():
    assert broken("x" * 25, 10).split("\n") == ["x" * 10, "x" * 10, "x" * 5]


def test_words_shorter_than_a_line_are_not_broken():
    lines = wrapped("keep_stepping with learning_rate=0.1", 18).split("\n")
    assert lines == ["keep_stepping with", "learning_rate=0.1"]


def test_a_long_legend_breaks_no_word_between_its_parts(tmp_path):
    names = [*NAMES, "levenberg_marquardt", *"abcde"]
    racers = [Racer(name, 0.5 + i / 50) for i, name in enumerate(names)]
    figure = profiles.figure(tables_of(tmp_path, racers, seeds=1), {})
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(texts) == len(names)
    assert any("\n" in text for text in texts)
    for name, text in zip(names, texts, strict=True):
        assert ends_well(name, text.split("\n"))
