"""The file of all trials' costs holds what tables and ranks are made from."""

import gzip
import json
from math import inf

import numpy as np
import pandas as pd
import pytest

from bench import load, statistics
from bench.core.at_target import AtTarget
from bench.core.costs import COSTS
from bench.core.errors import RunError, RunMissing
from bench.core.spec import Batch
from bench.report.comparison import COMPARED
from bench.report.costs import packed, trial_costs
from bench.report.groups import ALL_EXAMPLES, BATCHES, Results
from bench.report.tables.summary import write
from bench.store.costs import COSTS_FILE

from ..synthetic_run import Course, Racer, change, key_of, plan, write_run

COURSES = [
    Course("bowl", steps=100),
    Course("valley", optimum=None, target=1e-3, steps=100),
    Course("noise", steps=100, batch=Batch(32)),
]
NEWTON = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})  # no known price
RACERS = [
    Racer("1e3", 0.7),
    Racer("lr", 0.6, settings={"rate": 1.0}, tuned=True, draw_seeds=(0,)),
    Racer("lr", 0.9, settings={"rate": 2.0}, tuned=True, draw_seeds=(1,)),
    Racer("lr, untuned", 0.99, family="lr", tuned=False),
    Racer("=few", 0.5, calls={"forward": 8, "gradient": 1}),
    NEWTON,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six optimizers, one tuned twice and one skipped on a problem; two targets."""
    folder = write_run(tmp_path_factory.mktemp("run"), COURSES, RACERS, 4, rounds=2)
    for record in load(folder).records:
        easy = AtTarget(0.3, 2, 1e-5 * (1 + record.spec.seed), {"gradient": 2})
        change(folder, record.key, targets=[easy, *record.targets])
    for seed in range(4):
        for round in range(2):
            key = key_of(COURSES[1], NEWTON, seed, round)
            skipped = {"steps_to_target": None, "targets": []}
            change(folder, key, end="skipped", **skipped)
    write(folder)
    return folder


@pytest.fixture(scope="module")
def costs(folder):
    """Return what a reader has who knows pandas alone."""
    return pd.read_csv(folder / COSTS_FILE)


def middle(numbers):
    known = np.sort(numbers.dropna())
    return known[(len(known) - 1) // 2] if len(known) else np.nan


def by_draw(costs, cost):
    """Return float[problems, optimizers, draw_seeds, seeds] to the least targets."""
    least = costs.groupby("problem")["target_loss"].transform("min")
    last = costs[costs["target_loss"] == least]
    tuned = last["draw_seeds"] != "[]"
    last = last.assign(competitor=last["label"].where(tuned, last["optimizer"]))
    axes = [list(dict.fromkeys(last[name])) for name in ("problem", "competitor")]
    seeds = sorted(set(last["seed"]))
    table = np.full((*map(len, axes), 2, len(seeds)), np.nan)
    groups = ["problem", "competitor", "draw_seeds", "seed"]
    for (problem, name, draws, seed), rows in last.groupby(groups):
        place = axes[0].index(problem), axes[1].index(name)
        own = json.loads(draws) or [0, 1]
        table[(*place, own, seeds.index(seed))] = middle(rows[cost])
    return axes[1], table


@pytest.mark.parametrize("part", [ALL_EXAMPLES, BATCHES])
@pytest.mark.parametrize("cost", COMPARED)
def test_areas_and_ranks_are_those_of_the_comparison(folder, costs, part, cost):
    of_part = costs[costs["batch"].isna() == (part == ALL_EXAMPLES)]
    names, table = by_draw(of_part, cost)
    pooled = table.reshape(*table.shape[:2], -1)
    areas = statistics.areas(
        np.apply_along_axis(lambda x: middle(pd.Series(x)), 2, pooled)
    )
    low, high = statistics.likely_ranks(statistics.rank_chances(table))
    known = pd.read_csv(folder / "comparison.csv")
    known = known[(known["part"] == part) & (known["cost"] == cost)]
    rows = known[known["dropped"].isna()].set_index("optimizer")
    unpriced = set() if cost != "forward_equivalents" else {"newton"}
    assert set(rows.index) == {*names} - unpriced
    for i, name in enumerate(names):
        if name in rows.index:
            ours = areas[i], low[i], high[i]
            assert tuple(rows.loc[name, ["area", "rank_low", "rank_high"]]) == ours


def test_costs_to_every_target_are_those_of_the_summary(folder, costs):
    assert set(COSTS) < set(costs)
    for row in pd.read_csv(folder / "targets.csv").to_dict("records"):
        same = [costs[n] == row[n] for n in ("problem", "optimizer", "target_loss")]
        rows = costs[np.logical_and.reduce(same)]
        assert len(rows) == row["trials"]
        for name in COSTS:
            unknown = rows[name].isna().any()
            over_seeds = rows.groupby("seed")[name].apply(middle)
            np.testing.assert_equal(
                row[name], np.nan if unknown else middle(over_seeds)
            )


def test_each_trial_has_its_names_end_and_rounds(costs):
    assert len(costs) == len(COURSES) * len(RACERS) * 4 * 2 * 2
    tuned = costs[costs["label"] == "lr"]
    assert set(tuned["draw_seeds"]) == {"[0]", "[1]"}
    assert set(tuned["settings"]) > {'{"rate": 1.0}', '{"rate": 2.0}'}
    assert set(costs.loc[costs["family"] == "lr", "tuned"].map(str)) == {
        "True",
        "False",
    }
    counts = costs.groupby(["problem", "optimizer", "target_loss"]).size()
    assert set(counts) == {8}
    skipped = costs[costs["end"] == "skipped"]
    assert len(skipped) == 16
    assert skipped[list(COSTS)].isna().all(axis=None)


def test_what_is_never_reached_is_infinite_and_what_is_unknown_is_empty(costs):
    bowl = costs[(costs["problem"] == "bowl") & (costs["target_loss"] < 0.3)]
    never = bowl[bowl["label"] == "lr, untuned"]
    assert np.isinf(never[["seconds", "steps", "gradient", "flops"]]).all(axis=None)
    newton = bowl[bowl["label"] == "newton"]
    assert newton["flops"].isna().all()
    assert np.isfinite(newton["hessian"]).all()


def test_a_trial_that_died_before_its_targets_has_a_row_for_each(tmp_path):
    write_run(tmp_path, COURSES[:1], RACERS[:1], seeds=2)
    first, _ = plan(tmp_path)
    lost = {"end": "failed", "targets": [], "target_loss": None}
    change(tmp_path, first.key, steps_to_target=None, **lost)
    died, other = trial_costs(Results(load(tmp_path))).to_dict("records")
    assert (died["end"], died["seconds"]) == ("failed", inf)
    assert died["target_loss"] == other["target_loss"]


def test_the_same_files_give_the_same_bytes_and_load_offers_them(folder):
    results = Results(load(folder))
    before = (folder / COSTS_FILE).read_bytes()
    assert before[3:8] == bytes(5)  # neither a name nor a time
    costs = trial_costs(results)
    assert packed(costs) == before
    read = load(folder).costs
    for name in ("problem", "optimizer", "label", "family", "settings", "end"):
        assert read[name].tolist() == costs[name].tolist()  # "=few", not "'=few"; "1e3"


def test_it_is_compact():
    names = [f"{word} {i}" for word in ("problem", "optimizer") for i in range(40)]
    numbers = np.random.default_rng(0).random(12_800)
    rows = pd.DataFrame({"seconds": numbers, "steps": (numbers * 1000).round()})
    rows["problem"] = [names[i * 16 // 12_800] for i in range(12_800)]
    rows["optimizer"] = [names[40 + i // 20 % 40] for i in range(12_800)]
    rows["flops"] = rows["steps"] * 17_387
    rows["forward_equivalents"] = rows["steps"] * 2.5030786328
    assert len(packed(rows)) < 1_000_000


def test_a_spoilt_or_missing_file_is_named(folder, tmp_path):
    run = write_run(tmp_path, COURSES[:1], RACERS[:1], seeds=1)
    with pytest.raises(RunMissing, match=COSTS_FILE):
        load(run).costs  # noqa: B018
    (run / COSTS_FILE).write_bytes((folder / COSTS_FILE).read_bytes()[:-20])
    with pytest.raises(RunError, match=f"{COSTS_FILE}: not a whole gzip file"):
        load(run).costs  # noqa: B018
    (run / COSTS_FILE).write_bytes(gzip.compress(b"problem,seed\nbowl,0\n"))
    with pytest.raises(RunError, match="no column 'optimizer'"):
        load(run).costs  # noqa: B018


def test_a_run_without_targets_has_no_such_file(tmp_path):
    course = Course("plain", target=None, steps=20)
    write(write_run(tmp_path, [course], RACERS[:2], seeds=1))
    assert not (tmp_path / COSTS_FILE).exists()


def test_a_file_from_before_metrics_were_targets_is_of_losses(folder, tmp_path):
    run = write_run(tmp_path, COURSES[:1], RACERS[:1])
    older = pd.read_csv(folder / COSTS_FILE).drop(columns="target_metric")
    (run / COSTS_FILE).write_bytes(gzip.compress(older.to_csv(index=False).encode()))
    costs = load(run).costs
    assert set(costs["target_metric"]) == {""}
    assert costs["target_loss"].tolist() == older["target_loss"].tolist()
