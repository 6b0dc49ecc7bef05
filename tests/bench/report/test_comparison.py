"""Optimizers compared over problems: what is never, unknown, or does not apply."""

import numpy as np
import pytest

from bench.core.spec import Batch
from bench.report.comparison import compare_optimizers, cost_tables, success
from bench.report.groups import Results
from bench.report.tables.summary import Tables
from bench.store.run import load

from ..synthetic_run import (
    RATIOS,
    Course,
    Racer,
    change,
    key_of,
    write_plan,
    write_prices,
    write_run,
    write_trial,
)
from .races import BOWLS, FEW, MANY, NEWTON


def test_never_is_inf_and_what_does_not_apply_or_has_no_price_is_nan(results):
    known = cost_tables(results)
    assert known["seconds"].problems == ("bowl", "valley")
    assert known["seconds"].optimizers == ("few", "many", "slow", "newton")
    seconds = known["seconds"].medians
    assert np.isinf(seconds[:, 2]).all()
    assert np.isnan(seconds).tolist() == [[False] * 4, [False, True, False, False]]
    priced = known["forward_equivalents"].medians
    assert np.isnan(priced[:, 3]).all()  # RATIOS has no Hessian
    trials = results.run.trials.query("label == 'few' and problem_label == 'bowl'")
    steps = sorted(trials["steps_to_target"])[3]
    assert priced[0, 0] == pytest.approx(steps * (8 + RATIOS["gradient"]))


def test_seeds_that_never_arrived_do_not_stand_for_those_without_a_price(tmp_path):
    folder = write_run(tmp_path, BOWLS[:1], [FEW, MANY, NEWTON], seeds=3)
    for seed in (0, 1):
        change(folder, key_of(BOWLS[0], NEWTON, seed), steps_to_target=None)
    known = cost_tables(Results(load(folder)))
    assert np.isinf(known["seconds"].medians[0, 2])
    assert np.isnan(known["forward_equivalents"].medians[0, 2])


def test_who_asks_for_no_gradient_is_not_compared_by_gradients(tmp_path):
    free = Racer("free", 0.1, calls={"forward": 3})
    folder = write_run(tmp_path, BOWLS, [FEW, MANY, free], seeds=3)
    known = cost_tables(Results(load(folder)))
    gradients = known["gradient"].medians
    assert np.isnan(gradients[:, 2]).all()
    assert (gradients[:, :2] > 0).all()
    assert np.isfinite(known["forward_equivalents"].medians[:, 2]).all()


def test_a_unit_that_is_compared_is_counted_at_its_own_prices(results, monkeypatch):
    units = ("forward_equivalents", "flops")
    monkeypatch.setattr("bench.report.comparison.COMPARED", units)
    equivalents, flops = (cost_tables(results)[unit].medians for unit in units)
    np.testing.assert_allclose(flops, 100 * equivalents)


def test_the_comparison_counts_the_problems_that_apply(results):
    comparison = compare_optimizers(results).query("cost == 'seconds'")
    rows = comparison.query("dropped == ''").set_index("optimizer")
    assert rows["problems"].tolist() == [2, 1, 2, 2]
    assert rows["solved"].tolist() == [1, 1, 0, 1]
    assert rows.loc["newton", "area"] == 1
    assert rows.loc["newton", "rank_1"] == 1
    assert rows.loc["slow", ["area", "rank"]].tolist() == [0, 4]
    left_out = comparison.query("dropped == 'newton'").set_index("optimizer")
    assert left_out.loc["few", "area"] == 1


def test_success_compares_trials_and_problems(results):
    pairs = success(results).set_index(["optimizer", "rival"])
    both = pairs.loc[("few", "slow")]
    assert (both["only_optimizer"], both["only_rival"], both["trials"]) == (14, 0, 14)
    assert both["chance"] == pytest.approx(2 * 0.5**14)
    assert both["problems_chance"] == pytest.approx(2 * 0.5**2)
    assert pairs.loc[("many", "slow"), "trials"] == 7  # skipped on the other problem
    assert ("few", "many") not in pairs.index  # they do not differ


