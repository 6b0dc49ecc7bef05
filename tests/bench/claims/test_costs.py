"""Claims about what steps cost: their verdicts flip, and their numbers are right."""

from math import nan
from time import sleep

import jax
import numpy as np
import pandas as pd
import pytest
from bench.claims import Number
from bench.claims.blog import (
    gradient_share,
    hessian_grows,
    more_work_per_step,
    newton_is_closed_form,
)
from bench.claims.blog.side_by_side import first_step, seconds
from bench.claims.step import second_order_cost

import optimizers
import problems


def number(form, measured, low=nan, high=nan, unit="", predicted=nan):
    return Number(form, "x", predicted, measured, low, high, unit)


def shares(compiled, eager):
    loops = [number("as it stands", x, predicted=0.8) for x in (compiled, eager)]
    return [*loops, loops[1]._replace(form="repaired")]


def test_a_share_must_be_about_the_claimed_one_in_both_loops():
    assert gradient_share.judge(shares(0.75, 0.85)) == "holds"
    assert gradient_share.judge(shares(0.3, 0.85)).startswith("holds if the loop is")
    assert gradient_share.judge(shares(0.75, 0.95)) == "fails"
    assert gradient_share.judge(shares(0.3, 0.6)) == "fails"


def test_a_share_is_the_median_over_training_loops():
    tables = {
        case: pd.DataFrame(
            {"share": [0.1, back], "eager_share": [0.2, 0.5]}, ["forward", "backward"]
        )
        for case, back in enumerate((0.2, 0.6, 0.4))
    }
    alone = gradient_share._median("backward alone", "compiled", tables)
    assert alone[3:6] == pytest.approx((0.4, 0.2, 0.6))
    both = gradient_share._median("forward and backward", "eager", tables)
    assert both.measured == pytest.approx(0.7)


def fits(apart, step, first):
    times = newton_is_closed_form.TIMES
    return [
        number("as it stands", apart, predicted=0.0),
        number("repaired", apart, predicted=0.0),
        number("as it stands", step, unit=times),
        number("repaired", first, unit=times),
    ]


def test_scikit_learn_is_faster_only_where_every_newton_step_is_slower():
    judge = newton_is_closed_form.judge
    assert judge(fits(1e-14, 3.0, 30.0)) == "holds"
    assert judge(fits(1e-14, 0.1, 30.0)).startswith("holds if compiling")
    assert judge(fits(1e-14, 0.1, 0.9)) == "fails"
    assert judge(fits(1e-3, 3.0, 30.0)) == "fails"
    one_faster = number("as it stands", 0.5, unit=newton_is_closed_form.TIMES)
    assert judge([*fits(1e-14, 3.0, 30.0), one_faster]).startswith("holds if")


def test_a_first_step_of_newton_solves_the_normal_equations():
    with jax.enable_x64(True):
        made = problems.make(
            "linear_regression", dtype="float64", rows=300, columns=7, l2=0.1
        )
        step = first_step(made, optimizers.make("newton"))
        answer = np.asarray(step.take())
    x, y = (np.asarray(part) for part in made.train)
    gram = 2 * x @ x.T / x.shape[1] + 0.1 * np.eye(7)
    expected = np.linalg.solve(gram, 2 * x @ y / x.shape[1])
    np.testing.assert_allclose(answer, expected, rtol=1e-11)
    assert step.compiling > 0


def test_a_newton_step_needs_room_for_the_hessian_and_one_of_products_does_not():
    made = problems.make("linear_regression", dataset="sum", rows=50, columns=300)
    entries = 4 * 300**2
    damped = optimizers.make("newton", damping=1.0)
    assert first_step(made, damped).bytes >= entries
    cg = optimizers.make("newton_cg", max_hvps=3)
    assert first_step(made, cg).bytes < entries / 4


def test_a_call_that_sleeps_lasts_for_as_long_as_it_sleeps(monkeypatch):
    monkeypatch.setattr("bench.claims.blog.side_by_side.ROUNDS", 3)
    took = seconds({"short": lambda: sleep(0.01), "long": lambda: sleep(0.03)})
    assert 0.01 <= took["short"] < took["long"]
    assert took["long"] >= 0.03


