"""The page's numbers are those of the tables, and of the whole traces."""

import json

import numpy as np
import pytest

from bench.core.costs import COSTS
from bench.report import format
from bench.report.groups import Results
from bench.report.html.contents import contents
from bench.report.summary import summarize
from bench.statistics.intervals import interval
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run
from ..races import BOWLS, RACERS
from .node import answers

CREST = Racer("crest", 0.9, calls={"gradient": 2, "hvp": 3})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    courses = [*BOWLS, Course("accuracy", steps=120, metrics=("held_out_accuracy",))]
    folder = tmp_path_factory.mktemp("costs")
    return load(write_run(folder, courses, [*RACERS, CREST], seeds=3, rounds=2))


@pytest.fixture(scope="module")
def shown(run):
    return contents([run])


def asked(shown, *expressions):
    plain = json.loads(json.dumps(shown.plain))
    return answers(list(expressions), plain, shown.traces)


@pytest.mark.parametrize("unit", COSTS)
def test_the_costs_of_stated_targets_are_those_of_the_summary(run, shown, unit):
    rows = summarize(Results(run))
    if f"{unit}_to_target" not in rows:
        pytest.skip("is not in the summary")
    (found,) = asked(
        shown,
        f"Report.data.groups.map((g) => Report.statistics.interval("
        f'Report.costs.group(g, "{unit}", {{ stated: 1 }})))',
    )
    for name, end in (("median", ""), ("low", "_low"), ("high", "_high")):
        expected = rows[f"{unit}_to_target{end}"].to_numpy(float)
        got = np.array([each[name] for each in found], float)
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("of", ["loss", "held_out_accuracy"])
@pytest.mark.parametrize("tau", [0, 30, 72, 121])
def test_the_costs_of_levels_are_those_of_whole_traces(run, shown, tau, of):
    cost = f'Report.costs.trial(t, "{{}}", {{{{ tau: {tau} }}}})'
    level = f'Report.costs.level(Report.problemOf(t), {{ tau: {tau} }}, "{of}")'
    (_, found) = asked(
        shown,
        f'Report.state.of = "{of}"',
        f"Report.data.trials.map((t) => [t.key, {level}?.value, {level}?.rising, "
        f"{cost.format('steps')}, {cost.format('gradient')}])",
    )
    counted = 0
    for key, level, rising, steps, gradients in found:
        if level is None or steps != steps:
            continue
        trace = run.trace(key)
        met = trace[of] >= level if rising else trace[of] <= level
        row = np.flatnonzero(met.to_numpy())
        counted += len(row) > 0
        assert steps == (trace["step"].iloc[row[0]] if len(row) else np.inf)
        assert gradients == (trace["gradient"].iloc[row[0]] if len(row) else np.inf)
    assert counted > 5


def test_a_level_beyond_the_hardest_target_has_no_cost(shown):
    (found,) = asked(
        shown,
        'Report.data.trials.map((t) => Report.costs.trial(t, "steps", { tau: 240 }))',
    )
    targets = [p["targets"] for p in shown.plain["problems"]]
    groups = [shown.plain["groups"][t["group"]] for t in shown.plain["trials"]]
    for cost, group in zip(found, groups, strict=True):
        if targets[group["problem"]][-1]["column"] == "loss":
            assert np.isnan(cost)


def test_seconds_of_another_machine_are_not_mixed_in(tmp_path):
    runs = [
        load(
            write_run(
                tmp_path / name, BOWLS[:1], RACERS[:2], 2, machine={"processor": name}
            )
        )
        for name in ("one", "two")
    ]
    shown = contents(runs)
    seconds, gradients = asked(
        shown,
        *(
            "Report.data.groups.map((g) => "
            f'Report.costs.group(g, "{unit}", {{ stated: 1 }}).length)'
            for unit in ("seconds", "gradient")
        ),
    )
    names = [host["name"] for host in shown.plain["hosts"]]
    assert names == ["unnamed: one", "unnamed: two"]
    assert (seconds, gradients) == ([2, 2, 0, 0], [2, 2, 2, 2])


@pytest.mark.parametrize("count", [1, 2, 5, 6, 11, 40])
def test_the_intervals_are_those_of_the_tables(count):
    numbers = np.random.default_rng(count).random(count).tolist()
    (found,) = answers([f"Report.statistics.interval({numbers})"])
    assert list(found.values()) == pytest.approx(list(interval(numbers)))


NUMBERS = (0.0, 1e-10, 1.234e-7, 0.00099951, 0.012345, 0.9999, 1.0, 2.5, 99.96, 1234.6)
LARGE = (99_999.0, 99_999.6, 123_456.0, 2.5e6, 7e12, float("inf"), float("nan"))


@pytest.mark.parametrize("name", ["duration", "count", "loss"])
def test_numbers_are_written_as_in_the_tables(name):
    python = {"duration": format.seconds, "count": format.count, "loss": format.loss}
    words = {"inf": "Infinity", "nan": "NaN"}
    shown = [words.get(str(x), repr(x)) for x in (*NUMBERS, *LARGE)]
    found = answers([f"Report.format.{name}({x})" for x in shown])
    expected = [python[name](x) for x in (*NUMBERS, *LARGE)]
    assert [str(x) for x in found] == [str(x) for x in expected]
