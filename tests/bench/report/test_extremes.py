"""Every table and plot of runs with hostile labels, and of nearly empty runs."""

from math import inf, nan

import pandas as pd
import pytest
from PIL import Image

from bench.report.groups import Results
from bench.report.plots.draw import draw
from bench.report.plots.jobs import EVERY
from bench.report.tables.summary import Tables
from bench.store.run import load

from ..hostile import LABELS
from ..synthetic_run import Course, Racer, change, plan, remove, write_run

SGD = Racer("sgd", 0.5)


def made(folder, **more):
    """Make all tables and all plots of a run; return the tables' text."""
    tables = Tables(Results(load(folder)))
    text = tables.write()
    drawn = draw(folder, EVERY)
    assert drawn.failed == []
    for path in drawn.paths:
        with Image.open(path) as picture:
            assert picture.width == 748
            assert picture.height < 6000
    return text, {path.stem for path in drawn.paths}


def test_hostile_labels_are_shown_in_every_table_and_plot(tmp_path):
    courses = [Course(label, steps=8, target=0.1) for label in (LABELS[12], LABELS[0])]
    racers = [Racer(label, 0.4 + i / 50) for i, label in enumerate(LABELS)]
    text, plots = made(write_run(tmp_path, courses, racers, seeds=1))
    assert len(plots) == 2 * 7 + 1
    assert not any(char < " " for char in text.replace("\n", ""))
    rows = [line for line in text.split("\n") if line.startswith("|")]
    widths = {line.replace("\\|", "").count("|") for line in rows}
    assert len(widths) <= 5  # problems, prices, needs, comparisons, predictions
    summary = pd.read_csv(tmp_path / "summary.csv", keep_default_na=False)
    assert len(summary) == 2 * len(LABELS)
    for name in ("problem", "optimizer"):
        assert not summary[name].str.startswith(("=", "+", "@", "-")).any()


def test_names_that_look_like_numbers_find_their_prices(tmp_path):
    courses = [Course(label, steps=8) for label in ("nan", "1e3", "=1")]
    run = load(write_run(tmp_path, courses, [SGD], seeds=1))
    results = Results(run)
    assert [group.problem for group in results.groups] == ["nan", "1e3", "=1"]
    assert all(results.prices(group) for group in results.groups)


@pytest.mark.parametrize("racers", [1, 40])
def test_one_optimizer_and_forty(tmp_path, racers):
    many = [Racer(f"r{i}", 0.4 + i / 100) for i in range(racers)]
    folder = write_run(tmp_path, [Course(steps=8, target=0.1)], many, seeds=1)
    _, plots = made(folder)
    assert {"bowl-panel", "bowl-calls"} <= plots


@pytest.mark.parametrize("start", [nan, inf, 1e300])
def test_no_finite_loss_is_said(tmp_path, start):
    courses = [Course("lost", start=start, steps=3), Course(steps=3)]
    text, plots = made(write_run(tmp_path, courses, [SGD, Racer("adam", 0.6)], seeds=2))
    assert {"lost-panel", "bowl-panel"} <= plots
    assert "lost" in text


@pytest.mark.parametrize("optimum", [0.1, None])
def test_one_row(tmp_path, optimum):
    courses = [Course(steps=0, optimum=optimum)]
    _, plots = made(write_run(tmp_path, courses, [SGD, Racer("adam", 0.6)], seeds=1))
    assert "bowl-panel" in plots


def test_no_rows(tmp_path):
    pair = [SGD, Racer("adam", 0.6)]
    one, none = (
        write_run(tmp_path / name, [Course(steps=3)], pair, seeds=1) for name in "ab"
    )
    first, second = plan(one)
    remove(one, first.key)
    change(one, second.key, end="failed", reason="$ it *broke*", start_loss=None)
    made(one)
    remove(none, first.key)
    remove(none, second.key)
    text, plots = made(none)
    assert "missing 1" in text
    assert plots == set()
