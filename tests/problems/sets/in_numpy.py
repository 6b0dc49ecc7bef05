"""The formulas of both sets in NumPy: float64, and nothing to compile."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import least_squares

from problems.sets.more_garbow_hillstrom import FUNCTIONS as MGH
from problems.sets.more_garbow_hillstrom import any_dimension, fixed_dimension
from problems.sets.more_garbow_hillstrom.function import Function, Known
from problems.sets.more_wild import formulas
from problems.sets.more_wild import functions as wild

from ..moves import goal, moves


class Case(NamedTuple):
    """A sum of squares with its start and what is known of it."""

    residuals: Callable[[NDArray], NDArray]
    start: NDArray
    known: Known

    def value(self, x: NDArray) -> float:
        """Return the sum; inf if it is none."""
        total = np.sum(np.square(self.residuals(np.asarray(x, np.float64))))
        return float(total) if np.isfinite(total) else np.inf


def case(function: Function, n: int, m: int, factor: float = 1.0) -> Case:
    """Return one function at one size."""
    data = function.data(n, m)
    start = factor * function.start(n)
    return Case(lambda x: function.residuals(x, data), start, function.known(n, m))


def of_mgh(name: str, dimension: int | None = None) -> Case:
    """Return a function of More, Garbow and Hillstrom."""
    n = MGH[name].dimensions.usual if dimension is None else dimension
    return case(MGH[name], n, MGH[name].terms(n))


def of_wild(name: str) -> Case:
    """Return a problem of More and Wild."""
    row = wild.ROWS[name]
    return case(wild.FUNCTIONS[row.function], row.n, row.m, 10.0 if row.far else 1.0)


@pytest.fixture
def numpy_formulas(monkeypatch):
    """Let the formulas compute with NumPy."""
    for module in (fixed_dimension, any_dimension, formulas):
        monkeypatch.setattr(module, "jnp", np)
    with np.errstate(all="ignore"):
        yield


def reaches(one: Case) -> bool:
    """Return whether MINPACK's Levenberg-Marquardt method finds the least value."""
    found = least_squares(
        one.residuals,
        one.start,
        method="lm",
        x_scale="jac",
        **dict.fromkeys(("ftol", "xtol", "gtol"), 1e-15),
    )
    above = one.value(found.x) - one.known.least
    return above <= 1e-9 * one.known.least + 1e-12 * one.value(one.start)


def solving_moves(one: Case) -> set[str]:
    """Return the kinds of moves without gradients that solve a problem."""
    first = one.value(one.start)
    wanted = goal(first, one.known.least, one.start.size)
    return {
        kind
        for kind, paths in moves(one.start).items()
        if min(one.value(x) for points in paths for x in points) <= wanted
    }
