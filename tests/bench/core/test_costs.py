"""What a trial spent, in every unit of cost, against numbers worked out by hand."""

from math import isnan, nan

import numpy as np
import pytest

from bench.core.costs import COSTS, Spent, cost_of_calls
from bench.core.readings import KINDS, READINGS, nominal_prices

READ = {
    "forward": 3,
    "point": 0,
    "gradient": 5,
    "jvp": 0,
    "hvp": 2,
    "hessian": 0,
    "ray": 8,
    "ray_slope": 0,
    "residual": 0,
    "jacobian": 1,
    "residual_jvp": 0,
    "residual_vjp": 0,
    "ggn": 0,
}
SPENT = Spent(seconds=0.5, steps=4, readings=READ, examples=800)
RATIOS = {"forward": 1.0, "point": 0.25, "gradient": 2.5, "hvp": 4.0, "ray": 0.125}
RATIOS |= {"jacobian": 6.0}
FLOPS = {"forward": 100.0, "gradient": 300.0, "hvp": 700.0, "ray": 10.0}
FLOPS |= {"jacobian": 650.0}
EXPECTED = {
    "seconds": 0.5,
    "steps": 4,
    "forward": 3,
    "point": 0,
    "gradient": 5,
    "jvp": 0,
    "hvp": 2,
    "hessian": 0,
    "ray": 8,
    "ray_slope": 0,
    "residual": 0,
    "jacobian": 1,
    "residual_jvp": 0,
    "residual_vjp": 0,
    "ggn": 0,
    "forward_equivalents": 3 * 1.0 + 5 * 2.5 + 2 * 4.0 + 8 * 0.125 + 6.0,  # 30.5
    "flops": 3 * 100.0 + 5 * 300.0 + 2 * 700.0 + 8 * 10.0 + 650.0,  # 3930
    "examples": 800,
}
PRICES = {"forward_equivalents": RATIOS, "flops": FLOPS}


def test_every_unit_has_a_number_here():
    assert list(COSTS) == list(EXPECTED)
    assert all(cost.name == name for name, cost in COSTS.items())


@pytest.mark.parametrize("cost", COSTS)
def test_the_amount_is_the_one_worked_out_by_hand(cost):
    assert SPENT.amount(cost, PRICES.get(cost, {})) == EXPECTED[cost]


@pytest.mark.parametrize("cost", COSTS)
def test_arrays_and_scalars_agree(cost):
    """Each row of a trace, taken alone, has spent the same."""
    rng = np.random.default_rng(0)
    readings = {kind: rng.integers(0, 9, 5) for kind in READINGS}
    prices = nominal_prices(7, 3)
    trace = Spent(rng.random(5), np.arange(5), readings, rng.integers(0, 999, 5))
    whole = trace.amount(cost, prices)
    assert np.shape(whole) == (5,)
    for row in range(5):
        one = {kind: int(calls[row]) for kind, calls in readings.items()}
        others = (trace.seconds[row], int(trace.steps[row]))
        alone = Spent(*others, one, int(trace.examples[row]))
        assert whole[row] == alone.amount(cost, prices)


def test_a_call_whose_price_is_not_known_makes_the_cost_unknown():
    unpriced = Spent(0.5, 4, READ | {"hessian": 1})
    assert isnan(unpriced.amount("forward_equivalents", RATIOS))
    assert isnan(unpriced.amount("flops", FLOPS))
    assert unpriced.amount("hessian", {}) == 1


def test_a_price_that_is_not_known_of_a_call_that_was_not_made_is_none_of_it():
    assert "jvp" not in RATIOS
    assert SPENT.amount("forward_equivalents", RATIOS) == 30.5
    assert isnan(SPENT.amount("forward_equivalents", RATIOS | {"hvp": nan}))
    assert SPENT.amount("forward_equivalents", RATIOS | {"jvp": nan}) == 30.5


def test_no_price_at_all_is_no_cost_of_zero():
    idle = Spent(0.0, 0, dict.fromkeys(READINGS, 0))
    assert isnan(idle.amount("forward_equivalents", {}))
    assert idle.amount("forward_equivalents", RATIOS) == 0


def test_only_the_rows_with_an_unpriced_call_are_unknown():
    readings = {"forward": np.array([1, 2, 3]), "hessian": np.array([0, 0, 1])}
    total = Spent(None, None, readings).amount("forward_equivalents", {"forward": 1.0})
    np.testing.assert_array_equal(total, [1.0, 2.0, nan])


def test_what_never_happened_costs_infinity():
    np.testing.assert_array_equal(
        cost_of_calls({"gradient": np.array([2, np.inf])}, {"gradient": 3.0}),
        [6.0, np.inf],
    )


def test_a_kind_that_was_not_read_was_not_called():
    assert Spent(0.0, 0, {"forward": 2}).amount("gradient", {}) == 0
    assert cost_of_calls({"forward": 2}, RATIOS) == 2.0


def test_tuning_counts_what_does_not_depend_on_the_machine():
    tunes = [name for name, cost in COSTS.items() if cost.tunes]
    assert tunes == ["steps", *READINGS, "forward_equivalents"]


def test_words_and_axes_of_a_kind_s_cost_are_the_kind_s():
    for kind in KINDS:
        cost = COSTS[kind.name]
        assert (cost.words, cost.axis) == (kind.words, f"{kind.words} (calls)")
        assert cost.priced == ""
