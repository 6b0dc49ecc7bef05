"""The meter's readings are the calls that are made, by two independent counts."""

import jax
import jax.numpy as jnp
import optax
import pytest

import factories
import optimizers
import problems
from bench import measure
from bench.core.readings import KINDS, READINGS, named
from bench.measurement.count import UncountableError
from bench.measurement.meter import Metered, counted
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.referee import read_and_executed

from ..small import MORE, PROBLEMS, problem

STEPS = 4
OTHERS = {
    "optax.lbfgs": optax.lbfgs(),
    "backtracking": optax.chain(
        optax.sgd(1.0), optax.scale_by_backtracking_linesearch(8, store_grad=True)
    ),
    "zoom": optax.chain(optax.sgd(1.0), optax.scale_by_zoom_linesearch(8)),
    "polyak_sgd": optax.polyak_sgd(),
    "lookahead": optimizers.keep_stepping(1e-3, lookahead=3),
    "momo": optax.contrib.momo(),
}


RATE = {"learning_rate": 1e-3}
OF_OTHERS = {
    "chain": [{"name": "optax.clip", "max_delta": 0.1}, {"name": "sgd"} | RATE],
    "partition": [
        {"name": "sgd", "where": {"ndim": 2}} | RATE,
        {"name": "adam"} | RATE,
    ],
    "stages": [{"name": "sgd", "steps": 2} | RATE, {"name": "keep_stepping"} | RATE],
}


def made(name: str):
    """Make an optimizer with the settings that it insists on, all alike."""
    if name in OF_OTHERS:
        return optimizers.make(name, **{name: OF_OTHERS[name]})
    settings = factories.defaults(optimizers.REGISTRY[name])
    needed = [key for key, default in settings.items() if default is ...]
    return optimizers.make(name, **dict.fromkeys(needed, 1e-3))


def read_and_counted(optimizer, on: str) -> tuple[dict, dict]:
    """Run a few steps, and count what the device executes."""
    at_hand, factory = problem(on), MadeOptimizer(optimizer)
    params = at_hand.init(jax.random.key(1))
    ready = ReadyProgram(Program(factory, (), at_hand, params), (), factory, True)
    read, executed = read_and_executed(ready, at_hand, params, STEPS)
    return named(read), named(executed)


@pytest.mark.parametrize("on", PROBLEMS)
@pytest.mark.parametrize("name", optimizers.names())
def test_every_optimizer_is_metered_exactly(name, on):
    try:
        read, counted = read_and_counted(made(name), on)
    except optimizers.NotApplicable as reason:
        pytest.skip(str(reason))
    if on in QUADRATICS:  # whose Hessian needs no params: JAX may drop their mark
        assert counted["hessian"] in (0, read["hessian"])
        counted["hessian"] = read["hessian"]
    assert read == counted
    assert sum(read.values()) > 0


QUADRATICS = ("linear_regression", "quadratic")
REGRESSIONS = (
    *("linear_regression", "logistic_regression", "softmax_regression"),
    "huber_regression",
    "poisson_regression",
    "heavy_tailed_softmax",
)


def ask_for_everything():
    """Return an optimizer that makes one call of every kind at each step."""

    def update(gradient, state, params=None, *, value_fn, **extra):
        del extra
        pair = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), params)
        answers = [
            value_fn(params),
            *value_fn.values(pair),
            value_fn.jvp(params, gradient),
        ]
        answers += [value_fn.hvp(params, gradient), value_fn.hessian(params)]
        if (ray := value_fn.ray(params, gradient)) is not None:
            answers += [ray(1.0), *ray.slope(0.5)]
        if value_fn.residuals is not None:
            weights = value_fn.residuals(params)
            answers += [value_fn.residual_jvp(params, gradient), weights]
            answers += [value_fn.residual_vjp(params, weights)]
            answers += [value_fn.jacobian(params)]
        if value_fn.ggn is not None:
            answers += [value_fn.ggn(params, gradient)]
        small = 1e-6 * sum(jnp.sum(jnp.tanh(x)) for x in jax.tree.leaves(answers))
        return jax.tree.map(lambda g: -small * g, gradient), state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


