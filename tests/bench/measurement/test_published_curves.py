"""The loop beside curves that others have published.

`quadratic_deep` of DeepOBS is made anew from its description, random numbers and all:
its test loss at the start is the published one in all digits of float32. The published
runs began each epoch with the same random numbers: all epochs of a run have the same
batches in the same order, which momentum and Adam show. Curves are compared within the
spread of ten published seeds.

References:
    Schneider, Balles and Hennig, "DeepOBS: a deep learning optimizer benchmark suite",
    2019; the curves: github.com/fsschneider/DeepOBS_Baselines, of February 2019.
"""

from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers
import problems
from bench import measure

SIZE = 128
STEPS = 1000 // SIZE
"""Of an epoch: what is left of the 1,000 examples is dropped."""
EPOCHS = (1, 2, 5, 10, 30, 100)
SEEDS, PUBLISHED_SEEDS = 4, 10
START = 353.44676426478793
# Mean and standard deviation of the test loss over the published seeds, after each of
# the epochs, at the learning rate that was best.
PUBLISHED = {
    "sgd": (
        {"learning_rate": 1.5848931925e-2},
        (105.330, 102.922, 97.6952, 92.9784, 88.3521, 87.3975),
        (0.166, 0.168, 0.168, 0.169, 0.170, 0.169),
    ),
    "momentum": (
        {"learning_rate": 2.5118864315e-3, "decay": 0.99},
        (271.158, 137.885, 217.381, 134.261, 102.727, 87.0450),
        (2.44, 1.12, 0.507, 0.389, 0.333, 0.0252),
    ),
    "adam": (
        {"learning_rate": 3.9810717055e-2},
        (141.825, 110.829, 101.354, 94.7304, 88.3115, 87.1119),
        (0.236, 0.207, 0.0871, 0.0919, 0.0241, 0.0242),
    ),
}


def random_rotation(rng: np.random.RandomState, size: int) -> np.ndarray:
    """Draw a rotation by the subgroup algorithm of Diaconis and Shahshahani, 1987.

    It adds one dimension at a time: a rotation of those so far, and a reflection that
    takes the first axis to a random direction.
    """
    angle = 2 * np.pi * rng.uniform()
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for n in range(3, size + 1):
        direction = rng.normal(size=n)
        normal = np.eye(n)[0] - direction / np.linalg.norm(direction)
        normal /= np.linalg.norm(normal)
        larger = np.eye(n)
        larger[1:, 1:] = turn
        turn = larger - 2 * np.outer(normal, normal @ larger)
    return -turn


def hessian() -> np.ndarray:
    """Return that of `quadratic_deep`: 90 eigenvalues up to 1, and 10 of 30 to 60."""
    rng = np.random.RandomState(42)
    eigenvalues = np.hstack([rng.uniform(0, 1, 90), rng.uniform(30, 60, 10)])
    turn = random_rotation(rng, 100)
    return (turn.T * eigenvalues) @ turn


def examples(seed: int) -> np.ndarray:
    draws = np.random.RandomState(seed).normal(0.0, 0.6, (1000, 100))
    return draws.astype(np.float32)


MATRIX = hessian().astype(np.float32)


def mean_loss(params, batch):
    away = params - batch
    return jnp.einsum("ij,jk,ik->i", away, MATRIX, away).mean() / 2


DATA = {"train": examples(42), "held_out": examples(43)[: STEPS * SIZE]}


def with_new_orders():
    """Return the problem, of which a trial takes batches from shuffled epochs."""
    return problems.from_functions(
        init=lambda key: jnp.ones(100), loss=mean_loss, **DATA
    )


def with_one_order():
    """Return the problem with the batches of one shuffled epoch, again and again.

    The order and the step are a state beside the params.
    """

    def init(key):
        order = jax.random.permutation(key, len(DATA["train"]))
        return jnp.ones(100), {"order": order, "step": jnp.int32(0)}

    def loss(params, state, batch):
        order, step = state["order"], state["step"]
        chosen = jax.lax.dynamic_slice(order, [step % STEPS * SIZE], [SIZE])
        return mean_loss(params, batch[chosen]), {"order": order, "step": step + 1}

    def evaluate(params, state, batch):
        return mean_loss(params, batch)

    return problems.from_functions(
        init=init, loss=loss, evaluate=evaluate, stateful=True, **DATA
    )


def errors(problem, name: str, **given) -> np.ndarray:
    """Return how far the mean curve is from the published one, in standard errors."""
    settings, means, deviations = PUBLISHED[name]
    optimizer, curves = optimizers.make(name, **settings), []
    for seed in range(SEEDS):
        steps = EPOCHS[-1] * STEPS
        trace = measure(problem, optimizer, steps=steps, seed=seed, **given)
        curve = trace.set_index("step")["held_out_loss"]
        assert curve[0] == pytest.approx(START, rel=1e-6)
        curves.append([curve[epoch * STEPS] for epoch in EPOCHS])
    error = np.array(deviations) * sqrt(1 / SEEDS + 1 / PUBLISHED_SEEDS)
    return (np.mean(curves, axis=0) - means) / error


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_quadratic_of_deepobs_falls_along_its_published_curve(name):
    assert abs(errors(with_one_order(), name)).max() < 4


def test_sgd_falls_along_the_same_curve_with_a_new_order_in_each_epoch():
    batch = {"size": SIZE, "last": "drop"}
    assert abs(errors(with_new_orders(), "sgd", batch=batch)).max() < 4
