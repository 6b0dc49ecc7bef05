"""Gradients by differences and along random directions, and what they cost."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench import measure
from bench.core.readings import named
from bench.measurement.meter import Metered, counted
from bench.measurement.oracle import Oracle, Sourced, rule
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.referee import read_and_executed

from ..small import problem

STEPS = 4
SOURCES = ("forward_difference", "central_difference", "random_direction")


def gradient_of(source, objective, x, seed=0, step=None):
    """Return the source's gradient as one flat array."""
    metered = Metered(objective)
    key = jax.random.key(seed)
    gradient = jax.jit(
        jax.grad(Sourced(metered, rule(source, key, step))),
        compiler_options={"xla_backend_optimization_level": 3},  # rounds as users' does
    )(x)
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(gradient)])


def exact(objective, x):
    leaves = jax.tree.leaves(jax.grad(objective)(x))
    return np.concatenate([np.ravel(leaf) for leaf in leaves])


def read_and_counted(optimizer, oracle, on="logistic_regression"):
    """Run a few steps, and count what the device executes."""
    at_hand, factory = problem(on), MadeOptimizer(optimizer, oracle)
    params = at_hand.init(jax.random.key(1))
    ready = ReadyProgram(Program(factory, (), at_hand, params), (), factory, True)
    read, executed = read_and_executed(ready, at_hand, params, STEPS)
    return named(read), named(executed)


EACH = {  # readings of one gradient of n parameters
    "forward_difference": lambda n: {"forward": 1, "point": n},
    "central_difference": lambda n: {"forward": 1, "point": 2 * n},
    "random_direction": lambda n: {"jvp": 1},
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("on", ["logistic_regression", "mlp", "softmax_regression"])
def test_a_gradient_costs_what_the_formula_says(source, on):
    sgd = optimizers.make("sgd", learning_rate=1e-3)
    read, counted = read_and_counted(sgd, Oracle(source), on)
    leaves = jax.tree.leaves(problem(on).init(jax.random.key(0)))
    each = EACH[source](sum(leaf.size for leaf in leaves))
    assert {k: n for k, n in read.items() if n} == {
        k: STEPS * n for k, n in each.items()
    }
    assert counted == read


@pytest.mark.parametrize("source", SOURCES)
def test_lbfgs_on_any_source_is_metered_exactly(source):
    read, counted = read_and_counted(optax.lbfgs(), Oracle(source))
    assert counted == read
    gradients = max(read["forward"], read["jvp"])
    assert gradients >= STEPS
    each = {k: n * gradients for k, n in EACH[source](3).items()}
    assert {k: n for k, n in read.items() if n} == each


@pytest.mark.parametrize("source", SOURCES[:2])
def test_lbfgs_on_differences_finds_the_optimum(source):
    trace = measure(
        problem("logistic_regression"), optax.lbfgs(), steps=15, gradient=source
    )
    assert abs(trace["suboptimality"].iloc[-1]) < 1e-6


@pytest.mark.parametrize(
    ("dtype", "source", "most"),
    [
        ("float32", "forward_difference", 2e-3),
        ("float32", "central_difference", 2e-4),
        ("float64", "forward_difference", 1e-7),
        ("float64", "central_difference", 1e-9),
    ],
)
def test_differences_are_near_the_gradient(dtype, source, most):
    with jax.enable_x64(dtype == "float64"):
        settings = {"rows": 60, "columns": 4, "hidden": [5], "activation": "tanh"}
        net = problems.make("mlp", dtype=dtype, **settings)
        objective, x = problems.objective(net), net.init(jax.random.key(2))
        got, truth = gradient_of(source, objective, x), exact(objective, x)
        assert got.dtype == dtype
        assert np.abs(got - truth).max() < most * np.abs(truth).max()


def test_a_default_step_grows_with_its_coordinate():
    def quartic(x):
        return jnp.sum(x**4)

    objective = Objective(quartic)
    x = jnp.array([0.1, 1.0, 1e4], jnp.float32)
    got = gradient_of("central_difference", objective, x)
    np.testing.assert_allclose(got[2], 4e12, rtol=1e-3)
    fixed = gradient_of("central_difference", objective, x, step=6e-3)
    assert abs(fixed[2] / 4e12 - 1) > 1e-2  # rounding, not truncation


class Objective:
    """A plain function with the one method that differences need."""

    def __init__(self, function):
        self._function = function
        self.jvp = self.hvp = self.hessian = self.ray = None

    def __call__(self, x):
        return self._function(x)

    def values(self, points):
        return jax.vmap(self._function)(points)


@pytest.mark.parametrize("size", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("source", SOURCES[:2])
def test_any_number_of_coordinates_goes_in_blocks(source, size):
    weights = np.linspace(1.0, 2.0, size, dtype=np.float32)
    objective = Objective(lambda x: jnp.vdot(weights, x))
    got = gradient_of(source, objective, jnp.zeros(size), step=0.5)
    np.testing.assert_allclose(got, weights, rtol=1e-5)


def test_a_given_step_is_the_difference_s_length():
    objective = Objective(lambda x: jnp.sum(x**3))
    x = jnp.array([2.0, -3.0])
    forward = gradient_of("forward_difference", objective, x, step=0.5)
    np.testing.assert_allclose(forward, [(2.5**3 - 8) / 0.5, (-(2.5**3) + 27) / 0.5])
    central = gradient_of("central_difference", objective, x, step=0.5)
    np.testing.assert_allclose(central, [12 + 0.25, 27 + 0.25])


def test_a_step_that_rounding_swallows_gives_zero_and_not_nan():
    objective = Objective(lambda x: jnp.sum(x**2))
    got = gradient_of("forward_difference", objective, jnp.ones(2), step=1e-12)
    np.testing.assert_array_equal(got, 0.0)


def test_a_random_direction_is_right_on_average():
    quadratic = problem("quadratic")
    objective, x = problems.objective(quadratic), jnp.array([1.0, -1.0, 0.5])
    metered = Metered(objective)

    @jax.jit
    def draw(seed):
        by_rule = rule("random_direction", jax.random.key(seed))
        return jax.grad(Sourced(metered, by_rule))(x)

    draws = np.array([draw(seed) for seed in range(3000)])
    truth = exact(objective, x)
    error = draws.std(0) / len(draws) ** 0.5
    assert (np.abs(draws.mean(0) - truth) < 4 * error).all()
    # E[(g·v)² v_i²] = ||g||² + 2 g_i², so the variance is ||g||² + g_i²
    np.testing.assert_allclose(draws.var(0), truth @ truth + truth**2, rtol=0.15)


def test_directions_hang_on_the_seed_and_the_step():
    sgd = optimizers.make("sgd", learning_rate=0.01)
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0, 5.0])

    def losses(seed):
        how = {"gradient": "random_direction", "seed": seed, "steps": 30}
        return measure(quadratic, sgd, **how)["loss"].to_numpy()

    np.testing.assert_array_equal(losses(0), losses(0))
    assert not np.allclose(losses(0)[1:], losses(1)[1:])
    assert len(set(losses(0))) == 31


