"""A net with batch normalisation as a user writes it, with its running averages."""

import jax
import jax.numpy as jnp
import numpy as np

import problems

KEEP = 0.9


def init(key):
    first, last = jax.random.split(key)
    params = {
        "in": jax.random.normal(first, (3, 4)),
        "scale": jnp.ones(4),
        "shift": jnp.zeros(4),
        "out": jax.random.normal(last, (4,)) / 2,
    }
    return params, {"mean": jnp.zeros(4), "var": jnp.ones(4), "passes": 0}


def _scores(params, hidden, mean, var):
    normal = (hidden - mean) / jnp.sqrt(var + 1e-5)
    return jnp.tanh(params["scale"] * normal + params["shift"]) @ params["out"]


def loss(params, state, batch):
    hidden = batch["x"] @ params["in"]
    mean, var = hidden.mean(0), hidden.var(0)
    # half of them from before, so that a wrong state is a wrong loss
    halves = (mean + state["mean"]) / 2, (var + state["var"]) / 2
    value = jnp.mean((_scores(params, hidden, *halves) - batch["y"]) ** 2)
    return value, {
        "mean": KEEP * state["mean"] + (1 - KEEP) * mean,
        "var": KEEP * state["var"] + (1 - KEEP) * var,
        "passes": state["passes"] + 1,
    }


def evaluate(params, state, batch):
    hidden = batch["x"] @ params["in"]
    scores = _scores(params, hidden, state["mean"], state["var"])
    return jnp.mean((scores - batch["y"]) ** 2)


def metrics(params, state, batch):
    hidden = batch["x"] @ params["in"]
    scores = _scores(params, hidden, state["mean"], state["var"])
    return {"accuracy": jnp.mean((scores > 0) == (batch["y"] > 0))}


def data(rows, seed):
    x = np.random.default_rng(seed).normal(2.0, 3.0, (rows, 3)).astype(np.float32)
    return {"x": x, "y": np.sign(np.sin(x[:, 0]) + x[:, 1] - 2).astype(np.float32)}


def changed(**others):
    """Return the problem with other functions."""
    functions = {"init": init, "loss": loss, "metrics": metrics} | others
    given = {"train": data(48, 0), "held_out": data(16, 1)}
    return problems.from_functions(stateful=True, **functions, **given)


def batch_norm():
    """Return the problem."""
    return changed()