def grown(entries, time, memory):
    seconds, size = hessian_grows.SHORT
    return [
        number("as it stands", entries, predicted=4e6),
        number("as it stands", time, predicted=2.0, unit=seconds),
        number("as it stands", memory, predicted=2.0, unit=size),
        number("beside", 0.0, predicted=1.0, unit=size),
    ]


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((4e6, 2.8, 2.0), "holds"),
        ((2e6, 2.8, 2.0), "fails"),
        ((4e6, 1.2, 2.0), "fails"),
        ((4e6, 2.8, 1.2), "fails"),
    ],
)
def test_entries_seconds_and_bytes_must_all_grow(numbers, verdict):
    assert hessian_grows.judge(grown(*numbers)) == verdict


def test_the_power_of_a_curve_is_its_own():
    curve = {"Newton, net": {10: 3e2, 20: 12e2, 40: 48e2}}
    (found,) = hessian_grows._powers(curve, "bytes")
    assert found.measured == pytest.approx(2)
    assert found.form == "as it stands"
    assert hessian_grows._entries().measured == 2_000**2


def dearer(steps, largest):
    return [
        number("as it stands", steps, steps / 2, steps * 2, "in steps"),
        number("as it stands", largest, largest / 2, largest * 2, "in seconds"),
        number("beside", 0.1, 0.1, 0.1, "in seconds"),
    ]


def test_second_order_must_be_better_per_step_and_dearer_when_large():
    judge = second_order_cost.judge
    assert judge(dearer(0.1, 8.0)) == "holds"
    assert judge(dearer(0.7, 8.0)) == "fails"
    assert judge(dearer(0.1, 1.5)) == "fails"
    assert judge(dearer(0.1, 8.0)[:1]) == "fails"


def test_the_crossing_is_where_the_ratio_is_one():
    sizes = [10, 40, 160]
    ratios = [number("beside", k / 50, unit="in seconds") for k in sizes]
    found = second_order_cost._crossing(ratios, sizes)
    assert found.measured == pytest.approx(50)
    assert (found.low, found.high) == (40, 160)
    never = [n._replace(measured=0.5) for n in ratios]
    assert np.isnan(second_order_cost._crossing(never, sizes).measured)


def test_a_ratio_is_to_the_better_rival_seed_by_seed():
    of = {"momentum": [4.0, 1.0], "Adam": [2.0, 8.0], "Newton": [6.0, 6.0]}
    costs = {10: {label: {"steps": np.array(x)} for label, x in of.items()}}
    found = second_order_cost._ratio("as it stands", "Newton", "steps", 10, costs)
    assert (found.low, found.high) == (3.0, 6.0)


def spent(steps, prices, **counts):
    """Costs of five optimizers on two seeds; a count not given is 0."""
    labels, counted = more_work_per_step.OPTIMIZERS, more_work_per_step.COUNTS
    table = {count: np.zeros(5) for count in counted} | counts
    table |= {"steps": np.array(steps), "seconds": np.multiply(steps, prices)}
    return {
        label: {what: np.full(2, row[i]) for what, row in table.items()}
        for i, label in enumerate(labels)
    }


def verdict(**changed):
    falling = {"steps": [100.0, 50, 20, 5, 2], "prices": [1.0, 2, 4, 8, 16]}
    work = {"gradient": [100, 50, 20, 5, 2], "hessian": [0, 0, 0, 0, 2]}
    costs = spent(**(falling | work | changed))
    rank = more_work_per_step._rank("x", costs)
    winners = more_work_per_step._winners("x", costs)
    return rank.measured, winners.measured, more_work_per_step.judge([rank, winners])


def test_a_trade_needs_dearer_steps_to_be_fewer():
    assert verdict() == (pytest.approx(-1), 0, "holds")
    rank, _, word = verdict(prices=[16.0, 8, 4, 2, 1])
    assert (rank, word) == (pytest.approx(1), "fails")


def test_a_trade_has_no_winner_by_every_count():
    _, winners, word = verdict(hessian=[0] * 5, prices=[1.0, 1.1, 1.2, 1.3, 1.4])
    assert (winners, word) == (1, "fails")
    _, winners, _ = verdict(hessian=[9, 0, 0, 0, 2], prices=[16.0, 2, 4, 8, 16])
    assert winners == 0  # who is dearest by every count is none


def test_who_never_got_there_has_no_rank():
    inf = np.inf
    rank, _, _ = verdict(steps=[inf, 50.0, 20, 5, 2])
    assert rank == pytest.approx(-1)
