"""Settings are chosen by their cost on other seeds; costs are those to the target."""

import tomllib
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import numpy as np

from bench import Named, Run, Spec, TrialRecord
from bench.core.records import RunRecord
from claims import tuning


def record(rate, seed, forward, loss=1.0, examples=0):
    """Return a trial that reached the target by forward passes, or (None) never did."""
    sgd = Named("sgd", {"learning_rate": rate})
    spec = Spec(Named("quadratic"), sgd, seed=seed, label="a", key=f"{rate}-{seed}")
    never = TrialRecord(spec, "budget", final_loss=loss)
    if forward is None:
        return never
    calls = {"forward": forward}
    return replace(
        never,
        end="target",
        steps_to_target=1,
        seconds_to_target=1.0,
        readings_to_target=calls,
        readings=calls,
        examples=examples,
    )


def run_of(records):
    plan = RunRecord("x", {}, [each.spec for each in records], {})
    return Run(Path("x"), plan, tuple(records), None, (), {})


def cheapest(*records):
    entry = {"label": "a", "grid": {"learning_rate": [0.1, 0.2, 0.3]}}
    return tuning._cheapest(run_of(records), entry, "forward_equivalents")


def test_the_cheapest_rate_has_the_least_median_cost():
    records = (
        *(record(0.1, seed, cost) for seed, cost in enumerate((10, 30, 90))),
        *(record(0.2, seed, cost) for seed, cost in enumerate((40, 20, 50))),
        *(record(0.3, seed, cost) for seed, cost in enumerate((1, None, None))),
    )
    assert cheapest(*records) == {"learning_rate": 0.1}


def test_where_none_reaches_the_target_the_final_loss_decides():
    ends = ((0.1, 2.0), (0.2, nan), (0.3, 3.0))
    records = [record(rate, 0, None, loss) for rate, loss in ends]
    assert cheapest(*records) == {"learning_rate": 0.1}


def test_a_schedule_is_written_as_a_config_reads_it():
    schedule = {"schedule": "one_over_k", "init_value": 0.3, "tau": 100.0}
    assert tomllib.loads(f"x = {tuning._toml(schedule)}")["x"] == schedule
    assert tomllib.loads(f"x = {tuning._toml(1e-5)}")["x"] == 1e-5


def test_a_target_never_reached_costs_infinitely_much_and_seeds_are_in_order():
    spent = {2: None, 0: 5, 1: 7}
    run = run_of([record(0.1, s, n, examples=10 + s) for s, n in spent.items()])
    np.testing.assert_array_equal(tuning.costs(run, "a", "examples"), [10, 11, inf])


CONFIG = """
name = "x"
seeds = 4
budget = { steps = 200, target = { suboptimality = 1e-3 } }
problems = [{ name = "quadratic", spectrum = [1.0, 1.0] }]
optimizers = [
  { name = "sgd", grid.learning_rate = [0.1, 0.5, 3.0] },
  { name = "sgd", label = "as it is", learning_rate = 0.2 },
]
"""


def test_each_optimizer_runs_on_the_configs_seeds_at_its_best_setting():
    run = tuning.at_best(CONFIG, cost="steps")
    chosen, fixed = (tuning.by_seed(run, label) for label in ("sgd", "as it is"))
    rates = [record.spec.optimizer.settings["learning_rate"] for record in chosen]
    assert rates == [0.5] * 4
    for label, rate, records in (("sgd", 0.5, chosen), ("as it is", 0.2, fixed)):
        left = np.array([1e-3 / record.start_loss for record in records])
        steps = np.ceil(np.log(left) / (2 * np.log(1 - rate)))
        np.testing.assert_array_equal(tuning.costs(run, label, "steps"), steps)
        passes = tuning.costs(run, label)
        np.testing.assert_array_equal(passes, 3 * tuning.costs(run, label, "gradient"))
