"""A report of 1,000 trials of 1,000 rows: its size, and how fast it answers.

The bounds of seconds are wide, because tests run beside others; `python -m
tests.performance report` measures.
"""

import pytest

from bench.report.html import page

from . import runs
from .browser import opened
from .speed import drawn, seconds, toggled

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def large():
    """The run, its page, and the seconds that the page took."""
    run = runs.large()
    took, text = seconds(lambda: page([run]))
    return run, text, took


def test_it_is_small_and_made_soon(large):
    run, text, took = large
    rows = [len(run.trace(record.key)) for record in run.records]
    assert len(rows) == 1000
    assert sum(rows) > 900_000
    assert len(text.encode()) <= 12 * MEGABYTE
    assert took < 20


def test_a_short_run_has_a_short_page(tmp_path):
    assert len(page([runs.quickstart(tmp_path)]).encode()) <= 6 * MEGABYTE


@pytest.fixture(scope="module")
def shown(large, chromium, tmp_path_factory):
    """The page in a browser."""
    path = tmp_path_factory.mktemp("large") / "report.html"
    path.write_text(large[1], "utf-8", newline="\n")
    report = opened(chromium, path)
    yield report
    report.page.context.close()


def test_it_is_drawn_soon_and_answers_at_once(shown):
    assert drawn(shown.page) < 20
    assert sorted(toggled(shown.page))[2] < 2
    assert shown.complaints == []


def test_a_search_finds_a_problem(shown):
    shown.page.locator("#problem-search").fill("7 problem")
    assert shown.page.locator("#problem option").all_inner_texts() == ["problem 7"]
    assert shown.page.evaluate("() => Report.state.problem") == 7
