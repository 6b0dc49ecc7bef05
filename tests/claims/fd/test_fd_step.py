"""Derivatives along a line, and the best step by theory, against closed forms."""

import numpy as np
import pytest

from claims.fd import fd_step


def test_the_best_step_of_a_forward_difference_is_theorys():
    data, labels = np.array([[1.0]]), np.array([1.0])
    x, v = np.array([[0.5]]), np.array([[1.0]])
    line = fd_step._derivatives(data, labels, x, v, 0.0)
    p = 1 / (1 + np.exp(0.5))
    third = p * (1 - p) * (2 * p - 1)
    seen = [line[name][0] for name in ("f", "first", "second", "third")]
    np.testing.assert_allclose(seen, [-np.log(1 - p), -p, p * (1 - p), third])
    best = 2 * np.sqrt(2.0**-53 * -np.log(1 - p) / (p * (1 - p)))
    assert fd_step._theory(line, "forward", "float64") == pytest.approx(best)


def test_a_central_difference_of_a_cubic_errs_by_its_third_derivative():
    """Of φ(t) = 2 + 3t + t³ it is 3 + ε², a forward one too."""
    at = np.r_[0.0, fd_step.STEPS, -fd_step.STEPS]
    line = {"values": (2 + 3 * at + at**3)[None], "first": np.array([3.0])}
    for form in ("forward", "central"):
        (errors,) = fd_step._errors(line, form)
        np.testing.assert_allclose(errors[-20:], fd_step.STEPS[-20:] ** 2, rtol=1e-6)
