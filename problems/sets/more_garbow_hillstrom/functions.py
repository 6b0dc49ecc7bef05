"""The 35 functions by name, in the order of the paper."""

from collections.abc import Callable, Mapping
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import any_dimension as many
from . import fixed_dimension as few
from . import measurements as measured
from . import minima
from .function import (
    Dimensions,
    Function,
    Known,
    as_many,
    at,
    by_size,
    everywhere,
    fixed_terms,
    least,
    only,
    these,
)


def _count(n: int, m: int) -> NDArray:
    """Return 1, ..., m."""
    del n
    return np.arange(1.0, m + 1)


def _upto(n: int, m: int) -> NDArray:
    """Return 1, ..., n."""
    del m
    return np.arange(1.0, n + 1)


def _tenths(n: int, m: int) -> NDArray:
    return _count(n, m) / 10


def _fifths(n: int, m: int) -> NDArray:
    return _count(n, m) / 5


def _gulf(n: int, m: int) -> tuple[NDArray, ...]:
    t = _count(n, m) / 100
    return t, 25 + (-50 * np.log(t)) ** (2 / 3)


def _biggs(n: int, m: int) -> tuple[NDArray, ...]:
    t = _tenths(n, m)
    return t, np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)


def _biggs_known(n: int, m: int) -> Known:
    """Return the zeros: the three terms of y in each order."""
    del n, m
    terms = (1.0, 1.0), (10.0, -5.0), (4.0, 3.0)
    return Known(
        0.0,
        tuple(
            (rate1, rate2, size1, -size2, rate3, size3)
            for (rate1, size1), (rate2, size2), (rate3, size3) in permutations(terms)
        ),
    )


def _watson(n: int, m: int) -> tuple[NDArray, ...]:
    t, j = np.arange(1, m - 1)[:, None] / (m - 2), np.arange(n)
    return j * t ** np.maximum(j - 1, 0), t**j


def _inner(n: int, m: int = 0) -> NDArray:
    """Return t_i = i / (n + 1), i = 1, ..., n."""
    del m
    return np.arange(1, n + 1) / (n + 1)


def _bowl(n: int) -> NDArray:
    return _inner(n) * (_inner(n) - 1)


def _kernel(n: int, m: int) -> tuple[NDArray, ...]:
    t = _inner(n, m)
    low, high = np.minimum(t, t[:, None]), np.maximum(t, t[:, None])
    return t, (1 - high) * low / (2 * (n + 1))


def _band(n: int, m: int) -> NDArray:
    """Return 1 where j is from i - 5 to i + 1 and not i, float64[n, n]."""
    del m
    ahead = np.arange(n) - np.arange(n)[:, None]
    return ((ahead >= -5) & (ahead <= 1) & (ahead != 0)).astype(np.float64)


def _integrals(n: int, m: int) -> NDArray:
    """Return the integrals of shifted Chebyshev polynomials: -1/(i² - 1) for even i."""
    i = _count(n, m)
    return np.where(i % 2 == 0, -1 / np.maximum(i**2 - 1, 1), 0.0)


def _rising(n: int) -> NDArray:
    return _upto(n, 0)


def _falling(n: int) -> NDArray:
    return 1 - _upto(n, 0) / n


def _same(n: int) -> NDArray:
    return np.full(n, 1 / n)


def _penalty_1_known(n: int, m: int) -> Known:
    """Return the least value, where all x_j are the same root of a cubic."""
    del m
    # a (x - 1) + 2 x (n x² - 1/4) = 0
    weight = many.WEIGHT
    roots = np.roots([2 * n, 0.0, weight - 0.5, -weight])
    real = roots[np.abs(roots.imag) < 1e-12].real
    values = weight * n * (real - 1) ** 2 + (n * real**2 - 0.25) ** 2
    best = int(np.argmin(values))
    return Known(float(values[best]), ((float(real[best]),) * n,))


def _full_rank_known(n: int, m: int) -> Known:
    return Known(float(m - n), ((-1.0,) * n,))


def _rank_1_known(n: int, m: int) -> Known:
    """Return the least value, which is taken where Σ_j j x_j = 3 / (2 m + 1)."""
    del n
    return Known(m * (m - 1) / (2 * (2 * m + 1)))


def _rank_1_zero_known(n: int, m: int) -> Known:
    """Return the least value, which is taken where the sum is 3 / (2 m - 3)."""
    del n
    return Known((m**2 + 3 * m - 6) / (2 * (2 * m - 3)))


