"""A trial on examples that stay in their files is the trial on those in memory."""

import jax
import numpy as np
import pytest

from bench.core.readings import READINGS
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement.runtime import SpecTrial
from problems import blocks

OPTIMIZERS = {
    "sgd": {"learning_rate": 0.3},
    "lbfgs": {},
    "newton": {},
    "keep_stepping": {"learning_rate": 0.3, "max_steps": 4, "line_form": False},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the settings of 300 examples in files, float64."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 3))
    y = np.where(x.sum(1) + rng.logistic(size=300) > 0, 1.0, -1.0)
    named = {"inputs": x, "targets": y}
    for name, array in named.items():
        np.save(folder / f"{name}.npy", array)
    paths = {name: str(folder / f"{name}.npy") for name in named}
    return {"dataset": "files", "held_out": 0.2, "l2": 0.1, **paths}


STEPS = 8
ROUNDING = (STEPS + 1) * 300 * np.finfo(np.float64).eps / 2
"""Rounding of the losses: n u for a sum of n, at each step.

The penalty makes the loss strongly convex, so that no step amplifies what the steps
before it have rounded: without it Newton's method leaves for losses of 260, with errors
that grow from 1e-16 to more than 1e-10.
"""


def trial(runtime, files, optimizer, stream, **more):
    problem = Named("logistic_regression", {**files, "stream": stream})
    settings = OPTIMIZERS[optimizer]
    budget = Budget(seconds=60.0, steps=STEPS)
    named = Named(optimizer, settings)
    spec = Spec(problem, named, budget, dtype="float64", every_step=True, **more)
    with jax.enable_x64(True):
        return SpecTrial(runtime, spec).run()


CASES = [*((name, None) for name in OPTIMIZERS), ("sgd", Batch(7))]


@pytest.mark.parametrize(("optimizer", "batch"), CASES)
def test_losses_and_readings_are_those_in_memory(
    runtime, files, monkeypatch, optimizer, batch
):
    monkeypatch.setattr(blocks, "BLOCK", 32)  # 7 of 32 and one of 16
    memory, stream = (
        trial(runtime, files, optimizer, where, batch=batch) for where in (False, True)
    )
    assert [record.end for record, _ in (memory, stream)] == ["budget"] * 2
    assert len(memory[1]) == STEPS + 1
    assert memory[1][-1]["held_out_loss"] is not None
    for name in ("loss", "held_out_loss", "suboptimality"):
        pairs = [
            (ours[name], theirs[name])
            for ours, theirs in zip(stream[1], memory[1], strict=True)
            if theirs[name] is not None  # it was evaluated at this step
        ]
        ours, theirs = zip(*pairs, strict=True)
        assert ours == pytest.approx(theirs, rel=ROUNDING, abs=ROUNDING)
    readings = [
        [[row[k] for k in READINGS] for row in rows] for _, rows in (memory, stream)
    ]
    assert readings[0] == readings[1]
