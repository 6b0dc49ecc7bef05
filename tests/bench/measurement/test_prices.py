"""A price is what one call costs, whatever a compiler would do to a loop of them."""

from math import inf

import jax
import jax.numpy as jnp
import pytest

import problems
from bench.core.readings import COUNT, KINDS, READINGS, named
from bench.core.spec import Budget, Named, Spec
from bench.measurement import prices as module
from bench.measurement.call_times import Fixed
from bench.measurement.clock import timed
from bench.measurement.meter import Metered, counted
from bench.measurement.nominal import nominal
from bench.measurement.prices import (
    POINTS,
    Price,
    _judged,
    _Timed,
    direction_at,
    facts,
    kept_roofline,
    one_call,
    prices,
)
from problems.analytic import analytic


@pytest.fixture(scope="module")
def at_hand():
    problem = problems.make("linear_regression", rows=20_000, columns=30)
    measured = prices(problem, problem.init(jax.random.key(0)))
    return problem, {price.call: price for price in measured}


def test_a_constant_hessian_is_not_hoisted(at_hand):
    _, price = at_hand
    assert price["hessian"].seconds > price["forward"].seconds


def test_a_price_is_near_that_of_single_calls(at_hand):
    problem, price = at_hand
    objective = problems.objective
    call = jax.jit(lambda p, x: jax.value_and_grad(objective(p))(x))
    x = problem.init(jax.random.key(0))
    timed(call, problem, x)
    fastest = min(timed(call, problem, x)[0] for _ in range(30))
    assert 0.2 * fastest < price["gradient"].seconds < 5 * fastest


def test_flops_are_those_of_all_the_data(at_hand):
    problem, price = at_hand
    features, rows = problem.train.inputs.shape
    least = 2 * rows * features  # a multiplication and an addition for each number
    assert least <= price["forward"].flops < 3 * least
    assert 2 * least <= price["gradient"].flops < 6 * least
    assert price["forward"].bytes >= 4 * rows * features


def test_hessians_that_last_are_left_out():
    wide = problems.make("mlp", rows=50, columns=40, hidden=[60])
    measured = prices(wide, wide.init(jax.random.key(0)))
    assert "hessian" not in [price.call for price in measured]


def residuals(x, data):
    del data
    return jnp.stack([x[0] * x[1], x[0] - 1, jnp.sin(x[1])])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_is_priced_by_its_row_alone(kind):
    """A row names a method and arguments that make its own calls and no others."""
    linear = problems.make("linear_regression", rows=10, columns=3)
    if kind.of_residuals:
        linear = analytic(residuals, [1.0, 2.0], squares=True)

    def program(x):
        of = Metered(problems.objective(linear))
        if kind.on_ray:
            of, x = of.ray(x, x), jnp.asarray(0.5)
        return one_call(kind, of, x, direction_at(x))

    _, read = counted(program)(linear.init(jax.random.key(0)))
    begun = {"jvp": 1} if kind.on_ray else {}  # a ray begins with one
    calls = POINTS if "points" in kind.arguments else 1
    expected = begun | {kind.name: calls}
    assert {k: n for k, n in named(read).items() if n} == expected


def test_prices_and_nominal_prices_are_of_all_kinds_in_their_order(at_hand):
    problem, price = at_hand
    assert tuple(nominal(problem, problem.init(jax.random.key(0)))) == READINGS
    stated = problems.objective(problem).residuals is not None
    expected = [k.name for k in KINDS if stated or not k.of_residuals]
    assert list(price) == expected
    assert all(each.seconds > 0 for each in price.values())
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    lacking = {k.name for k in KINDS if k.on_ray or k.of_some}  # of a quadratic
    measured = prices(quadratic, quadratic.init(jax.random.key(0)))
    assert [p.call for p in measured] == [k for k in READINGS if k not in lacking]
    assert named(range(COUNT)) == dict(zip(READINGS, range(COUNT), strict=True))