def _twice(n: int) -> int:
    return 2 * n


def _one_more(n: int) -> int:
    return n + 1


def _two_more(n: int) -> int:
    return n + 2


def _measured(
    at: ArrayLike, values: tuple[float, ...]
) -> Callable[[int, int], tuple[NDArray, ...]]:
    """Return (n, m) -> where it was measured, and what."""
    return these((np.asarray(at), np.array(values)))


_beale = these(np.array(measured.BEALE))
_bard = _measured(np.arange(1.0, 16), measured.BARD)
_gaussian = _measured((7 - np.arange(15.0)) / 2, measured.GAUSSIAN)
_meyer = _measured(45 + 5 * np.arange(1.0, 17), measured.MEYER)
_kowalik = _measured(measured.KOWALIK_OSBORNE_AT, measured.KOWALIK_OSBORNE)
_osborne_1 = _measured(10 * np.arange(33.0), measured.OSBORNE_1)
_osborne_2 = _measured(np.arange(65.0) / 10, measured.OSBORNE_2)
_TEN = Dimensions(10)

# Local minima stand in comments: an optimizer may end there from the usual start.
FUNCTIONS: Mapping[str, Function] = {
    "rosenbrock": Function(
        few.rosenbrock, only(2), as_many, at(-1.2, 1), known=everywhere(1.0)
    ),
    # 48.9842... at (11.4127..., -0.8968...).
    "freudenstein_roth": Function(
        *(few.freudenstein_roth, only(2), as_many, at(0.5, -2)),
        known=least(0.0, (5.0, 4.0)),
    ),
    "powell_badly_scaled": Function(
        *(few.powell_badly_scaled, only(2), as_many, at(0, 1)),
        known=least(0.0, minima.POWELL_BADLY_SCALED, minima.POWELL_BADLY_SCALED[::-1]),
    ),
    "brown_badly_scaled": Function(
        *(few.brown_badly_scaled, only(2), fixed_terms(3), at(1, 1)),
        known=least(0.0, (1e6, 2e-6)),
    ),
    "beale": Function(
        *(few.beale, only(2), fixed_terms(3), at(1, 1), _beale),
        known=least(0.0, (3.0, 0.5)),
    ),
    # 259.58... on the other side of a ridge.
    "jennrich_sampson": Function(
        *(few.jennrich_sampson, only(2), fixed_terms(10), at(0.3, 0.4), _count),
        known=least(124.36218235561478, minima.JENNRICH_SAMPSON),
    ),
    "helical_valley": Function(
        *(few.helical_valley, only(3), as_many, at(-1, 0, 0)),
        known=least(0.0, (1.0, 0.0, 0.0)),
    ),
    # 17.4286... towards (0.8406..., -inf, -inf).
    "bard": Function(
        *(few.bard, only(3), fixed_terms(15), at(1, 1, 1), _bard),
        known=least(0.00821487730657897, minima.BARD),
    ),
    "gaussian": Function(
        *(few.gaussian, only(3), fixed_terms(15), at(0.4, 1, 0), _gaussian),
        known=least(1.1279327696191114e-08, minima.GAUSSIAN),
    ),
    "meyer": Function(
        *(few.meyer, only(3), fixed_terms(16), at(0.02, 4000, 250), _meyer),
        known=least(87.94585517079715, minima.MEYER),
    ),
    # 0.038... where x₁ or x₂ is far off.
    "gulf": Function(
        *(few.gulf, only(3), fixed_terms(99), at(5, 2.5, 0.15), _gulf),
        known=least(0.0, (50.0, 25.0, 1.5)),
    ),
    # 0 also wherever x₁ = x₂ and x₃ = 0.
    "box_three_dimensional": Function(
        *(few.box_three_dimensional, only(3), fixed_terms(10), at(0, 10, 20), _tenths),
        known=least(0.0, (1.0, 10.0, 1.0), (10.0, 1.0, -1.0)),
    ),
    "powell_singular": Function(
        *(few.powell_singular, only(4), as_many, at(3, -1, 0, 1)),
        known=everywhere(0.0),
    ),
    "wood": Function(
        *(few.wood, only(4), fixed_terms(6), at(-3, -1, -3, -1)),
        known=everywhere(1.0),
    ),
    # 1.02734...e-3 towards (inf, -14.07..., -inf, -inf).
    "kowalik_osborne": Function(
        *(few.kowalik_osborne, only(4), fixed_terms(11)),
        *(at(0.25, 0.39, 0.415, 0.39), _kowalik),
        known=least(0.00030750560384923837, minima.KOWALIK_OSBORNE),
    ),
    "brown_dennis": Function(
        *(few.brown_dennis, only(4), fixed_terms(20), at(25, 5, -5, -1), _fifths),
        known=least(85822.20162635628, minima.BROWN_DENNIS),
    ),
    "osborne_1": Function(
        *(few.osborne_1, only(5), fixed_terms(33)),
        *(at(0.5, 1.5, -1, 0.01, 0.02), _osborne_1),
        known=least(5.4648946974831486e-05, *minima.OSBORNE_1),
    ),
    # 5.65565...e-3, the value in the paper, and others.
    "biggs_exp6": Function(
        *(few.biggs_exp6, only(6), fixed_terms(13), at(1, 2, 1, 1, 1, 1), _biggs),
        known=_biggs_known,
    ),
    "osborne_2": Function(
        *(few.osborne_2, only(11), fixed_terms(65)),
        at(1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5),
        _osborne_2,
        known=least(0.04013773629354778, *minima.OSBORNE_2),
    ),
    "watson": Function(
        *(many.watson, Dimensions(6, 2, 31), fixed_terms(31), at(0), _watson),
        known=by_size(minima.WATSON),
    ),
    "extended_rosenbrock": Function(
        *(many.extended_rosenbrock, Dimensions(10, multiple=2), as_many, at(-1.2, 1)),
        known=everywhere(1.0),
    ),
    "extended_powell_singular": Function(
        *(few.powell_singular, Dimensions(12, multiple=4), as_many, at(3, -1, 0, 1)),
        known=everywhere(0.0),
    ),
    "penalty_1": Function(
        *(many.penalty_1, _TEN, _one_more, _rising), known=_penalty_1_known
    ),
    "penalty_2": Function(
        *(many.penalty_2, Dimensions(10, 2), _twice, at(0.5), _upto),
        known=by_size(minima.PENALTY_2),
    ),
    "variably_dimensioned": Function(
        *(many.variably_dimensioned, _TEN, _two_more, _falling, _upto),
        known=everywhere(1.0),
    ),
    # 2.79506...e-5 for n = 10, among others. 0 in many places.
    "trigonometric": Function(
        *(many.trigonometric, _TEN, as_many, _same, _upto), known=everywhere(0.0)
    ),
    # 1 at (0, ..., 0, n + 1). 0 also at (a, ..., a, a^(1-n)) for other roots a of
    # n aⁿ - (n + 1) aⁿ⁻¹ + 1.
    "brown_almost_linear": Function(
        *(many.brown_almost_linear, Dimensions(10, 2), as_many, at(0.5)),
        known=minima.brown_almost_linear,
    ),
    "discrete_boundary_value": Function(
        *(many.discrete_boundary_value, Dimensions(10, 2), as_many, _bowl, _inner),
        known=by_size(minima.DISCRETE, otherwise=Known(0.0)),
    ),
    "discrete_integral_equation": Function(
        *(many.discrete_integral_equation, _TEN, as_many, _bowl, _kernel),
        known=by_size(minima.DISCRETE, otherwise=Known(0.0)),
    ),
    "broyden_tridiagonal": Function(
        *(many.broyden_tridiagonal, Dimensions(10, 2), as_many, at(-1)),
        known=by_size(minima.BROYDEN_TRIDIAGONAL, otherwise=Known(0.0)),
    ),
    "broyden_banded": Function(
        *(many.broyden_banded, _TEN, as_many, at(-1), _band),
        known=by_size(minima.BROYDEN_BANDED, otherwise=Known(0.0)),
    ),
    "linear_full_rank": Function(
        *(many.linear_full_rank, _TEN, _twice, at(1), _count),
        known=_full_rank_known,
        linear=True,
    ),
    "linear_rank_1": Function(
        *(many.linear_rank_1, _TEN, _twice, at(1), _count),
        known=_rank_1_known,
        linear=True,
    ),
    "linear_rank_1_zero": Function(
        *(many.linear_rank_1_zero, Dimensions(10, 3), _twice, at(1), _count),
        known=_rank_1_zero_known,
        linear=True,
    ),
    "chebyquad": Function(
        *(many.chebyquad, Dimensions(8), as_many, _inner, _integrals),
        known=by_size(minima.CHEBYQUAD),
    ),
}
