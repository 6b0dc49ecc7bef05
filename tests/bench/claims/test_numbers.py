"""Numbers of quick claims against closed forms."""

import jax
import numpy as np
import pytest
from bench.claims.blog import derivation_signs
from bench.claims.fd import fd_step, fd_toy
from bench.claims.notes import divergence_limit
from bench.claims.step import taylor


def test_a_loss_near_the_limit_grows_by_the_square_of_1_minus_the_step():
    with jax.enable_x64(True):
        losses = divergence_limit._losses(4.0, 1.01 * 2 / 4.0)
    assert losses[-1] / losses[-2] == pytest.approx((1 - 2.02) ** 2, rel=1e-12)


def test_the_printed_step_lands_on_the_far_side_of_the_start():
    found = derivation_signs.run(full=False, folder=None)
    left = [number.measured for number in found.numbers]
    np.testing.assert_allclose(left, [2, 0, 0, 0.5, 1, -2], atol=1e-9)
    assert found.word.startswith("holds if the update is β - t")


def test_orders_of_remainders_are_whole():
    found = taylor.run(full=False, folder=None)
    orders = [number.measured for number in found.numbers]
    np.testing.assert_allclose(orders, [2, 3, 2, 1], rtol=0.03)


def test_the_questions_formulas_are_wrong_and_the_answers_right():
    found = fd_toy.run(full=False, folder=None)
    wrong = [n.measured > 1e-3 for n in found.numbers if n.form == "as it stands"]
    right = [n.measured < 1e-12 for n in found.numbers if n.form == "repaired"]
    assert all(wrong)
    assert all(right)
    assert len(wrong) == len(right) == 3


def test_the_best_step_of_a_forward_difference_is_theorys():
    data, labels = np.array([[1.0]]), np.array([1.0])
    x, v = np.array([[0.5]]), np.array([[1.0]])
    line = fd_step._derivatives(data, labels, x, v, 0.0)
    p = 1 / (1 + np.exp(0.5))
    third = p * (1 - p) * (2 * p - 1)
    found = [line[name][0] for name in ("f", "first", "second", "third")]
    np.testing.assert_allclose(found, [-np.log(1 - p), -p, p * (1 - p), third])
    best = 2 * np.sqrt(2.0**-53 * -np.log(1 - p) / (p * (1 - p)))
    assert fd_step._theory(line, "forward", "float64") == pytest.approx(best)
