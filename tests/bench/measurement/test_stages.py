"""Stages are one program and one trial: readings, referee, kept results, budgets."""

import jax
import numpy as np

import bench
import optimizers
from bench.core.readings import named
from bench.core.spec import Named
from bench.measurement.clock import Ledger
from bench.measurement.oracle import Oracle
from bench.measurement.program import MadeOptimizer, split_settings
from bench.measurement.programs import Programs
from bench.measurement.referee import (
    read_and_executed,
    through_stages,
    unknown_names,
)

from ..small import problem

ADAM = {"name": "adam", "learning_rate": 0.1}
STAGES = [
    ADAM | {"steps": 50},
    {"name": "keep_stepping", "learning_rate": 0.01, "steps": 20},
    {"name": "newton"},
]
ON = "logistic_regression"


def ready(stages, own=problem):
    made = own(ON)
    params = made.init(jax.random.key(0))
    optimizer = Named("stages", {"stages": stages})
    return Programs().get(made, params, optimizer, Ledger()), made, params


def test_the_referee_passes_through_all_stages():
    read, executed = map(named, read_and_executed(*ready(STAGES), steps=2))
    assert read == executed
    # one step of Adam, one of the search along a ray, two of Newton
    kinds = {kind for kind, calls in read.items() if calls}
    assert read["gradient"] == 4
    assert {"gradient", "hessian", "ray"} <= kinds


def test_a_factory_of_ones_own_in_a_later_stage_is_refereed(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import optax\ndef mine(): return optax.sgd(0.1)\n")
    own = {"stages": [ADAM | {"steps": 5}, {"name": f"{file}:mine"}]}
    assert unknown_names("stages", own) == {f"{file}:mine"}
    assert unknown_names("stages", {"stages": STAGES}) == set()


def test_an_optimizer_that_is_made_already_is_refereed_as_it_is():
    made = MadeOptimizer(optimizers.make("stages", stages=STAGES))
    assert through_stages(made) == (made, 0)


def test_traced_numbers_keep_their_places_in_brief_settings():
    optimizer = Named("stages", {"stages": STAGES})
    factory, numbers = split_settings(optimizer, Oracle(), None, trace=True)
    brief, later = through_stages(factory)
    assert (later, numbers) == (2, (0.1, 0.01))
    settings = brief.settings(numbers)["stages"]
    assert [stage.get("steps") for stage in settings] == [1, 1, None]
    assert [stage.get("learning_rate") for stage in settings] == [0.1, 0.01, None]


def test_a_trial_of_stages_is_the_trials_of_each():
    """Losses and readings: those of the first, then of the second from there on."""
    own = problem("logistic_regression")
    first = optimizers.make("adam", learning_rate=0.1)
    both = optimizers.stages([(first, 5), optimizers.make("newton")])
    alone = bench.measure(own, first, steps=5)
    trial = bench.measure(own, both, steps=9)
    np.testing.assert_array_equal(trial["loss"][:6], alone["loss"])
    assert trial["gradient"].tolist() == list(range(10))
    assert trial["hessian"].tolist()[:7] == [0] * 6 + [1]
    assert trial["loss"].iloc[-1] < 1.01 * own.optimum()