def test_a_derivative_of_a_gauss_newton_product_is_refused():
    of = Metered(problems.objective(problem("mlp")))
    params = problem("mlp").init(jax.random.key(1))

    def square(x):
        product = of.ggn(x, params)
        return sum(jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(product))

    with pytest.raises(UncountableError, match="generalised Gauss-Newton product"):
        jax.eval_shape(counted(jax.grad(square)), params)


@pytest.mark.parametrize("on", MORE)
def test_every_problem_answers_every_call(on):
    read, counted = read_and_counted(ask_for_everything(), on)
    assert read == counted
    rays = STEPS if on in REGRESSIONS else 0  # the others have none
    along = {kind.name: rays for kind in KINDS if kind.on_ray}
    of = problems.objective(problem(on))
    stated = of.residuals is not None
    along |= {kind.name: STEPS * stated for kind in KINDS if kind.of_residuals}
    stated = of.ggn is not None
    along |= {kind.name: STEPS * stated for kind in KINDS if kind.of_outputs}
    expected = dict.fromkeys(READINGS, STEPS) | {"point": 2 * STEPS} | along
    assert read == expected | {"jvp": STEPS + rays}


def test_the_small_problems_are_one_of_each_kind():
    assert sorted([*PROBLEMS, *MORE]) == sorted(problems.names())


@pytest.mark.parametrize("name", OTHERS)
def test_optax_is_metered_exactly(name):
    read, counted = read_and_counted(OTHERS[name], "logistic_regression")
    assert read == counted
    assert read["gradient"] >= STEPS
    assert read["point"] % 3 == 0


def metered(objective):
    """Return a function that runs code on a metered objective and gives readings."""

    def readings_of(code, x):
        program = counted(lambda x: code(Metered(objective), x))
        result, read = jax.jit(program)(x)
        return result, {kind: n for kind, n in named(read).items() if n}

    return readings_of


def test_each_kind_of_call_has_a_reading_of_its_own():
    quadratic = problem("quadratic")
    objective = problems.objective(quadratic)
    x = quadratic.init(jax.random.key(0))
    run = metered(objective)
    points = jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf, 3 * leaf]), x)
    assert run(lambda f, x: f(x), x)[1] == {"forward": 1}
    assert run(lambda f, x: jax.grad(f)(x), x)[1] == {"gradient": 1}
    assert run(lambda f, x: f.jvp(x, x), x)[1] == {"jvp": 1}
    assert run(lambda f, x: f.hvp(x, x), x)[1] == {"hvp": 1}
    assert run(lambda f, x: f.hessian(x), x)[1] == {"hessian": 1}
    assert run(lambda f, x: f.values(points), x)[1] == {"point": 3}


def test_a_ray_is_one_jvp_and_its_values_and_slopes_have_readings_of_their_own():
    logistic = problem("logistic_regression")
    objective = problems.objective(logistic)
    x = logistic.init(jax.random.key(0))
    v, lengths = x[::-1], jnp.array([0.5, 2.0])

    def looks(f, x):
        ray = f.ray(x, v)
        return ray(lengths[0]), ray.slope(lengths[1])[0], ray.values(lengths)

    (first, second, both_), read = metered(objective)(looks, x)
    assert read == {"jvp": 1, "ray": 3, "ray_slope": 1}
    losses = [objective(x + t * v) for t in lengths]
    assert jnp.allclose(both_, jnp.stack(losses), rtol=1e-5)
    assert jnp.allclose(jnp.stack([first, second]), both_, rtol=1e-5)


def test_the_derivative_of_a_gradient_is_a_hessian_vector_product():
    objective = problems.objective(problem("quadratic"))
    x = problem("quadratic").init(jax.random.key(0))
    run = metered(objective)
    (_, product), read = run(lambda f, x: jax.jvp(jax.grad(f), (x,), (x,)), x)
    assert read == {"gradient": 1, "hvp": 1}
    assert jnp.allclose(product, objective.hvp(x, x), rtol=1e-5)


