"""The curves of the page: their bands are those of the plots, and its marks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from bench.report.plots.scene import Curve, band
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run
from .node import evaluate, evaluate_on

TRACES = """Report.curves.tracesOf(
    Report.data.problems[0], {...Report.state, unit: "steps", spread})"""


def curves_of(seed):
    """Return curves with common costs, some diverged, some ended early."""
    draw = np.random.default_rng(seed)
    made = []
    for place in range(7):
        points = int(draw.integers(2, 35))
        cost = np.cumsum(draw.integers(0, 3, points), dtype=float)
        cost -= cost[0]
        value = np.exp(draw.normal(size=points))
        value[draw.random(points) < 0.1] = np.inf
        made.append(Curve(cost, value, place % 3 == 0))
    return made


def test_bands_are_those_of_the_plots():
    several = [curves_of(seed) for seed in range(20)]
    plain = [
        [
            {**one._asdict(), "cost": [*one.cost], "value": [*one.value]}
            for one in curves
        ]
        for curves in several
    ]
    found = evaluate("several.map(Report.series.band)", several=plain)
    for curves, one in zip(several, found, strict=True):
        for name, expected in band(curves)._asdict().items():
            assert_allclose(one[name], expected)


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        ([5, 3, 8], [1, 10], (2, 8, 8)),  # inside to its end
        ([5, 3, 80, 90], [1, 10], (2, 10, 80)),  # leaves upwards
        ([5, 3, np.inf], [1, 10], (2, 10, np.inf)),
        ([5, 30, 3, 80], [1, 10], (3, 10, 80)),  # comes back once
        ([5, 0.2], [1, 10], (1, 1, 0.2)),  # leaves downwards, as where more is better
    ],
)
def test_a_curve_leaves_at_its_first_point_outside(value, limits, expected):
    each = {"cost": [*range(len(value))], "value": value}
    of = "Report.series.departure(each, limits)"
    found = evaluate(of, each=each, limits=limits)
    assert (found["cost"], found["value"], found["found"]) == expected


@pytest.fixture(scope="module")
def wild(tmp_path_factory):
    """A run of which one optimizer diverges with each of its five seeds."""
    racers = [Racer("fast", 0.5), Racer("wild", 3.0)]
    folder = tmp_path_factory.mktemp("wild")
    return load(write_run(folder, [Course(steps=100)], racers, seeds=5))


@pytest.mark.parametrize("spread", ["seeds", "band"])
def test_each_trial_that_diverged_has_a_mark_and_its_reason(wild, spread):
    left = [record for record in wild.records if record.end == "diverged"]
    assert len(left) == 5
    (marks,) = (
        trace
        for trace in evaluate_on(wild, TRACES, spread=spread)
        if trace.get("name") == "diverged"
    )
    assert len(marks["meta"]["trials"]) == len(marks["x"]) == 5
    said = [words for _, _, words in marks["customdata"]]
    assert all("diverged: ended by diverged" in words for words in said)
    by_seed = {record.spec.seed: record for record in left}
    for seed, words in enumerate(said):
        assert f"seed {seed}" in words
        trace = wild.trace(by_seed[seed].key)
        place = int(np.flatnonzero(trace["step"] == marks["x"][seed])[0])
        if spread == "seeds":  # nothing is cut off: at its end
            assert place == len(trace) - 1
            assert marks["y"][seed] == trace["loss"].iloc[-1]
        else:
            assert marks["y"][seed] <= trace["loss"].iloc[place]


def test_hiding_an_optimizer_changes_no_other_line(wild):
    of = f"[{TRACES}, (Report.state.hidden.add(1), {TRACES}), {TRACES}]"
    both, one, again = evaluate_on(wild, of, spread="band")
    assert one == again
    assert len(one) == len(both)
    seen = [trace for trace in one if trace.get("opacity") != 0]
    assert [trace.get("name") for trace in seen] == [None, None, "fast"]
    assert seen == both[: len(seen)]
