"""Newton's method by Hessian-vector products."""

from collections import Counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers

pytestmark = pytest.mark.usefixtures("x64")


def diagonal(values: Any, slope: Any) -> Any:
    h, b = jnp.asarray(values), jnp.asarray(slope)

    def f(params: Any) -> jax.Array:
        x = jnp.concatenate([params["a"], params["b"]])
        return 0.5 * jnp.sum(h * x**2) + b @ x

    return f


def flat(params: Any) -> np.ndarray:
    return np.concatenate([params["a"], params["b"]])


ZERO = {"a": np.zeros(2), "b": np.zeros(3)}


def start() -> Any:
    return jax.tree.map(jnp.asarray, ZERO)


def test_solves_a_quadratic_in_n_products(walk: Any, counted: Any) -> None:
    h, b = np.array([1.0, 2, 5, 7, 11]), np.arange(1.0, 6)
    f, calls = diagonal(h, b), Counter()
    optimizer = optimizers.newton_cg(tolerance=0.0)
    params, _, _ = walk(optimizer, f, start(), 1, counted(f, calls))
    np.testing.assert_allclose(flat(params), -b / h, rtol=1e-9)
    assert calls == {"hvp": 5}


def test_stops_at_the_tolerance_and_at_the_most(walk: Any, counted: Any) -> None:
    h, b = np.array([1.0, 2, 5, 7, 11]), np.ones(5)
    f = diagonal(h, b)
    loose, capped = Counter(), Counter()
    params, _, _ = walk(
        optimizers.newton_cg(tolerance=0.3), f, start(), 1, counted(f, loose)
    )
    assert np.linalg.norm(h * flat(params) + b) <= 0.3 * np.linalg.norm(b)
    assert loose["hvp"] < 5
    walk(optimizers.newton_cg(max_hvps=2), f, start(), 1, counted(f, capped))
    assert capped["hvp"] == 2


def test_damping_is_added_to_the_hessian(walk: Any) -> None:
    h, b = np.array([1.0, 2, 5, 7, 11]), np.arange(1.0, 6)
    optimizer = optimizers.newton_cg(0.5, damping=0.7, tolerance=0.0)
    params, _, _ = walk(optimizer, diagonal(h, b), start(), 1)
    np.testing.assert_allclose(flat(params), -0.5 * b / (h + 0.7), rtol=1e-9)


def test_negative_curvature_at_once_goes_down_the_gradient(walk: Any) -> None:
    b = np.arange(1.0, 6)
    params, _, _ = walk(optimizers.newton_cg(), diagonal(-np.ones(5), b), start(), 1)
    np.testing.assert_allclose(flat(params), -b)


@pytest.mark.parametrize("h", [[-1.0, 2, 5, 7, 11], [1e-3, 2, 5, 7, 11], [-1.0] * 5])
def test_goes_to_the_radius_and_no_further(walk: Any, h: Any) -> None:
    b = np.array([1.0, 0.1, 0.1, 0.1, 0.1])
    f = diagonal(np.array(h), b)
    params, _, losses = walk(optimizers.newton_cg(radius=0.8), f, start(), 1)
    np.testing.assert_allclose(np.linalg.norm(flat(params)), 0.8, rtol=1e-12)
    # At least as low as the Cauchy point, the least along the gradient in the ball.
    lengths = np.linspace(0, 0.8, 1001)[:, None] * b / np.linalg.norm(b)
    cauchy = min(0.5 * np.sum(np.array(h) * s**2) - b @ s for s in lengths)
    assert losses[-1] <= cauchy + 1e-9


def test_no_gradient_is_no_step(walk: Any, counted: Any) -> None:
    f, calls = diagonal(np.ones(5), np.zeros(5)), Counter()
    params, _, _ = walk(optimizers.newton_cg(), f, start(), 1, counted(f, calls))
    assert not flat(params).any()
    assert not calls
