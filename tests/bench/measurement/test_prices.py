"""A price is what one call costs, whatever a compiler would do to a loop of them."""

import jax
import pandas as pd
import pytest

import problems
from bench.measurement import prices as ceilings
from bench.measurement.clock import timed
from bench.measurement.prices import Ceilings, Price, priced, prices
from bench.report.tables.write import of_prices


@pytest.fixture(scope="module")
def at_hand():
    problem = problems.make("linear_regression", rows=20_000, columns=30)
    found = prices(problem, problem.init(jax.random.key(0)))
    return problem, {price.call: price for price in found}


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
    found = prices(wide, wide.init(jax.random.key(0)))
    assert "hessian" not in [price.call for price in found]


def test_ceilings_are_what_was_done_over_its_seconds(monkeypatch):
    """Two million additions and products in 2 s, 8 MiB read and written in 3 s."""
    monkeypatch.setattr(ceilings, "ORDER", 100)
    monkeypatch.setattr(ceilings, "NUMBERS", 2**20)
    timed, seconds = [], iter([2.0, 3.0])

    def least(run):
        timed.append(run(2))
        return next(seconds)

    monkeypatch.setattr(ceilings, "_least", least)
    found = ceilings.ceilings("float32")
    assert found.flops_per_second == 2 * 100**3 / 2.0
    assert found.bytes_per_second == 2 * 4 * 2**20 / 3.0
    assert min(timed) > 0


def test_rates_stand_beside_the_ceilings():
    most = Ceilings(4e9, 8e9)
    row = priced(Price("gradient", 2e-3, 1e6, None), 1e-3, most)
    assert row["ratio_to_forward"] == 2
    assert row["flops_per_second"] == 5e8
    assert row["bytes_per_second"] is None
    assert (row["most_flops_per_second"], row["most_bytes_per_second"]) == (4e9, 8e9)
    forward = priced(Price("forward", 1e-3, 1.5e6, 2e3), 1e-3, most)
    table = of_prices(pd.DataFrame([{"problem": "bowl"} | r for r in (forward, row)]))
    assert table.columns[-1] == "ceiling"
    assert table.rows[2] == ("", "FLOP/s", "1.50 G", "500 M", "4.00 G")
    assert table.rows[3] == ("", "bytes/s", "2.00 M", "–", "8.00 G")


def test_a_run_from_before_the_ceilings_has_its_table_as_it_was():
    row = {"problem": "bowl", "call": "forward", "seconds": 1e-6, "flops": 3.0}
    table = of_prices(pd.DataFrame([row | {"bytes": 4.0, "ratio_to_forward": 1.0}]))
    assert table.columns == ("problem", "", "forward")
    assert [r[1] for r in table.rows] == ["time", "ratio"]
    assert len(table.notes) == 1
