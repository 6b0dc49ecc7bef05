"""Methods for sums of squares, against closed forms, MINPACK and Optimistix."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.optimize import least_squares

import optimizers

pytestmark = pytest.mark.usefixtures("x64")

RNG = np.random.default_rng(0)
TABLE, TARGETS = RNG.standard_normal((12, 4)), RNG.standard_normal(12)
WIDE, FEW = RNG.standard_normal((3, 5)), RNG.standard_normal(3)


class Squares:
    """f = Σ r², as a plain object outside of a run."""

    def __init__(self, residuals: Any):
        self.residuals = residuals

    def __call__(self, params: Any) -> jax.Array:
        return jnp.sum(self.residuals(params) ** 2)


def linear(x):
    return TABLE @ x - TARGETS


def valley(x):
    return jnp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def bounded(x):
    """A root has no values below 0."""
    return jnp.stack([jnp.sqrt(x[0]) - 0.1, x[1] - jnp.sqrt(x[0])])


def walk(name: str, residuals: Any, start: Any, steps: int, **settings: Any) -> Any:
    """Return the points of some steps, in one program."""
    optimizer, f = optimizers.make(name, **settings), Squares(residuals)

    def step(carry: Any, _: Any) -> Any:
        params, state = carry
        nothing = jax.tree.map(lambda x: x * jnp.nan, params)
        moves, state = optimizer.update(nothing, state, params, value_fn=f)
        after = optax.apply_updates(params, moves), state
        return after, (params, optimizer.loss(state))

    begin = start, optimizer.init(start)
    return jax.lax.scan(step, begin, length=steps)[1]


@pytest.mark.parametrize("form", ["full", "products"])
def test_a_step_of_gauss_newton_is_the_closed_form(form: str) -> None:
    settings = {"jacobian": form, "tolerance": 1e-14}
    points, losses = walk("gauss_newton", linear, jnp.ones(4), 2, **settings)
    answer, square = np.linalg.lstsq(TABLE, TARGETS)[:2]
    np.testing.assert_allclose(points[1], answer, rtol=1e-10)
    np.testing.assert_allclose(losses[1], square[0], rtol=1e-12)


def test_a_step_is_the_least_of_several() -> None:
    few = lambda x: WIDE @ x - FEW  # noqa: E731
    points, _ = walk("gauss_newton", few, jnp.zeros(5), 2)
    np.testing.assert_allclose(few(points[1]), 0, atol=1e-12)
    lengths = np.linalg.norm(WIDE, axis=0)
    least = np.linalg.lstsq(WIDE / lengths, FEW)[0] / lengths
    np.testing.assert_allclose(points[1], least, rtol=1e-9)


@pytest.mark.parametrize("form", ["full", "products"])
def test_a_damped_step_solves_its_equations(form: str) -> None:
    settings = {"damping": 0.3, "jacobian": form, "tolerance": 1e-14}
    points, _ = walk("levenberg_marquardt", linear, jnp.zeros(4), 2, **settings)
    gradient = -TABLE.T @ TARGETS
    squares = np.sum(TABLE**2, axis=0)
    if form == "products":
        image = TABLE @ gradient
        squares = np.full(4, image @ image / (gradient @ gradient))
    matrix = TABLE.T @ TABLE + 0.3 * np.diag(squares)
    np.testing.assert_allclose(points[1], np.linalg.solve(matrix, -gradient), rtol=1e-9)


METHODS: dict[str, dict[str, Any]] = {
    "levenberg_marquardt": {},
    "dogleg": {},
    "gauss_newton": {"backtracking": True},
}


@pytest.mark.parametrize("name", METHODS)
def test_it_ends_where_minpack_does_in_about_as_many_jacobians(name: str) -> None:
    start = jnp.array([-1.2, 1.0])
    points, losses = walk(name, valley, start, 40, **METHODS[name])
    asked: list[Any] = []

    def jacobian(x: Any) -> Any:
        asked.append(x)
        return np.array([[-20 * x[0], 10], [-1, 0]])

    given = {"jac": jacobian, "method": "lm", "x_scale": "jac"}
    answer = least_squares(valley, start, ftol=1e-15, xtol=1e-15, **given)
    np.testing.assert_allclose(points[-1], answer.x, rtol=1e-7)
    moved = np.any(np.diff(points, axis=0) != 0, axis=1)
    until = int(np.argmax(losses < 1e-20))
    assert len(asked) / 3 <= moved[:until].sum() <= 3 * len(asked)


def test_geodesic_steps_need_fewer_jacobians_along_a_valley() -> None:
    start, counts = jnp.array([-1.2, 1.0]), {}
    for geodesic in (False, True):
        settings = {"geodesic": geodesic, "damping": 1e-3}
        points, losses = walk("levenberg_marquardt", valley, start, 60, **settings)
        until = int(np.argmax(losses < 1e-20))
        moved = np.any(np.diff(points, axis=0) != 0, axis=1)
        counts[geodesic] = int(moved[:until].sum())
    assert 0 < counts[True] < counts[False]


def test_geodesic_acceleration_is_that_of_the_paper() -> None:
    start, amount = jnp.array([-0.3, 0.2]), 10.0
    settings = {"geodesic": True, "damping": amount}
    points, _ = walk("levenberg_marquardt", valley, start, 2, **settings)
    jacobian = np.array([[-20 * start[0], 10], [-1, 0]])
    squares = np.diag(np.sum(jacobian**2, axis=0))
    matrix = jacobian.T @ jacobian + amount * squares
    v = np.linalg.solve(matrix, -jacobian.T @ valley(start))
    bend = np.array([-20 * v[0] ** 2, 0])
    a = np.linalg.solve(matrix, -jacobian.T @ bend)
    np.testing.assert_allclose(points[1] - start, v + a / 2, rtol=1e-10)


@pytest.mark.parametrize("name", ["levenberg_marquardt", "dogleg"])
def test_a_rejected_step_stays_and_losses_never_rise(name: str) -> None:
    points, losses = walk(name, valley, jnp.array([-1.2, 1.0]), 30)
    stayed = np.all(np.diff(points, axis=0) == 0, axis=1)
    assert stayed[: int(np.argmax(losses < 1e-20))].any()
    assert np.all(np.diff(losses) <= 0)
    np.testing.assert_allclose(losses[7], np.sum(np.square(valley(points[7]))))


@pytest.mark.parametrize("name", METHODS)
def test_a_point_without_a_loss_is_rejected(name: str) -> None:
    """The full step from 4 leads below 0, where there is no root."""
    points, losses = walk(name, bounded, jnp.array([4.0, 0.0]), 60, **METHODS[name])
    assert np.isfinite(points).all()
    assert losses[-1] < 1e-12


@pytest.mark.parametrize("name", METHODS)
def test_rounding_ends_it_where_it_is(name: str) -> None:
    to_float32 = lambda x: TABLE.astype("float32") @ x - TARGETS.astype("float32")  # noqa: E731
    start = jnp.ones(4, "float32")
    points, losses = walk(name, to_float32, start, 200, **METHODS[name])
    assert points.dtype == losses.dtype == "float32"
    answer, square = np.linalg.lstsq(TABLE, TARGETS)[:2]
    np.testing.assert_allclose(points[-1], answer, rtol=2e-3)
    np.testing.assert_allclose(losses[-1], square[0], rtol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_function_without_residuals_is_refused(name: str) -> None:
    optimizer = optimizers.make(name, **METHODS[name])
    x = jnp.ones(3)
    with pytest.raises(optimizers.NotApplicable, match="this problem states none"):
        optimizer.update(x, optimizer.init(x), x, value_fn=lambda x: x @ x)


def test_many_parameters_are_refused_where_a_triangle_is_kept() -> None:
    x = jnp.ones(6000)
    for name, settings in (("dogleg", {}), ("gauss_newton", {"jacobian": "full"})):
        with pytest.raises(optimizers.NotApplicable, match="6,000 parameters"):
            optimizers.make(name, **settings).init(x)
    with pytest.raises(optimizers.NotApplicable, match="geodesic"):
        optimizers.make("levenberg_marquardt", geodesic=True).init(x)