def test_metering_changes_no_value():
    logistic = problem("logistic_regression")
    objective = problems.objective(logistic)
    x = logistic.init(jax.random.key(0))
    plain = Metered(objective)
    ours, theirs = jax.value_and_grad(plain)(x), jax.value_and_grad(objective)(x)
    assert jax.tree.all(jax.tree.map(jnp.array_equal, ours, theirs))


def search(needs_condition):
    """Return an optimizer that halves its step until the loss falls."""

    def update(gradient, state, params=None, *, value, value_fn, **extra):
        del extra

        def at(length):
            return jax.tree.map(lambda p, g: p - length * g, params, gradient)

        def halve(carry):
            length, _ = carry
            return length / 2, value_fn(at(length / 2))

        def halve_only(length):
            return length / 2

        if needs_condition:
            length = jax.lax.while_loop(
                lambda length: value_fn(at(length)) > value, halve_only, 1.0
            )
        else:
            first = (1.0, value_fn(at(1.0)))
            length, _ = jax.lax.while_loop(lambda c: c[1] > value, halve, first)
        return jax.tree.map(lambda g: -length * g, gradient), state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


def test_a_call_in_a_loops_condition_is_counted_to_its_last():
    inside = measure(problem("quadratic"), search(needs_condition=False), steps=5)
    condition = measure(problem("quadratic"), search(needs_condition=True), steps=5)
    assert condition["forward"].tolist() == inside["forward"].tolist()


def test_the_same_call_in_the_body_is_counted():
    trace = measure(problem("quadratic"), search(needs_condition=False), steps=5)
    assert (trace["forward"].diff().iloc[1:] >= 1).all()
    assert trace["gradient"].iloc[-1] == 5


def test_a_random_key_may_be_part_of_the_state():
    def update(gradient, key, params=None, **extra):
        del params, extra
        key, now = jax.random.split(key)
        noise = jax.random.normal(now)
        return jax.tree.map(lambda g: -1e-3 * (g + noise), gradient), key

    noisy = optax.GradientTransformationExtraArgs(
        lambda params: jax.random.key(0), update
    )
    assert measure(problem("quadratic"), noisy, steps=5)["gradient"].iloc[-1] == 5


def keeping():
    """Return an optimizer that evaluates the first objective that it receives."""
    kept = []

    def update(gradient, state, params=None, *, value_fn, **extra):
        del extra
        kept.append(value_fn)
        rise = kept[0](params) > 0
        return jax.tree.map(lambda g: -1e-3 * g * (1 + rise), gradient), state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


@pytest.mark.parametrize("on", ["rosenbrock", "quadratic"])
def test_an_objective_that_is_kept_is_refused(on):
    with pytest.raises(UncountableError, match="the value_fn that update receives"):
        measure(problem(on), keeping(), steps=2)


def looking(trips: int, points: int):
    """Return an optimizer that makes `trips * points` calls in a step."""

    def update(gradient, state, params=None, *, value_fn, **extra):
        del extra
        many = jnp.broadcast_to(params, (points, *params.shape))

        def again(carry):
            return carry[0] + 1, value_fn.values(many + 0 * carry[1])[0]

        start = jnp.int32(0), jnp.float32(1)
        _, loss = jax.lax.while_loop(lambda carry: carry[0] < trips, again, start)
        return jax.tree.map(lambda g: 1e-9 * g * loss, gradient), state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


def test_counters_hold_the_calls_of_a_chunk(monkeypatch):
    monkeypatch.setattr("bench.measurement.budget.NO_LIMITS", (100,) * len(READINGS))
    monkeypatch.setattr("bench.measurement.count.MOST", 200)
    monkeypatch.setattr("bench.measurement.clock.MOST", 200)
    whole = measure(problem("rosenbrock"), looking(3, 20), steps=50)
    assert whole["point"].tolist() == [60 * step for step in range(51)]
    with pytest.raises(UncountableError, match="a step makes more than"):
        measure(problem("rosenbrock"), looking(11, 20), steps=50)
