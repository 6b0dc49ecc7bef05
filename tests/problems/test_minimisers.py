"""Where losses are least: the quoted points, held against the losses themselves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from problems.sets import SETS

from .test_moves_without_gradients import goals, least_reached

MEMBERS = {member.name: member for member in SETS["landscapes"].members(None)}
OTHERS = {"quadratic": {"rotate": True}, "kowalik_osborne": {}}
STATED = {name: (m.problem, dict(m.settings)) for name, m in MEMBERS.items()}
STATED |= {name: (name, settings) for name, settings in OTHERS.items()}
KINKS = ("ackley",)
"""Functions that have no gradient at their minimisers."""

pytestmark = pytest.mark.usefixtures("x64")


def made(name):
    of, settings = STATED[name]
    problem = problems.make(of, dtype="float64", **settings)
    return problem, lambda x: problem.loss(x, problem.train)


@pytest.mark.parametrize("name", STATED)
def test_the_loss_is_least_at_each_minimiser(name):
    problem, loss = made(name)
    for x in jnp.asarray(problem.minimisers()):
        scale = max(1.0, abs(problem.optimum()))
        assert abs(float(loss(x)) - problem.optimum()) <= 1e-14 * scale
        if name in KINKS:
            continue
        curvature = np.asarray(jax.hessian(loss)(x))
        steepest = np.linalg.eigvalsh(curvature)[-1]
        assert np.abs(jax.grad(loss)(x)).max() <= 1e-14 * max(1.0, steepest)
        assert np.linalg.eigvalsh(curvature)[0] > 0


def test_ackleys_function_rises_from_its_minimiser_as_a_cone():
    problem, loss = made("ackley")
    (x,) = problem.minimisers()
    around = np.stack([np.cos(t := np.linspace(0, 2 * np.pi, 16)), np.sin(t)], 1)
    rises = [float(loss(x + 1e-7 * v)) / 1e-7 for v in around]
    np.testing.assert_allclose(rises, 4 / np.sqrt(2), rtol=1e-5)
    assert np.isfinite(jax.grad(loss)(x)).all()


@pytest.mark.parametrize("name", STATED)
def test_no_point_nearby_or_anywhere_looked_at_is_lower(name):
    problem, _ = made(name)
    rng, minimisers = np.random.default_rng(0), problem.minimisers()
    width = minimisers.shape[1]
    near = minimisers[0] + 1e-2 * rng.standard_normal((200, width))
    far = 6 * rng.uniform(-1, 1, (2000, width))
    points = jnp.asarray(np.concatenate([near, far]))
    lowest = problems.objective(problem).values(points).min()
    # the rates of this one have a pole, and it is least only among positive ones
    assert lowest >= problem.optimum() - 1e-12 * max(1.0, abs(problem.optimum()))


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_states_what_its_problem_is(name):
    problem, _ = made(name)
    member = MEMBERS[name]
    residuals = getattr(problem, "residuals", None)
    start = problem.init(jax.random.key(0))
    assert member.least == problem.optimum()
    assert member.parameters == start.size == 2
    if residuals is not None:
        assert member.terms == residuals(start, problem.train).size


# Values that others state, in papers and in collections of test functions.
PUBLISHED = {
    "beale": [((3.0, 0.5), 0.0), ((1.0, 1.0), 14.203125), ((0.0, 0.0), 14.203125)],
    "rosenbrock": [((1.0, 1.0), 0.0), ((-1.2, 1.0), 24.2)],
    "himmelblau": [((3.0, 2.0), 0.0), ((-0.270845, -0.923039), 181.617)],
    "styblinski_tang": [((-2.903534, -2.903534), -78.33233), ((0.0, 0.0), 0.0)],
    "saddle": [((0.0, 0.0), 1.0)],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_values_are_the_published_ones(name):
    _, loss = made(name)
    for x, value in PUBLISHED[name]:
        assert float(loss(jnp.array(x))) == pytest.approx(value, rel=1e-5, abs=1e-12)


def test_shifted_functions_are_the_published_ones_about_their_minimisers():
    for name, published in (("rastrigin", rastrigin), ("ackley", ackley)):
        problem, loss = made(name)
        (at,) = problem.minimisers()
        for z in np.random.default_rng(1).uniform(-4, 4, (20, 2)):
            assert float(loss(at + z)) == pytest.approx(published(z), rel=1e-12)


def rastrigin(z):
    return 10 * len(z) + sum(z**2 - 10 * np.cos(2 * np.pi * z))


def ackley(z):
    hills = np.exp(np.mean(np.cos(2 * np.pi * z)))
    return 20 + np.e - 20 * np.exp(-0.2 * np.sqrt(np.mean(z**2))) - hills


def test_the_saddle_has_a_direction_downwards_next_to_the_start():
    problem, loss = made("saddle")
    origin = jnp.zeros(2)
    assert not np.any(jax.grad(loss)(origin))
    np.testing.assert_allclose(jax.hessian(loss)(origin), np.diag([1.0, -1.0]))
    assert abs(problem.init(jax.random.key(0))[1]) < 1e-2


def test_the_gradient_nearly_vanishes_where_the_plateau_begins():
    problem, loss = made("plateau")
    start = problem.init(jax.random.key(0))
    assert np.linalg.norm(jax.grad(loss)(start)) < 2e-3
    assert problem.optimum() < 0.999 < float(loss(start)) < 1


def test_the_ravine_is_as_ill_conditioned_as_stated_and_rotated():
    _, loss = made("ravine")
    least, most = np.linalg.eigvalsh(jax.hessian(loss)(jnp.zeros(2)))
    assert most / least == pytest.approx(1000)
    assert abs(jax.hessian(loss)(jnp.zeros(2))[0, 1]) > 100


@pytest.mark.parametrize("name", [n for n in MEMBERS if STATED[n][0] == "landscapes"])
def test_moves_without_gradients_solve_no_landscape(name):
    problem, _ = made(name)
    start, reached = least_reached(problem)
    for kind, loss in reached.items():
        assert loss > max(goals(problem, None, start)), kind


def test_the_distance_is_that_to_the_nearest_minimiser():
    problem, _ = made("himmelblau")
    (at, other, *_), away = problem.minimisers(), np.array([0.03, 0.04])
    assert problems.x_distance(problem, jnp.asarray(other)) == 0
    assert float(problems.x_distance(problem, at + away)) == pytest.approx(0.05)


def test_a_quadratic_with_a_flat_direction_states_no_minimiser():
    flat = problems.make("quadratic", spectrum=[1.0, 0.0])
    assert not problems.has_minimisers(flat)
    assert problems.has_minimisers(problems.make("quadratic", spectrum=[1.0, 0.5]))
