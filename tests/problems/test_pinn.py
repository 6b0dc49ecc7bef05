"""The physics-informed net: its equation, its derivatives, and what solves it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers
import problems
from problems.pinn import net, poisson

from .gradients import check_gradient, evaluated, start

pytestmark = pytest.mark.usefixtures("x64")


def make(**settings):
    settings = {"rows": 40, "hidden": [5, 4]} | settings
    return problems.make("pinn", dtype="float64", **settings)


def outputs(layers, x):
    """Return u at one point, in NumPy."""
    h = np.array([2 * x - 1])
    for weight, bias in layers[:-1]:
        h = np.tanh(weight @ h + bias)
    return float((layers[-1].weight @ h + layers[-1].bias)[0])


def at_start(problem, scale=1.5):
    first = start(problem, 1)
    rng = np.random.default_rng(0)
    return jax.tree.map(
        lambda x: scale * np.asarray(x) + 0.3 * rng.standard_normal(x.shape), first
    )


def test_solution_solves_the_equation():
    """Source and solution agree by an integral: u* = ∫ G(x, t) s(t) dt (Green)."""
    t = (np.arange(20_000) + 0.5) / 20_000
    for x in (0.13, 0.5, 0.8):
        green = np.where(t < x, t * (1 - x), x * (1 - t))
        (solution,), _ = poisson((1, 4, 3), jnp.array([x]))
        _, source = poisson((1, 4, 3), jnp.asarray(t))
        assert np.mean(green * source) == pytest.approx(float(solution), rel=1e-6)


def test_value_and_curvature_are_those_of_differences_in_numpy():
    problem = make()
    layers = at_start(problem)
    points = np.asarray(problem.train.tree)[::5]
    u, curvature = net(layers, jnp.asarray(points))
    step = 1e-4
    for x, value, curved in zip(points, u, curvature, strict=True):
        here = outputs(layers, x)
        around = outputs(layers, x + step) + outputs(layers, x - step)
        assert float(value) == pytest.approx(here, rel=1e-12)
        assert float(curved) == pytest.approx((around - 2 * here) / step**2, rel=1e-4)


def test_loss_and_metric_are_their_formulas():
    problem = make(frequencies=[2, 3], boundary_weight=7.0)
    layers, x = at_start(problem), np.asarray(problem.train.tree)
    u, curvature = net(layers, jnp.asarray(x))
    source = sum(k * np.pi**2 * np.sin(k * np.pi * x) for k in (2, 3))
    solution = sum(np.sin(k * np.pi * x) / k for k in (2, 3))
    ends = [outputs(layers, end) for end in (0.0, 1.0)]
    expected = np.mean((curvature + source) ** 2) + 3.5 * np.sum(np.square(ends))
    found = evaluated(problem, layers, problem.train)
    assert float(found.pop("loss")) == pytest.approx(expected)
    error = np.linalg.norm(u - solution) / np.linalg.norm(solution)
    assert {k: float(v) for k, v in found.items()} == {
        "relative_error": pytest.approx(error)
    }


def test_gradient_is_that_of_differences():
    problem = make()
    check_gradient(problem, at_start(problem))


def test_start_is_glorots():
    first = start(make(hidden=[100, 50]), 0)
    bound = np.sqrt(6 / 150)
    weight = np.asarray(first[1].weight)
    assert np.abs(weight).max() <= bound
    assert np.std(weight) == pytest.approx(bound / np.sqrt(3), rel=0.03)
    assert not np.any(first[1].bias)


def reached(make, steps, rates):
    """Return the loss and the held-out relative error for each learning rate."""
    problem = problems.make("pinn", dtype="float64", rows=100, hidden=[16, 16])

    def one(problem, rate):
        objective, optimizer = problems.objective(problem), make(rate)

        def step(_, carried):
            params, state = carried
            value, gradient = jax.value_and_grad(objective)(params)
            updates, state = optimizer.update(
                gradient, state, params, value=value, grad=gradient, value_fn=objective
            )
            return jax.tree.map(jnp.add, params, updates), state

        params = problem.init(jax.random.key(0))
        carried = params, optimizer.init(params)
        params, _ = jax.lax.fori_loop(0, steps, step, carried)
        error = problem.metrics(params, problem.held_out)["relative_error"]
        return objective(params), error

    run = jax.jit(lambda problem, rates: jax.lax.map(lambda r: one(problem, r), rates))
    return map(np.asarray, run(problem, jnp.asarray(rates)))


def test_lbfgs_is_nearer_than_adam_of_any_rate_after_more_gradients():
    (loss,), (error,) = reached(lambda _: optimizers.make("optax.lbfgs"), 600, [1.0])
    losses, errors = reached(
        lambda rate: optimizers.make("adam", learning_rate=rate),
        1000,
        [1e-3, 3e-3, 1e-2, 3e-2],
    )
    assert loss < losses.min() / 4
    assert error < errors.min()
