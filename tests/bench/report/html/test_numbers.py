"""The numbers that a page works out are those of the tables."""

from math import inf, isclose, isnan, nan

import numpy as np
import pytest
from numpy.testing import assert_allclose

from bench import statistics
from bench.core.costs import COSTS
from bench.report.comparison import compare_optimizers, cost_tables
from bench.report.convergence import convergence_tables
from bench.report.groups import Results
from bench.report.prices import break_even_prices
from bench.report.summary import at_targets
from bench.store.run import load

from ...synthetic_run import Racer, write_run
from ..races import BOWLS, FEW, MANY
from . import runs
from .node import evaluate_on

INTERVALS = """wanted.map(([problem, optimizer, stated]) => {
    const {problems, optimizers, groups} = Report.data;
    const group = groups.find((g) => problems[g.problem].name === problem
        && optimizers[g.optimizer].name === optimizer);
    return units.map((unit) => {
        const costs = Report.costs.group(group, unit, {stated});
        const {median, low, high} = Report.statistics.interval(costs);
        return [median, low, high];
    });
})"""
COMPETITIONS = """units.map((unit) => {
    const table = Report.competition({...Report.state, unit});
    return {
        ...table,
        names: table.competitors.map((c) => c.name),
        ratios: Report.profiles.ratiosToBest(table.medians),
        areas: Report.profiles.areas(table.medians),
        chances: Report.now(Report.ranks.rankChances(table.byDraw)),
    };
})"""
CONVERGENT = """tolerances.map((tolerance) => {
    const table = Report.convergent(Report.state, tolerance);
    return {...table, names: table.competitors.map((c) => c.name)};
})"""
TABLES = """Report.data.problems.map((p) => {
    const panel = Report.panels.find((each) => each.id === id);
    return [p.name, panel.table({...Report.state, unit, problem: p.index}).rows];
})"""
STEPS = """places.map((tau) => {
    const {trials, taus} = Report.data;
    const costs = trials.map((t) => [t.key, Report.costs.trial(t, "steps", {tau})]);
    return [taus[tau], costs];
})"""
NAMES = ["problem", "optimizer", "rival", "below", "above"]


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    return runs.several(tmp_path_factory.mktemp("several"))


@pytest.mark.parametrize("kind", ["quickstart", "several", "tuned", "failing"])
def test_costs_to_the_stated_targets_are_those_of_targets_csv(kind, tmp_path):
    run = getattr(runs, kind)(tmp_path)
    rows = at_targets(Results(run)).to_dict("records")
    most = max(sum(same_group(row, one) for one in rows) for row in rows)
    wanted = []
    for row in rows:
        own = [one["target_loss"] for one in rows if same_group(row, one)]
        stated = len(own) - own.index(row["target_loss"])
        wanted.append([row["problem"], row["optimizer"], stated])
    assert most == (2 if kind == "quickstart" else 1)
    found = evaluate_on(run, INTERVALS, wanted=wanted, units=list(COSTS))
    ends = ("", "_low", "_high")
    known = [[[row[f"{u}{end}"] for end in ends] for u in COSTS] for row in rows]
    assert_allclose(found, known, rtol=1e-12)


def same_group(row, other):
    return all(row[name] == other[name] for name in ("problem", "optimizer"))


def test_profiles_and_ranks_at_the_stated_targets_are_those_of_the_tables(several):
    results = Results(several)
    tables = cost_tables(results)
    assert list(tables) == ["seconds", "forward_equivalents", "gradient"]
    rows = compare_optimizers(results)
    whole = rows.loc[rows["dropped"].eq("")]
    compared = evaluate_on(several, COMPETITIONS, units=list(tables))
    for (unit, table), found in zip(tables.items(), compared, strict=True):
        check_competition(found, table)
        own = whole.loc[whole["cost"].eq(unit)]
        assert_allclose(found["areas"], own["area"], rtol=1e-12)
        chances = own[[f"rank_{r}" for r in range(1, 4)]]
        assert_allclose(found["chances"], chances, atol=1e-12)

        ratios = statistics.ratios_to_best(table.medians)
        assert_allclose(found["ratios"], ratios, rtol=1e-12)