def test_a_family_is_left_out_with_all_of_its_settings(tmp_path):
    twin = Racer("few, untuned", 0.9, family="few", tuned=False)
    racers = [Racer("few", 0.5, family="few", tuned=True), twin, MANY, NEWTON]
    folder = write_run(tmp_path, BOWLS, racers, seeds=3)
    comparison = compare_optimizers(Results(load(folder))).query("cost == 'seconds'")
    without = comparison.query("dropped == 'few'")
    assert set(without["optimizer"]) == {"many", "newton"}
    tuned = comparison.query("dropped == ''").set_index("optimizer")["tuned"]
    assert tuned.to_dict() == {
        "few": True,
        "few, untuned": False,
        "many": None,
        "newton": None,
    }


def test_choices_of_different_draw_seeds_are_one_competitor(tmp_path):
    """Draw seeds 0 and 2 chose the same settings, 1 others; none chose for "many"."""
    first = Racer("few", 0.5, settings={"rate": 1}, tuned=True, draw_seeds=(0, 2))
    other = Racer("few", 0.9, settings={"rate": 2}, tuned=True, draw_seeds=(1,))
    folder = write_run(tmp_path, BOWLS, [first, other, MANY], seeds=3)
    results = Results(load(folder))
    assert {group.optimizer for group in results.groups} == {
        "few rate=1",
        "few rate=2",
        "many",
    }
    table = cost_tables(results)["gradient"]
    assert (table.optimizers, table.draw_seeds) == (("few", "many"), (3, 0))
    few, many = table.by_draw[0]
    assert (few[0] == few[2]).all()
    assert (few[1] > few[0]).all()
    assert (many == many[0]).all()
    assert table.medians[0, 0] == np.median(few)
    np.testing.assert_array_equal(table.costs[0, 0], few[0])
    rows = compare_optimizers(results).query("cost == 'gradient'")
    assert rows.groupby("optimizer")["draw_seeds"].max().to_dict() == {
        "few": 3,
        "many": 0,
    }
    assert success(results).empty  # both reach all


def test_trials_on_batches_are_compared_apart(tmp_path):
    courses = [BOWLS[0], Course("valley", optimum=None, target=1e-3, batch=Batch(8))]
    folder = write_run(tmp_path, courses, [FEW, MANY], seeds=3)
    comparison = compare_optimizers(Results(load(folder)))
    rows = comparison.query("cost == 'seconds' and dropped == ''")
    assert rows.groupby("part")["problems"].max().to_dict() == {
        "all examples": 1,
        "batches": 1,
    }
    priced = comparison.query("cost == 'forward_equivalents'")
    assert set(priced["part"]) == {"all examples", "batches"}


def test_passes_over_batches_of_several_sizes_are_not_compared(tmp_path):
    small, large, ridge = (
        Course(label, target=1e-3, batch=Batch(size))
        for label, size in (("valley", 8), ("valley", 16), ("ridge", 8))
    )
    pairs = ((small, FEW), (large, MANY), (ridge, FEW), (ridge, MANY))
    records = [write_trial(tmp_path, *pair, seed) for pair in pairs for seed in (0, 1)]
    write_plan(tmp_path, [record.spec for record in records])
    write_prices(tmp_path)
    results = Results(load(tmp_path))
    known = cost_tables(results)
    assert known["seconds"].problems == ("valley", "ridge")
    assert known["seconds"].optimizers == known["forward_equivalents"].optimizers
    assert known["forward_equivalents"].problems == ("ridge",)
    areas = compare_optimizers(results).query("dropped == ''")
    problems = areas.groupby("cost")["problems"].max().to_dict()
    assert problems == {"seconds": 2, "forward_equivalents": 1, "gradient": 2}
    (table,) = (t for t in Tables(results).all() if "forward-pass" in t.title)
    assert any(note.startswith("over 1 of 2 problems") for note in table.notes)
