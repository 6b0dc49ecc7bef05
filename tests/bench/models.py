"""Five small models of functions, each of another kind, with NumPy's examples."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import problems

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 6, 6), np.uint8)
TOKENS = RNG.integers(0, 7, (9, 5))
POINTS = RNG.normal(size=(20, 3)).astype(np.float32)


def conv_init(key):
    filters, head = jax.random.split(key)
    return {
        "conv": {"w": 0.3 * jax.random.normal(filters, (2, 1, 3, 3)), "none": {}},
        "head": [0.3 * jax.random.normal(head, (32, 3)), jnp.zeros(3)],
    }


def conv_scores(params, images):
    x = images[:, None].astype(params["conv"]["w"].dtype) / 255
    x = jax.lax.conv_general_dilated(x, params["conv"]["w"], (1, 1), "VALID")
    weights, bias = params["head"]
    return jnp.tanh(x).reshape(len(x), -1), lambda h: h @ weights + bias


def cross_entropy(scores, labels):
    chosen = jnp.take_along_axis(scores, labels[..., None], -1)[..., 0]
    return (jax.nn.logsumexp(scores, axis=-1) - chosen).mean()


def conv_loss(params, batch, key):
    hidden, head = conv_scores(params, batch["images"])
    kept = jax.random.bernoulli(key, 0.75, hidden.shape)
    return cross_entropy(head(jnp.where(kept, hidden / 0.75, 0)), batch["labels"])


def conv_evaluate(params, batch):
    hidden, head = conv_scores(params, batch["images"])
    return cross_entropy(head(hidden), batch["labels"])


def conv_metrics(params, examples):
    hidden, head = conv_scores(params, examples["images"])
    return {"accuracy": (head(hidden).argmax(-1) == examples["labels"]).mean()}


def images(count=None):
    labels = np.arange(12) % 3
    return {"images": IMAGES[:count], "labels": labels[:count]}


def conv(**more: Any):
    given = {"train": images(), "held_out": images(4), "metrics": conv_metrics}
    given |= {"evaluate": conv_evaluate, "block": 5} | more
    return problems.from_functions(init=conv_init, loss=conv_loss, **given)


def embedding():
    """Next tokens from the mean embedding so far; the tokens are on the last axis."""

    def init(key):
        first, last = jax.random.split(key)
        return jax.random.normal(first, (7, 4)), jax.random.normal(last, (4, 7))

    def loss(params, tokens):
        table, head = params
        told = table[tokens.T]  # [examples, time, width]
        steps = jnp.arange(1, told.shape[1] + 1, dtype=table.dtype)
        means = jnp.cumsum(told, 1) / steps[:, None]
        return cross_entropy(means[:, :-1] @ head, tokens.T[:, 1:])

    return problems.from_functions(init=init, loss=loss, train=TOKENS.T, axis=1)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Net:
    """A net with a scalar temperature; its class knows no form of examples."""

    train: Any
    held_out: Any = None

    def init(self, key):
        return {
            "w": [0.5 * jax.random.normal(key, (3, 4)), 0.1 * jnp.ones((4, 1))],
            "temperature": jnp.asarray(1.0),
            "unused": None,
        }

    def loss(self, params, batch):
        x, y = batch
        first, second = params["w"]
        scores = jnp.tanh(x @ first) @ second
        return jnp.mean((scores[:, 0] / params["temperature"] - y) ** 2)

    def metrics(self, params, examples):
        return {"error": jnp.abs(params["temperature"]) + 0 * examples[1].sum()}


def net():
    return problems.adapted(Net((POINTS, POINTS.sum(1)), (POINTS[:5], POINTS[:5, 0])))


def mixed():
    """A linear model in float32 with an offset in bfloat16."""

    def init(key):
        return {
            "w": jax.random.normal(key, (3,)),
            "b": jnp.zeros((), jnp.bfloat16),
        }

    def loss(params, x):
        return jnp.mean((x @ params["w"] + params["b"] - x.sum(1)) ** 2)

    return problems.from_functions(init=init, loss=loss, train=POINTS)


def alone():
    """A function of the params, without examples."""

    def loss(params):
        return (1 - params["x"]) ** 2 + 5 * (params["y"] - params["x"] ** 2) ** 2

    def init(key):
        x, y = jax.random.normal(key, (2,))
        return {"x": x, "y": y}

    return problems.from_functions(init=init, loss=loss, optimum=0.0)


MODELS = {
    "conv": conv,
    "embedding": embedding,
    "net": net,
    "mixed": mixed,
    "alone": alone,
}
