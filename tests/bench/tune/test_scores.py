"""A trial's scores, where each is known by hand."""

from math import inf, log

import numpy as np
import pytest

from bench.core.readings import listed, nominal_prices, zeros
from bench.tune.scores import Aim, Score, deciding, merit, score, spent, winner

COST = Score("cost")
AIM = Aim(target=0.1, least=0.0, rounding=1e-6, budget=4.0)


def test_scores_of_a_curve_by_hand():
    """log10 is 0, -1, -2 over costs 0-1, 1-2, 2-4: the area is -5/4."""
    scores = score(np.array([1.0, 0.1, 0.01]), np.array([0.0, 1.0, 2.0]), AIM)
    assert scores == pytest.approx({"cost": 1.0, "final_loss": 0.01, "area": -1.25})


def test_what_is_beyond_the_budget_does_not_count():
    scores = score(np.array([1.0, 0.5, 0.01]), np.array([0.0, 4.0, 4.5]), AIM)
    assert (scores["cost"], scores["final_loss"]) == (inf, 0.5)


def test_a_diverged_trial_is_infinitely_bad_but_may_have_reached_its_target():
    scores = score(np.array([1.0, 0.05, np.nan]), np.array([0.0, 1.0, 2.0]), AIM)
    assert scores == {"cost": 1.0, "final_loss": inf, "area": inf}


def test_a_loss_of_minus_infinity_has_diverged_and_reached_nothing():
    scores = score(np.array([1.0, -inf]), np.array([0.0, 1.0]), AIM)
    assert scores == {"cost": inf, "final_loss": inf, "area": inf}


def test_a_gap_below_rounding_counts_as_rounding():
    aim = AIM._replace(least=0.5, budget=1.0)
    scores = score(np.array([0.5 - 1e-9]), np.array([0.0]), aim)
    assert scores["area"] == pytest.approx(-6)


def test_calls_are_added_up_by_nominal_prices():
    prices = nominal_prices(10, 1)
    calls = {"forward": 2, "point": 3, "gradient": 1, "jvp": 1, "hvp": 1, "hessian": 1}
    calls |= {"ray": 4, "ray_slope": 1}
    readings = np.array([zeros(), listed(calls)])
    steps = np.array([0, 7])
    total = spent(steps, readings, "forward_equivalents", prices)
    assert list(total) == [0, 2 + 3 + 3 + 2 + 66 + 4 + 2]
    assert list(spent(steps, readings, "gradient", prices)) == [0, 1]
    assert list(spent(steps, readings, "steps", prices)) == [0, 7]


NEVER = {"cost": inf, "final_loss": 0.3, "area": 0.0}


def costing(*costs):
    return [{"cost": cost, "final_loss": 1.0, "area": 0.0} for cost in costs]


def test_never_counts_as_two_budgets_in_the_mean_of_the_logarithms():
    assert merit(costing(4.0, 9.0), COST, 100.0) == pytest.approx(log(6.0))
    assert merit([*costing(2.0), NEVER], COST, 100.0) == pytest.approx(log(20.0))
    assert merit(costing(0.0), COST, 100.0) == 0.0  # at its target from the start
    rows = [{"final_loss": loss} for loss in (1.0, inf, 3.0)]
    assert merit(rows, Score("final_loss"), 100.0) == 3.0


def test_the_winner_has_the_least_merit_then_the_least_loss():
    # The second has the least median, and one seed in three never arrives.
    scores = [
        costing(8.0, 9.0, 9.0),
        [*costing(5.0, 5.0), NEVER],
        costing(9.0, 9.0, 9.0),
    ]
    assert winner(scores, deciding("cost", None), 100.0) == 0
    losing = [[{"cost": inf, "final_loss": loss}] for loss in (0.5, 0.2, 0.9)]
    assert winner(losing, deciding("cost", None), 100.0) == 1
