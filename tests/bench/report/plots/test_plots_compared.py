"""Profiles, crossings, sensitivity and best of k: what is drawn is what was counted."""

from math import inf

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from bench.report.break_even import contests, prices_that_decide
from bench.report.comparison import fields
from bench.report.plots import break_even as crossings
from bench.report.plots import profiles
from bench.report.plots import tuning as sensitivity
from bench.report.plots import tuning as settings_tried
from bench.report.plots.look import looks
from bench.report.tuning import by_number, by_value
from bench.store.run import load

from ..synthetic_run import RATIOS, Course, Racer, write_run

RACERS = [
    Racer("few", 0.5, calls={"forward": 8, "gradient": 1}),
    Racer("many", 0.8),
    Racer("slow", 0.999),
]
FAMILIES = looks(racer.label for racer in RACERS)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    courses = [Course(steps=100), Course("valley", steps=30)]
    return load(write_run(tmp_path_factory.mktemp("run"), courses, RACERS, seeds=7))


def drawn(axes, colour):
    """The lines of a colour with more than a point."""
    lines = [x for x in axes.get_lines() if to_hex(x.get_color()) == colour.lower()]
    return [line.get_xydata() for line in lines if len(line.get_xydata()) > 1]


def test_a_profile_climbs_to_the_share_that_is_solved(run):
    figure = profiles.figure(fields(run), FAMILIES)
    assert len(figure.axes) == 3
    for axes in figure.axes:
        for name, solved in (("few", 1.0), ("many", 0.5), ("slow", 0.0)):
            (line,) = drawn(axes, FAMILIES[name].colour)
            assert line[0, 1] == 0
            assert line[-1, 1] == solved
    (line,) = drawn(figure.axes[0], FAMILIES["few"].colour)
    assert line[:2].tolist() == [[1, 0], [1, 1]]  # the fastest on both


def test_a_budget_is_in_forward_passes(run):
    axes = profiles.figure(fields(run), FAMILIES).axes[-1]
    (line,) = drawn(axes, FAMILIES["many"].colour)
    known = fields(run)["forward_equivalents"].medians[0, 1]
    assert line[1].tolist() == [pytest.approx(known), 0.5]
    assert "forward-pass equivalents" in axes.get_xlabel()


def test_who_is_best_by_any_cost_is_drawn(tmp_path):
    quick = [Racer(f"r{i}", 0.5 + i / 50) for i in range(profiles.MOST)]
    thrifty = Racer("thrifty", 0.3, step_seconds=1e-2)  # is last in time
    folder = write_run(tmp_path, [Course(), Course("valley")], [*quick, thrifty])
    figure = profiles.figure(fields(load(folder)), {})
    names = [line.get_label() for line in figure.legends[0].get_lines()]
    assert "thrifty" in names[:2]
    assert names[-1] == "1 more in comparison.csv"


def test_who_stands_untuned_too_keeps_the_look_of_the_other_plots(tmp_path):
    racers = [Racer("slow", 0.9), Racer("fast, untuned", 0.7), Racer("fast", 0.5)]
    folder = write_run(tmp_path, [Course(), Course("valley")], racers, seeds=1)
    known = looks(racer.label for racer in racers)
    figure = profiles.figure(fields(load(folder)), known)
    lines = figure.legends[0].get_lines()
    found = {line.get_label(): to_hex(line.get_color()) for line in lines}
    assert found == {name: look.colour.lower() for name, look in known.items()}


def test_settings_of_one_family_are_told_apart(tmp_path):
    grid = [Racer("adam", r, settings={"learning_rate": r}) for r in (0.5, 0.7)]
    folder = write_run(tmp_path, [Course(), Course("valley")], grid, seeds=1)
    figure = profiles.figure(fields(load(folder)), looks(["adam"]))
    entries = figure.legends[0].get_lines()
    assert len({line.get_color() for line in entries}) == 2


def test_one_problem_has_no_profile(tmp_path):
    run = load(write_run(tmp_path, [Course()], RACERS, seeds=1))
    assert profiles.figure(fields(run), FAMILIES) is None


