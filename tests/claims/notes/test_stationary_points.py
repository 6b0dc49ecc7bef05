"""Kinds of stationary points."""

import jax
import numpy as np
import pytest

import optimizers
from claims.notes import stationary_points
from problems.himmelblau import hessian


@pytest.mark.parametrize(
    ("point", "kind"),
    [
        ((3.0, 2.0), "minimum"),
        ((-3.779310, -3.283186), "minimum"),
        ((-0.270845, -0.923039), "maximum"),
        ((0.086678, 2.884255), "saddle"),
        ((-3.073026, -0.081353), "saddle"),
    ],
)
def test_himmelblaus_points_are_of_the_kinds_known(point, kind):
    assert stationary_points.kind(hessian(*point)) == kind


def test_a_singular_hessian_decides_no_kind():
    assert stationary_points.kind(np.diag([1.0, 0.0])) == stationary_points.NEITHER
    assert stationary_points.kind(np.diag([-1.0, 1e-9])) == stationary_points.NEITHER


def test_a_zero_of_another_kind_refutes_the_claim():
    kinds = np.array(["minimum", "saddle"])
    every, *_ = stationary_points._shares("x", kinds)
    assert every.met
    kinds = np.array(["minimum", stationary_points.NEITHER])
    one, *_ = stationary_points._shares("x", kinds)
    assert (one.seen.median, one.met) == (0.5, False)


def test_where_the_gradient_is_not_zero_a_trial_has_no_kind(monkeypatch):
    monkeypatch.setattr(stationary_points, "STARTS", 20)
    monkeypatch.setattr(stationary_points, "STEPS", 1)
    with jax.enable_x64(True):
        assert not len(stationary_points._ends(optimizers.sgd(1e-9))[2])
        monkeypatch.setattr(stationary_points, "STEPS", 100)
        starts, points, kinds = stationary_points._ends(optimizers.newton())
    assert len(kinds) == 20
    assert np.all(np.abs(starts) <= 5)
    for point, kind in zip(points, kinds, strict=True):
        assert stationary_points.kind(hessian(*point)) == kind
