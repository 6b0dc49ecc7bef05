"""Newton's method: exact where it is defined, and saying so where it is not."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers


def quadratic_of(matrix: Any, target: Any) -> Any:
    def f(x: Any) -> jax.Array:
        h = jnp.asarray(matrix, x.dtype)
        r = x - jnp.asarray(target, x.dtype)
        return 0.5 * r @ h @ r

    return f


def random_matrix(values: Any, seed: int = 0) -> np.ndarray:
    n = len(values)
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    return (q * np.asarray(values)) @ q.T


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "values", [[1.0, 2, 3, 4], [-1.0, 2, -3, 4], [1e-9, 1, 1, 1], [-2.0, -1, -1, -1]]
)
def test_one_step_reaches_the_stationary_point(walk: Any, values: Any) -> None:
    """Minimum, saddle, ill-conditioned minimum and maximum alike."""
    target = np.arange(4.0)
    f = quadratic_of(random_matrix(values), target)
    params, state, _ = walk(optimizers.newton(), f, jnp.ones(4), 1)
    assert not optimizers.failure(state)
    np.testing.assert_allclose(params, target, atol=1e-5)


@pytest.mark.usefixtures("x64")
def test_damping_and_rate_are_those_of_the_formula(walk: Any) -> None:
    h = random_matrix([1.0, 2, 3])
    f = quadratic_of(h, np.zeros(3))
    x = np.array([1.0, 2.0, 3.0])
    params, _, _ = walk(optimizers.newton(0.5, 0.1), f, jnp.asarray(x), 1)
    expected = x - 0.5 * np.linalg.solve(h + 0.1 * np.eye(3), h @ x)
    np.testing.assert_allclose(params, expected, rtol=1e-12)


def regression(*, duplicate: bool, scale: float = 1.0) -> tuple[Any, Any]:
    inputs = np.random.default_rng(1).normal(size=(6, 500))
    inputs[5] = inputs[4] if duplicate else scale * inputs[5]
    return inputs, inputs[0] + 1


def least_squares(dtype: Any, *, duplicate: bool, scale: float = 1.0) -> Any:
    inputs, targets = regression(duplicate=duplicate, scale=scale)
    data, aims = jnp.asarray(inputs, dtype), jnp.asarray(targets, dtype)
    return lambda w: jnp.mean((w @ data - aims) ** 2)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_duplicated_column_is_a_failure_and_no_step(walk: Any, dtype: str) -> None:
    f, start = least_squares(dtype, duplicate=True), jnp.ones(6, dtype)
    params, state, _ = walk(optimizers.newton(), f, start, 1)
    assert optimizers.failure(state)
    assert "singular" in (optimizers.failure_reason(state) or "")
    np.testing.assert_array_equal(params, start)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_damping_mends_a_duplicated_column(walk: Any, dtype: str) -> None:
    f, start = least_squares(dtype, duplicate=True), jnp.ones(6, dtype)
    params, state, _ = walk(optimizers.newton(damping=1e-3), f, start, 10)
    data, targets = regression(duplicate=True)
    _, (least,), _, _ = np.linalg.lstsq(data[:5].T, targets, rcond=None)
    assert not optimizers.failure(state)
    np.testing.assert_allclose(f(params), least / 500, rtol=1e-5)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_units_do_not_make_a_hessian_singular(walk: Any, dtype: str) -> None:
    """The Hessian's condition number is 1e8 here, by the unit of one column."""
    f = least_squares(dtype, duplicate=False, scale=1e4)
    params, state, _ = walk(optimizers.newton(), f, jnp.zeros(6, dtype), 2)
    data, targets = regression(duplicate=False, scale=1e4)
    _, (least,), _, _ = np.linalg.lstsq(data.T, targets, rcond=None)
    assert not optimizers.failure(state)
    np.testing.assert_allclose(f(params), least / 500, rtol=1e-5)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    "hessian", [np.zeros((3, 3)), np.diag([1.0, 0, -1]), np.full((3, 3), np.nan)]
)
def test_no_hessian_makes_nan(walk: Any, hessian: np.ndarray) -> None:
    f = quadratic_of(hessian, np.zeros(3))
    params, state, _ = walk(
        optimizers.newton(), lambda x: f(x) + x.sum(), jnp.ones(3), 1
    )
    assert optimizers.failure(state)
    np.testing.assert_array_equal(params, np.ones(3))


def test_too_many_parameters_are_not_applicable() -> None:
    with pytest.raises(optimizers.NotApplicable, match="5,001 parameters"):
        optimizers.newton().init(jnp.zeros(5_001))
    with pytest.raises(optimizers.NotApplicable, match="25,010,001 entries"):
        optimizers.trust_region_step(1.0).init(jnp.zeros(5_001))
