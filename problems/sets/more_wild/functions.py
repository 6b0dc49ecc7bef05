"""The 22 functions by name, and the 53 problems that are made of them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..more_garbow_hillstrom import FUNCTIONS as SHARED
from ..more_garbow_hillstrom.function import (
    Dimensions,
    Function,
    as_many,
    at,
    by_size,
    everywhere,
    least,
    only,
    these,
)
from . import formulas, minima

HEART = (-0.69, -0.044, -1.57, -1.31, -2.65, 2.0, -12.6, 9.48)
"""The measured sums."""
MANCINO = -8.710996e-4
"""The factor of the start of Mancino's function."""


def _ratios(n: int, m: int = 0) -> NDArray:
    """Return i / j, float64[n, n]."""
    del m
    i = np.arange(1.0, n + 1)
    return i[:, None] / i


def _mancino_start(n: int) -> NDArray:
    """Return the factor times the residuals at 0."""
    v = np.sqrt(_ratios(n))
    waves = v * (np.sin(np.log(v)) ** 5 + np.cos(np.log(v)) ** 5)
    return MANCINO * ((np.arange(1, n + 1) - 50.0) ** 3 + waves.sum(-1))


def _twice_less_8(n: int) -> int:
    return 2 * (n - 4)


FUNCTIONS: Mapping[str, Function] = {
    name: SHARED[name]
    for name in (
        *("linear_full_rank", "linear_rank_1", "linear_rank_1_zero", "rosenbrock"),
        *("helical_valley", "powell_singular", "freudenstein_roth", "bard"),
        *("kowalik_osborne", "meyer", "watson", "box_three_dimensional"),
        *("jennrich_sampson", "brown_dennis", "chebyquad", "brown_almost_linear"),
        *("osborne_1", "osborne_2"),
    )
} | {
    # The starts of these two are other ones than those of 1981.
    "watson": SHARED["watson"]._replace(start=at(0.5)),
    "osborne_1": SHARED["osborne_1"]._replace(start=at(0.5, 1.5, 1, 0.01, 0.02)),
    "bdqrtic": Function(
        *(formulas.bdqrtic, Dimensions(8, 5), _twice_less_8, at(1)),
        known=by_size(minima.BDQRTIC),
    ),
    "cube": Function(
        *(formulas.cube, Dimensions(5, 2), as_many, at(0.5)), known=everywhere(1.0)
    ),
    "mancino": Function(
        *(formulas.mancino, Dimensions(5), as_many, _mancino_start, _ratios),
        known=by_size(minima.MANCINO),
    ),
    "heart8": Function(
        *(formulas.heart8, only(8), as_many),
        at(-0.3, -0.39, 0.3, -0.344, -1.2, 2.69, 1.59, -1.5),
        these(np.array(HEART)),
        known=least(0.0, *minima.HEART8),
    ),
}


class Row(NamedTuple):
    """A problem of the paper's table.

    Attributes:
        function: Its name in `FUNCTIONS`.
        n, m: The numbers of parameters and residuals.
        far: Whether the start is ten times the usual one.
    """

    function: str
    n: int
    m: int
    far: bool = False

    @property
    def name(self) -> str:
        """The member's name."""
        return f"{self.function}_{self.n}_{self.m}" + "_far" * self.far


def _rows() -> tuple[Row, ...]:
    near, both = (False,), (False, True)
    table = [
        ("linear_full_rank", [(9, 45)], both),
        ("linear_rank_1", [(7, 35)], both),
        ("linear_rank_1_zero", [(7, 35)], both),
        ("rosenbrock", [(2, 2)], both),
        ("helical_valley", [(3, 3)], both),
        ("powell_singular", [(4, 4)], both),
        ("freudenstein_roth", [(2, 2)], both),
        ("bard", [(3, 15)], both),
        ("kowalik_osborne", [(4, 11)], near),
        ("meyer", [(3, 16)], near),
        ("watson", [(6, 31), (9, 31), (12, 31)], both),
        ("box_three_dimensional", [(3, 10)], near),
        ("jennrich_sampson", [(2, 10)], near),
        ("brown_dennis", [(4, 20)], both),
        ("chebyquad", [(n, n) for n in range(6, 12)], near),
        ("brown_almost_linear", [(10, 10)], near),
        ("osborne_1", [(5, 33)], near),
        ("osborne_2", [(11, 65)], both),
        ("bdqrtic", [(8, 8), (10, 12), (11, 14), (12, 16)], near),
        ("cube", [(5, 5), (6, 6), (8, 8)], near),
        ("mancino", [(5, 5)], both),
        ("mancino", [(8, 8), (10, 10)], near),
        ("mancino", [(12, 12)], both),
        ("heart8", [(8, 8)], both),
    ]
    return tuple(
        Row(function, n, m, far)
        for function, sizes, starts in table
        for n, m in sizes
        for far in starts
    )


ROWS = {row.name: row for row in _rows()}
"""The problems by name, in the order of the paper."""