def test_the_rest_of_the_objective_is_passed_on_exact():
    quadratic = problem("quadratic")
    trace = measure(
        quadratic, optimizers.make("newton"), steps=1, gradient="forward_difference"
    )
    assert trace["hessian"].tolist() == [0, 1]
    assert trace["point"].tolist() == [0, 3]
    assert trace["loss"].iloc[-1] < 1e-5 * trace["loss"].iloc[0]


def test_a_derivative_of_a_difference_is_refused():
    def update(gradient, state, params=None, *, value_fn, **extra):
        del extra
        product = jax.jvp(jax.grad(value_fn), (params,), (gradient,))[1]
        return jax.tree.map(lambda g: -1e-3 * g, product), state

    twice = optax.GradientTransformationExtraArgs(lambda params: (), update)
    with pytest.raises(
        optimizers.NotApplicable, match="use the objective's hvp instead"
    ):
        measure(problem("quadratic"), twice, steps=2, gradient="forward_difference")


def test_what_is_passed_on_is_exact_and_counted_under_a_gradient():
    quadratic = problem("quadratic")
    objective, x = problems.objective(quadratic), jnp.array([1.0, -1.0, 0.5])
    sourced = Sourced(Metered(objective), rule("forward_difference", None))
    ask = counted(jax.grad(lambda x: sourced.values(jnp.stack([x, x])).sum()))
    gradient, read = ask(x)
    np.testing.assert_allclose(gradient, 2 * exact(objective, x), rtol=1e-6)
    assert {kind: n for kind, n in named(read).items() if n} == {"gradient": 2}
