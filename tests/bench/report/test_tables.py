import io
from math import inf, nan

import pandas as pd
import pytest
from rich.console import Console

from bench.report import format as units
from bench.report.summary import summarize
from bench.report.tables import write as tables
from bench.store.run import load

from ..synthetic_run import Course, Racer, write_run

RACERS = [Racer("slow", 0.99), Racer("fast", 0.5), Racer("a|b [red]", 2.0)]


@pytest.fixture
def folder(tmp_path):
    courses = [Course(steps=60), Course("valley", optimum=None, target=None)]
    return write_run(tmp_path, courses, RACERS)


def test_the_csv_holds_the_summary_exactly(folder):
    tables.write(folder)
    found = pd.read_csv(folder / "summary.csv")
    expected = summarize(load(folder))
    for column in expected.select_dtypes("number"):
        assert found[column].equals(expected[column].astype(found[column].dtype))


def test_the_best_comes_first_and_every_row_is_whole(folder):
    text = tables.write(folder)
    assert text == (folder / "summary.md").read_text()
    bowl = text.split("## valley")[0]
    assert bowl.index("| fast") < bowl.index("| slow")
    assert "never" in bowl
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(line) for line in lines}) <= 1
        pipes = {line.replace("\\|", "").count("|") for line in lines}
        assert len(pipes) <= 1


def test_the_same_files_give_the_same_bytes(folder):
    first = tables.write(folder), (folder / "summary.csv").read_bytes()
    second = tables.write(folder), (folder / "summary.csv").read_bytes()
    assert first == second


def test_the_terminal_shows_labels_as_they_are(folder):
    out = io.StringIO()
    tables.render(folder, Console(file=out, width=200))
    assert "a|b [red]" in out.getvalue()
    assert "Prices" in out.getvalue()


def test_one_seed_is_said_and_no_chance_is_given(tmp_path):
    one, two = (
        tables.write(write_run(tmp_path / str(seeds), [Course()], RACERS, seeds=seeds))
        for seeds in (1, 2)
    )
    assert "one seed; a trial" in one
    assert "order statistics" not in one
    assert "% with 2 seeds" in two


def test_a_run_without_trials_has_a_table(tmp_path):
    folder = write_run(tmp_path, [], [], priced=False)
    assert "No trials yet" in tables.write(folder)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 s"),
        (1.234e-9, "1.23 ns"),
        (9.996e-7, "1.00 µs"),
        (1.5e-3, "1.50 ms"),
        (0.9996, "1.00 s"),
        (123.4, "123 s"),
        (12345.0, "12,345 s"),
        (inf, "never"),
        (nan, "–"),
    ],
)
def test_seconds(value, text):
    assert units.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (12.0, "12"), (1234.0, "1,234"), (2.5, "2.50"), (123456, "1.23e+05")],
)
def test_counts(value, text):
    assert units.count(value) == text
