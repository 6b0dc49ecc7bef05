"""Break-even prices of a run are those of the formula, over who arrives."""

import pytest

from bench.report.comparison import cost_tables
from bench.report.prices import break_even_prices, contests

from ..synthetic_run import RATIOS


def test_the_break_even_price_is_the_formulas(results):
    (row,) = break_even_prices(results).to_dict("records")
    assert row["problem"] == "bowl"
    assert {row["optimizer"], row["rival"]} == {"few", "many"}
    at = results.run.trials.query("problem_label == 'bowl'").pivot(
        index="seed", columns="label", values="steps_to_target"
    )
    prices = sorted(8 * at["few"] / (at["many"] - at["few"]))
    assert row["price"] == pytest.approx(prices[3])
    assert (row["low"], row["high"]) == pytest.approx((prices[0], prices[-1]))
    assert (row["below"], row["above"]) == ("many", "few")
    assert row["measured"] == RATIOS["gradient"]
    assert row["here"] == ("many" if prices[3] > RATIOS["gradient"] else "few")


def test_a_contest_is_of_who_arrives_and_has_prices(results):
    (contest,) = contests(results)  # on the other problem there is one alone
    assert (contest.problem, set(contest.optimizers)) == ("bowl", {"few", "many"})
    expected = sorted(cost_tables(results)["forward_equivalents"].medians[0, :2])
    assert contest.costs(RATIOS["gradient"]).tolist() == pytest.approx(expected)
