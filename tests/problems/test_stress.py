"""Problems under stress: the same losses in other coordinates, and other gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems
from factories import FactoryError
from problems.stress import MOST_ROTATED

pytestmark = pytest.mark.usefixtures("x64")

COORDINATES = {"rotate": True, "scale": 100.0}


@pytest.fixture(scope="module")
def both():
    """Return a quadratic, which has closed forms, and the same under stress."""
    with jax.enable_x64(True):
        how = {"dimension": 5, "rotate": True, "dtype": "float64"}
        yield (
            problems.make("quadratic", **how),
            problems.make("quadratic", **how, stress=COORDINATES),
        )


def test_the_start_the_minimiser_and_the_least_loss_are_those_of_the_problem(both):
    plain, hard = both
    key = jax.random.key(3)
    at_start = [float(problems.objective(p)(p.init(key))) for p in both]
    assert at_start[0] == pytest.approx(at_start[1], rel=1e-12)
    (least,) = hard.minimisers()
    assert float(problems.objective(hard)(least)) == pytest.approx(0, abs=1e-20)
    assert hard.optimum() == plain.optimum()
    assert problems.x_distance(hard, least) == 0


def test_closed_forms_follow_by_the_chain_rule(both):
    _, hard = both
    y, v = hard.init(jax.random.key(0)), jnp.arange(5.0)
    closed = problems.objective(hard)

    def loss(y):
        return hard.loss(y, hard.train)

    exact = jax.hessian(loss)(y)
    np.testing.assert_allclose(closed.hessian(y), exact, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(closed.hvp(y, v), exact @ v, rtol=1e-10, atol=1e-10)
    value, slope = closed.jvp(y, v)
    assert float(value) == pytest.approx(float(loss(y)), rel=1e-12)
    assert float(slope) == pytest.approx(float(jax.grad(loss)(y) @ v), rel=1e-10)
    points = jnp.stack([y, 2 * y])
    np.testing.assert_allclose(closed.values(points), [loss(y), loss(2 * y)])


def test_a_ray_of_a_regression_is_the_loss_along_the_line():
    how = {"dataset": "diabetes", "dtype": "float64"}
    hard = problems.make("linear_regression", **how, stress=COORDINATES)
    y = hard.init(jax.random.key(0))
    direction = jnp.linspace(-1.0, 1.0, y.size).reshape(y.shape)
    ray = problems.objective(hard).ray(y, direction)
    along = hard.loss(y + 0.3 * direction, hard.train)
    assert float(ray(0.3)) == pytest.approx(float(along), rel=1e-10)


def test_a_rotation_leaves_the_eigenvalues_and_scales_change_them():
    def eigenvalues(**stress):
        made = problems.make("quadratic", dimension=4, dtype="float64", stress=stress)
        at = made.init(jax.random.key(0))
        return np.linalg.eigvalsh(problems.objective(made).hessian(at))

    rotated, scaled = eigenvalues(rotate=True), eigenvalues(scale=10.0)
    np.testing.assert_allclose(rotated, np.geomspace(0.01, 1, 4), rtol=1e-10)
    assert 100 < scaled[-1] / scaled[0] <= 100 * 10**2
    again = eigenvalues(scale=10.0, seed=1)
    assert not np.allclose(again, scaled)


def test_a_tree_of_params_is_rotated_as_one_vector_and_keeps_its_form():
    plain = problems.make("mlp", dtype="float64")
    hard = problems.make("mlp", dtype="float64", stress={"rotate": True})
    x, y = (p.init(jax.random.key(1)) for p in (plain, hard))
    assert jax.tree.structure(x) == jax.tree.structure(y)
    assert jax.tree.map(jnp.shape, x) == jax.tree.map(jnp.shape, y)
    sizes = [float(jnp.linalg.norm(ravel_pytree(tree)[0])) for tree in (x, y)]
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-12)
    losses = [float(p.loss(at, p.train)) for p, at in ((plain, x), (hard, y))]
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)


def test_too_many_parameters_are_not_rotated():
    words = f"at most {MOST_ROTATED:,} parameters, and the problem has 5,210"
    with pytest.raises(problems.ProblemError, match=words):
        problems.make("mnist1d", rows=200, stress={"rotate": True})


def test_noise_is_as_long_as_stated_and_without_direction():
    disturb = problems.Disturbance(noise=0.5)
    g = jnp.full(400, 2.0)
    keys = jax.random.split(jax.random.key(0), 200)
    seen = jnp.stack([disturb.of(g, key) for key in keys]) - g
    lengths = np.linalg.norm(seen, axis=1) / np.linalg.norm(g)
    assert np.mean(lengths) == pytest.approx(0.5, rel=0.01)
    assert np.linalg.norm(seen.mean(axis=0)) < 0.1 * np.linalg.norm(g)


def test_noise_float16_and_the_grid_come_in_this_order():
    g = jnp.array([0.1234567, -3e-9, 70_000.0])
    half = problems.Disturbance(float16=True).of(g, None)
    np.testing.assert_array_equal(half, [float(np.float16(0.1234567)), 0, np.inf])
    grid = problems.Disturbance(quantise=0.25).of(g, None)
    np.testing.assert_array_equal(grid, [0.0, 0.0, 70_000.0])
    assert problems.Disturbance().of(g, None) is not None


@pytest.mark.parametrize(
    ("stress", "key", "words"),
    [
        ({"noise": -1.0}, "stress.noise", "greater than 0"),
        ({"nois": 0.1}, "stress.nois", 'Did you mean "noise"'),
        ({"rotate": 1}, "stress.rotate", "true or false"),
        ({"scale": 0.5}, "stress.scale", "1"),
        ({}, "stress", "states none of"),
        ({"seed": 3}, "stress", "states none of"),
        (0.1, "stress", "should be a table"),
    ],
)
def test_a_wrong_table_is_refused_by_its_key(stress, key, words):
    with pytest.raises(FactoryError, match=words) as caught:
        problems.check("rosenbrock", {"stress": stress})
    assert caught.value.key == key


def test_a_label_says_what_the_stress_is():
    stress = {"noise": 0.1, "quantise": 1e-3, "scale": 1e3, "seed": 2}
    said = problems.remark("rosenbrock", {"stress": stress})
    assert said == "noise 0.1, gradients on a grid of 0.001, scaled 1000 by seed 2"
    assert problems.remark("rosenbrock", {}) == ""