def test_a_value_along_a_ray_costs_a_loss_for_each_example(at_hand):
    problem, price = at_hand
    rows = problem.train.count
    assert 2 * rows <= price["ray"].flops < 8 * rows
    assert price["ray"].flops < price["ray_slope"].flops < 12 * rows
    assert price["ray"].seconds < price["forward"].seconds


def test_the_products_of_params_and_direction_are_not_merged(at_hand):
    """Both are products with the data, in a `jvp` as in a gradient."""
    problem, price = at_hand
    features, rows = problem.train.inputs.shape
    assert price["jvp"].flops >= 2 * 2 * rows * features
    logistic = problems.make("logistic_regression", rows=100, columns=20)
    x = logistic.init(jax.random.key(0))
    (hvp,) = _Timed.of(KINDS[READINGS.index("hvp")], Fixed.of(logistic), x)
    hvp.calls.time()
    assert hvp.price([1.0]).flops >= 3 * 2 * logistic.train.count * 20


def test_a_price_lies_in_its_interval(at_hand):
    for price in at_hand[1].values():
        assert price.seconds_low <= price.seconds <= price.seconds_high
        assert 0 < price.ratio_low <= price.ratio_high


def quoted(kind, low, high, flops=1.0):
    return Price(kind.name, (low + high) / 2, flops, 1.0, low, high, low, high)


@pytest.mark.parametrize(
    ("low", "high", "most", "doubt"),
    [
        (2.0, 2.1, inf, ""),
        (2.0, 2.8, inf, "wide"),
        (0.6, 0.7, inf, "below forward"),
        (0.98, 1.02, inf, ""),  # the forward pass's interval is [1.0, 1.1]
        (2.0, 2.1, 0.9, "below FLOPs"),
    ],
)
def test_a_price_is_in_doubt_where_it_is_wide_or_contradicts_the_work(
    low, high, most, doubt
):
    forward, gradient = KINDS[0], KINDS[READINGS.index("gradient")]
    found = {
        "forward": quoted(forward, 1.0, 1.1),
        "gradient": quoted(gradient, low, high, flops=3.0),
    }
    assert _judged(gradient, found, most).doubt == doubt


def test_a_price_in_doubt_is_measured_again_and_no_more_than_twice(monkeypatch):
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    x, rounds = quadratic.init(jax.random.key(0)), []
    monkeypatch.setattr(module, "LARGEST_HESSIAN", 0)
    monkeypatch.setattr(module, "medians", lambda calls, n: rounds.append(n))

    def run(doubts):
        rounds.clear()
        doubt = iter(doubts)
        price = Price("forward", 1.0, 1.0, 1.0)
        judged = lambda *_: [price._replace(doubt=next(doubt))]  # noqa: E731
        monkeypatch.setattr(module, "_priced", judged)
        return prices(quadratic, x)[0].doubt, len(rounds)

    assert run(["", "wide"]) == ("", 1)
    assert run(["wide", "", "wide"]) == ("", 2)
    assert run(["wide", "wide", "below forward", ""]) == ("below forward", 3)


def test_facts_are_of_the_problem_with_rates_beside_the_roofline(runtime):
    problem = Named("linear_regression", {"rows": 500, "columns": 10})
    spec = Spec(problem, Named("sgd", {"learning_rate": 0.1}), Budget(steps=1))
    known = facts(runtime, spec)
    most = kept_roofline(spec.dtype, spec.matmul_precision, runtime.device)
    made = runtime.problem(spec)
    assert (known["parameters"], known["examples"]) == (10, made.train.count)
    forward = known["prices"][0]
    assert (forward["call"], forward["ratio_to_forward"]) == ("forward", 1)
    for price in known["prices"]:
        ratio = price["ratio_to_forward"]
        assert ratio == price["seconds"] / forward["seconds"]
        assert price["ratio_low"] <= ratio <= price["ratio_high"]
        for name in ("flops", "bytes"):
            assert price[f"{name}_per_second"] == price[name] / price["seconds"]
            rate = getattr(most, f"{name}_per_second")
            assert price[f"most_{name}_per_second"] == rate