def check_competition(found, table):
    assert found["names"] == list(table.optimizers)
    assert_allclose(found["byDraw"], table.by_draw, rtol=1e-12)
    assert_allclose(found["medians"], table.medians, rtol=1e-12)


def test_who_makes_no_calls_of_a_kind_is_not_compared_by_them(tmp_path):
    free = Racer("free", 0.1, calls={"forward": 3})
    run = load(write_run(tmp_path, BOWLS, [FEW, MANY, free]))
    tables = cost_tables(Results(run))
    for found, table in zip(
        evaluate_on(run, COMPETITIONS, units=list(tables)), tables.values(), strict=True
    ):
        check_competition(found, table)
    assert np.isnan(found["medians"][0][2])


def test_simplex_gradients_until_convergence_are_those_of_the_plots(several):
    tables = convergence_tables(Results(several))
    tolerances = list(tables)
    assert len(tolerances) == 4
    compared = evaluate_on(several, CONVERGENT, tolerances=tolerances)
    for table, found in zip(tables.values(), compared, strict=True):
        check_competition(found, table)


def test_settings_chosen_with_other_draw_seeds_are_one_competitor(tmp_path):
    run = runs.tuned(tmp_path)
    table = cost_tables(Results(run))["gradient"]
    (found,) = evaluate_on(run, COMPETITIONS, units=["gradient"])
    assert len(found["names"]) == 3
    check_competition(found, table)
    chances = statistics.rank_chances(table.by_draw)
    assert_allclose(found["chances"], chances, atol=1e-12)


def test_break_even_prices_are_those_of_the_tables(several):
    rows = break_even_prices(Results(several)).query("price == price")
    assert len(rows)
    tables = evaluate_on(several, TABLES, id="break-even", unit="seconds")
    found = [[name, *row] for name, own in tables for row in own]
    assert [row[:5] for row in found] == rows[NAMES].to_numpy().tolist()
    prices = rows[["price", "low", "high"]]
    assert_allclose([row[5:] for row in found], prices, rtol=1e-12)


def test_a_level_of_the_slider_costs_what_the_whole_traces_say(several):
    known = finite = 0
    for tau, costs in evaluate_on(several, STEPS, places=[0, 24, 60, 100, 140]):
        for key, steps in costs:
            expected = first_step(several, key, tau)
            assert steps == expected or (isnan(steps) and isnan(expected)), (key, tau)
            known, finite = known + (steps == steps), finite + (0 < steps < inf)
    assert known > finite > 100


def first_step(run, key, tau):
    """Return the first step at a level, in the whole trace; nan if it is not known."""
    record = next(r for r in run.records if r.key == key)
    if record.end == "skipped":
        return nan
    label = record.spec.problem_label
    of_problem = [r for r in run.records if r.spec.problem_label == label]
    start = next(r.start_loss for r in of_problem if r.spec.seed == 0)
    found = min(r.best_loss for r in of_problem)
    best = found if record.optimum is None else record.optimum
    level = best + tau * (start - best)
    if level < record.target_loss and not isclose(level, record.target_loss):
        return nan
    trace = run.trace(key)
    there = trace["step"][trace["loss"] <= level]
    return float(there.iloc[0]) if len(there) else inf


def test_the_csv_of_the_bars_has_the_numbers_of_the_tables(several):
    rows = at_targets(Results(several)).to_dict("records")
    known = {(row["problem"], row["optimizer"]): row["gradient"] for row in rows}
    tables = evaluate_on(several, TABLES, id="bars", unit="gradient")
    assert {(name, row[0]): row[1] for name, own in tables for row in own} == known
