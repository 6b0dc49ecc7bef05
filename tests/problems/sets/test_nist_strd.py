"""NIST's nonlinear regressions, held against its certified values.

A sum of squares of m residuals r = f(b, x) - y, rounded in float64 at the size of y, is
known to 2 c u ||y|| / ||r|| relative, with u = 2⁻⁵³ and a small c. That is far below
the 11 certified digits, but 3e-10 for lanczos2 and 4e-3 for lanczos1, whose sum of
1.4e-25 consists of the data's own rounding to 14 digits.
"""

import math
from typing import Any, get_args

import jax
import numpy as np
import pytest
from scipy.optimize import least_squares

import problems
from problems.sets import SETS
from problems.sets.nist_strd.published import Problem, published

pytestmark = pytest.mark.usefixtures("x64")

MEMBERS = SETS["nist_strd"].members(None)
EACH = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
ROUNDOFF = 2.0**-53


def half_unit(values):
    """Return half a unit in the last of the 11 digits."""
    return 0.5 * 10.0 ** (np.floor(np.log10(np.abs(values))) - 10)


def made(member, **settings) -> Any:
    return problems.make(member.problem, **member.settings, dtype="float64", **settings)


class Host:
    """The problem in NumPy, with derivatives by complex steps, which do not round."""

    def __init__(self, member):
        self.member, self.stated = member, published()[member.name]
        self.certified = np.array(self.stated.certified)
        self.data = np.array(self.stated.x), np.array(self.stated.y)
        self.slack = half_unit(member.least) + 8 * ROUNDOFF * math.sqrt(
            member.least * np.sum(self.data[1] ** 2)
        )

    def residuals(self, b):
        return self.stated.residuals(b, self.data)

    def jacobian(self, b):
        step = 1e-150
        moved = b + 1j * step * np.eye(len(b))
        return np.stack([self.residuals(row).imag / step for row in moved], axis=1)

    def sum(self, b):
        return np.sum(self.residuals(b) ** 2)


def test_the_set_is_nists_in_its_order_of_difficulty():
    assert tuple(m.name for m in MEMBERS) == get_args(Problem)
    levels = [published()[m.name].difficulty for m in MEMBERS]
    assert levels == ["lower"] * 8 + ["average"] * 11 + ["higher"] * 8
    assert {m.name for m in SETS["nist_strd"].members(2)} == {
        *("misra1a", "danwood", "misra1b", "misra1c", "misra1d", "boxbod")
    }
    for member in MEMBERS:
        problem = made(member)
        assert problem.usual.shape == (member.parameters,)
        assert problem.data[1].shape == (member.terms,)


@EACH
def test_the_sum_of_squares_at_the_certified_params_is_the_certified_one(member):
    host = Host(member)
    # The params are rounded too: to second order that adds at most |J half units|².
    jacobian = host.jacobian(host.certified)
    moved = np.linalg.norm(jacobian, axis=0) @ half_unit(host.certified)
    difference = host.sum(host.certified) - member.least
    assert -host.slack <= difference <= host.slack + moved**2
    for b in made(member).minimisers():
        assert host.sum(b) == pytest.approx(host.sum(host.certified), rel=1e-4)


@EACH
def test_the_gradient_is_zero_there_up_to_the_params_rounding(member):
    host = Host(member)
    jacobian, units = host.jacobian(host.certified), half_unit(host.certified)
    sizes = np.linalg.norm(jacobian, axis=0)
    error = sizes @ units + 4 * ROUNDOFF * np.linalg.norm(host.data[1])
    gradient = 2 * jacobian.T @ host.residuals(host.certified)
    assert np.all(np.abs(gradient) <= 4 * sizes * error)


@EACH
def test_standard_deviations_are_the_certified_ones(member):
    host = Host(member)
    jacobian = host.jacobian(host.certified)
    sizes = np.linalg.norm(jacobian, axis=0)
    inverse = np.linalg.pinv(jacobian / sizes)
    variance = member.least / (member.terms - member.parameters)
    deviations = np.sqrt(variance * np.sum(inverse**2, axis=1)) / sizes
    np.testing.assert_allclose(deviations, host.stated.deviations, rtol=1e-8)


@EACH
@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_scipys_trust_region_method_reaches_the_certified_sum(member, start):
    host = Host(member)
    found = least_squares(
        host.residuals,
        made(member, start=start).usual,
        jac=host.jacobian,  # type: ignore[arg-type]
        method="trf",
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=10_000,
    ).x
    assert host.sum(found) == pytest.approx(member.least, rel=0, abs=host.slack)
    # Where f exceeds its minimum by d, no param is further off than d allows.
    freedom = member.terms - member.parameters
    far = math.sqrt(2 * host.slack * freedom / member.least)
    away = np.abs(found - made(member).minimisers()).min(0)
    assert np.all(
        away <= far * np.array(host.stated.deviations) + half_unit(host.certified)
    )


def test_programs_compute_the_same_sums_and_gradients():
    made_ones = [made(member, start=2) for member in MEMBERS]

    def all_of_them(many):
        return [
            jax.value_and_grad(lambda b, one=one: one.loss(b, one.train))(one.usual)
            for one in many
        ]

    for member, one, (value, gradient) in zip(
        MEMBERS, made_ones, jax.jit(all_of_them)(made_ones), strict=True
    ):
        host, b = Host(member), np.asarray(one.usual)
        assert value == pytest.approx(host.sum(b), rel=1e-12)
        expected = 2 * host.jacobian(b).T @ host.residuals(b)
        np.testing.assert_allclose(gradient, expected, rtol=1e-7, err_msg=member.name)


@EACH
def test_the_optimum_is_that_of_the_data_that_are_held(member):
    host = Host(member)
    assert made(member).optimum() == pytest.approx(member.least, rel=0, abs=host.slack)
    single: Any = problems.make(member.problem, **member.settings)
    rounded = tuple(np.asarray(column, np.float64) for column in single.data)
    at_certified = np.sum(single.formula(host.certified, rounded) ** 2)
    assert 0 < single.optimum() <= at_certified
    error = 2.0**-24 * np.linalg.norm(host.data[1])
    assert abs(math.sqrt(single.optimum()) - math.sqrt(member.least)) < 2 * error


def test_starts_change_in_proportion_to_each_param():
    exact, moved = (
        problems.make("nist_strd", problem="nelson", start=2, start_scale=scale).init(
            jax.random.key(3)
        )
        for scale in (0.0, 0.01)
    )
    np.testing.assert_allclose(exact, [2.5, 5e-9, -0.05], rtol=1e-6)
    relative = np.abs(moved / exact - 1)
    assert np.all((relative > 0) & (relative < 0.05))
