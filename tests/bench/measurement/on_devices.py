"""Trials on one device and on four, run in a process that has four."""

import json
import sys
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import optax

import bench
import problems
from bench.core.errors import BenchError
from bench.core.readings import KINDS, READINGS
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement import prices
from bench.measurement.batches import pick
from bench.measurement.runtime import Runtime, SpecTrial, context
from bench.measurement.sweep import SweepTrial, sweep

LINEAR = Named("linear_regression", {"rows": 400, "columns": 5, "held_out": 0.1})
NET = Named("mlp", {"rows": 96, "columns": 4, "hidden": [8]})
OWN = Named(f"{__file__}:own", {})
SGD = Named("sgd", {"learning_rate": 0.05})
BUDGET = Budget(steps=12)


def own():
    """Make a softmax regression of a tree of arrays, with dropout."""
    x = jax.random.normal(jax.random.key(1), (64, 6))

    def init(key):
        return {"w": jnp.zeros((6, 3))}

    def loss(params, batch, key):
        kept = jax.random.bernoulli(key, 0.7, batch["x"].shape)
        scores = (batch["x"] * kept) @ params["w"]
        losses = optax.softmax_cross_entropy_with_integer_labels(scores, batch["y"])
        return losses.mean()

    train = {"x": x, "y": x[:, :3].argmax(1)}
    return problems.from_functions(init=init, loss=loss, train=train)


def spec(problem, optimizer, **more):
    """Return a trial that is not timed, with a row for each step."""
    stated = {"budget": BUDGET, "every_step": True, "timed": False} | more
    return Spec(problem, optimizer, **stated)


TRIALS = {
    "sgd": spec(LINEAR, SGD),
    "ray": spec(LINEAR, Named("keep_stepping", {"learning_rate": 0.01})),
    "newton": spec(LINEAR, Named("newton"), budget=Budget(steps=2)),
    "lbfgs": spec(LINEAR, Named("optax.lbfgs"), budget=Budget(steps=4)),
    "scipy": spec(LINEAR, Named("scipy.BFGS"), budget=Budget(steps=4)),
    "net": spec(NET, Named("adam", {"learning_rate": 0.01})),
    "batch": spec(OWN, SGD, batch=Batch(12)),
}


def trial(runtime, spec):
    """Return what a trial says, without its seconds."""
    record, rows = SpecTrial(runtime, spec).run()
    return {
        "end": record.end,
        "reason": record.reason,
        "losses": [row["loss"] for row in rows],
        "held_out": [row.get("held_out_loss") for row in rows],
        "norms": [row.get("gradient_norm") for row in rows],
        "readings": [[row.get(kind) or 0 for kind in READINGS] for row in rows],
        "exchanged": record.footprint and record.footprint.exchanged_bytes,
    }


def trials(runtime):
    """Return each trial by the number of devices."""
    return {
        name: [trial(runtime, replace(each, devices=n)) for n in (1, 4)]
        for name, each in TRIALS.items()
    }


def parts(runtime):
    """Return the shapes of what the first of four devices holds."""
    four = replace(TRIALS["sgd"], devices=4)
    with context(four, runtime.device):
        problem, params = runtime.problem(four), runtime.start(four)
        arrays = {"inputs": problem.train.inputs, "targets": problem.train.targets}
        arrays |= {"held_out": problem.held_out.inputs, "params": params}
        drawn = jax.jit(partial(pick, Batch(12)))
        batch = drawn(problem, jax.random.key(0), jnp.zeros((), jnp.int32))
        arrays["batch"] = batch.inputs
        first = {k: x.addressable_shards[0].data.shape for k, x in arrays.items()}
    return {"devices": len(params.sharding.device_set), **first}


def exchanged(runtime):
    """Return the bytes that each kind of call exchanges, of the first three kinds."""
    prices.KINDS = KINDS[:3]
    found = prices.facts(runtime, replace(TRIALS["sgd"], devices=4))
    return {price["call"]: price["exchanged_bytes"] for price in found["prices"]}


def sweeps(runtime):
    """Return the losses and readings of sweeps, by how and on how many devices."""
    members = [SweepTrial({"learning_rate": rate}, 1) for rate in (0.02, 0.05)]
    found = {}
    for by in (None, "vmap"):
        for n in (1, 4):
            traces = sweep(runtime, replace(TRIALS["sgd"], devices=n), members, by=by)
            rows = [(t.loss.tolist(), t.readings.tolist()) for t in traces]
            found[f"{by or 'chosen'} on {n}"] = rows
    return found


def refusals(runtime):
    """Return the reasons why trials on four devices, or on nine, do not run."""
    odd = Named("linear_regression", {"rows": 30, "columns": 3, "held_out": 0.0})
    none = Named("rosenbrock")
    wrong = {
        "odd": spec(odd, SGD, devices=4),
        "none": spec(none, SGD, devices=4),
        "few": spec(LINEAR, SGD, devices=9),
    }
    return {name: trial(runtime, each)["reason"] for name, each in wrong.items()}


CONFIG = """
name = "all"
devices = "all"
[budget]
steps = 3
[[problems]]
name = "linear_regression"
rows = 400
columns = 5
held_out = 0.1
[[optimizers]]
name = "sgd"
learning_rate = 0.05
"""


def experiments(runtime):
    """Return among how many devices a config's examples were divided, and an error."""
    run = bench.experiment(CONFIG, runtime=runtime)
    try:
        bench.experiment(CONFIG, "devices=5", runtime=runtime)
    except BenchError as error:
        return run.config["devices"], run.records[0].spec.devices, str(error)


def main(*wanted):
    """Print the answers of the functions that are named."""
    assert len(jax.devices()) == 4
    runtime = Runtime("cpu")
    print(json.dumps({name: globals()[name](runtime) for name in wanted}))


if __name__ == "__main__":
    main(*sys.argv[1:])
