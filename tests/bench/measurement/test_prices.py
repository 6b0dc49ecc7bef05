"""A price is what one call costs, whatever a compiler would do to a loop of them."""

import jax
import jax.numpy as jnp
import pytest

import problems
from bench.core.readings import COUNT, KINDS, READINGS, named, nominal_prices
from bench.core.spec import Budget, Named, Spec
from bench.measurement.clock import timed
from bench.measurement.meter import Metered, counted
from bench.measurement.prices import POINTS, facts, kept_roofline, prices


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


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_priced_by_its_row_alone(kind):
    """A row names a method and arguments that make its own calls and no others."""
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    x = quadratic.init(jax.random.key(0))
    metered = Metered(problems.objective(quadratic))
    stacked = jnp.stack([x] * POINTS)
    arguments = {"params": x, "direction": x, "points": stacked}
    method = getattr(metered, kind.method)
    call = jax.value_and_grad(method) if kind.differentiated else method
    _, read = counted(call)(*(arguments[name] for name in kind.arguments))
    calls = POINTS if "points" in kind.arguments else 1
    assert {k: n for k, n in named(read).items() if n} == {kind.name: calls}


def test_prices_and_nominal_prices_are_of_all_kinds_in_their_order():
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    measured = prices(quadratic, quadratic.init(jax.random.key(0)))
    assert tuple(price.call for price in measured) == READINGS
    assert all(price.seconds > 0 for price in measured)
    nominal = nominal_prices(7)
    assert tuple(nominal) == READINGS
    expected = {k.name: k.nominal_price * (7 if k.per_parameter else 1) for k in KINDS}
    assert nominal == expected
    assert named(range(COUNT)) == dict(zip(READINGS, range(COUNT), strict=True))


def test_facts_are_of_the_problem_with_rates_beside_the_roofline(runtime):
    problem = Named("linear_regression", {"rows": 500, "columns": 10})
    spec = Spec(problem, Named("sgd", {"learning_rate": 0.1}), Budget(steps=1))
    known = facts(runtime, spec)
    most = kept_roofline(spec.dtype, spec.matmul_precision, runtime.device)
    made = runtime.problem(spec)
    assert (known["parameters"], known["examples"]) == (10, made.train.count)
    assert known["certificate"]["loss"] == made.optimum()
    forward = known["prices"][0]
    assert (forward["call"], forward["ratio_to_forward"]) == ("forward", 1)
    for price in known["prices"]:
        assert price["ratio_to_forward"] == price["seconds"] / forward["seconds"]
        for name in ("flops", "bytes"):
            assert price[f"{name}_per_second"] == price[name] / price["seconds"]
            rate = getattr(most, f"{name}_per_second")
            assert price[f"most_{name}_per_second"] == rate