def test_costs_cross_where_the_table_says(run):
    (contest,) = contests(run)
    (pair,) = prices_that_decide(run).to_dict("records")
    figure = crossings.figure(contest, [pair], FAMILIES)
    costs, bars = figure.axes
    (few,), (many,) = (drawn(costs, FAMILIES[n].colour) for n in ("few", "many"))
    cheaper = few[:, 1] < many[:, 1]
    assert not cheaper[few[:, 0] < pair["low"]].any()
    assert cheaper[few[:, 0] > pair["high"]].all()
    (left,), (right,) = (drawn(bars, FAMILIES[n].colour) for n in ("many", "few"))
    assert (left[-1, 0], right[0, 0]) == (pair["low"], pair["high"])
    marked = [line.get_xdata()[0] for line in costs.get_lines()]
    assert RATIOS["gradient"] in marked


def test_who_never_cross_have_no_bars(run):
    (contest,) = contests(run)
    assert len(crossings.figure(contest, [], FAMILIES).axes) == 1


def record(label="sgd"):
    """Settings that came to 8, 4 and nothing: two seeds chose, three score."""
    ends = {8.0: "target", 4.0: "target", inf: "diverged"}
    lanes = [
        {
            "choose": [{"end": ends[cost], "cost": cost}] * 2,
            "score": [{"end": ends[cost], "cost": cost * k} for k in (1, 2, 3)],
        }
        for cost in ends
    ]
    rates = [{"learning_rate": rate} for rate in (0.01, 0.1, 1.0)]
    return {"label": label, "settings": rates, "lanes": lanes, "winner": 1}


def test_what_tuning_saw_is_scored_on_the_other_seeds():
    table = by_value(record(), "learning_rate", "cost")
    assert table["outcome"].tolist() == [16, 8, inf]
    assert table["word"].tolist() == ["", "", "diverged"]
    assert table["chosen"].tolist() == [False, True, False]
    best = by_number(record(), "cost")
    # Of two settings drawn the 4 is in two of three draws; of one it is one in three.
    assert best["median"].tolist() == [16, 8, 8]
    assert best["low"].tolist() == [8, 4, 4]
    spent = {"choose": [], "score": [{"end": "budget", "cost": inf}]}
    never = record() | {"lanes": [spent] * 3}
    assert set(by_value(never, "learning_rate", "cost")["word"]) == {"never"}


def test_what_diverged_is_in_a_strip_with_its_word():
    table = by_value(record(), "learning_rate", "cost")
    figure = sensitivity.figure("bowl", table, "learning rate", "cost", {})
    (axes,) = figure.axes
    (line,) = (x.get_xydata() for x in axes.get_lines() if len(x.get_xdata()) == 3)
    np.testing.assert_array_equal(line, [[0.01, 16], [0.1, 8], [1.0, np.nan]])
    assert [text.get_text() for text in axes.texts] == ["diverged"]
    above = [x.get_xydata()[0] for x in axes.get_lines() if x.get_ydata()[0] == 1.035]
    assert [point.tolist() for point in above] == [[1.0, 1.035]]
    assert axes.get_yscale() == "linear"  # from 8 to 16
    ring = [x for x in axes.get_lines() if x.get_markerfacecolor() == "none"]
    assert ring[0].get_xydata().tolist() == [[0.1, 8]]
    assert "chosen" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_where_half_of_the_draws_never_arrive_so_does_the_curve():
    table = pd.DataFrame(
        {
            "optimizer": "sgd",
            "tried": [1, 2, 3],
            "median": [inf, 9.0, 5.0],
            "low": [8.0, 5.0, 4.0],
            "high": [inf, inf, 6.0],
        }
    )
    (axes,) = settings_tried.figure("bowl", table, "cost", {}).axes
    (line,) = (x.get_xydata() for x in axes.get_lines() if len(x.get_xdata()) == 3)
    np.testing.assert_array_equal(line, [[1, np.nan], [2, 9], [3, 5]])
    assert [text.get_text() for text in axes.texts] == ["never"]


def test_a_score_that_may_be_negative_has_a_plain_axis():
    table = by_value(record(), "learning_rate", "cost")
    for low, scale in ((-3.0, "linear"), (0.01, "log")):
        table["outcome"] = [low, 2.5, inf]
        (axes,) = sensitivity.figure("bowl", table, "learning rate", "", {}).axes
        assert axes.get_yscale() == scale
