"""The factory and the problem set of the 35 functions."""

from collections.abc import Iterator
from typing import Any, Literal

from factories import FactoryError

from ...analytic import Analytic, analytic
from ...settings import Count, DType, Nonnegative, Positive, declares
from ..problem_set import Member, ProblemSet
from .function import Function
from .functions import FUNCTIONS

PAPER = "Moré, Garbow and Hillstrom 1981"
NAME = "more_garbow_hillstrom"

Name = Literal[
    "rosenbrock",
    "freudenstein_roth",
    "powell_badly_scaled",
    "brown_badly_scaled",
    "beale",
    "jennrich_sampson",
    "helical_valley",
    "bard",
    "gaussian",
    "meyer",
    "gulf",
    "box_three_dimensional",
    "powell_singular",
    "wood",
    "kowalik_osborne",
    "brown_dennis",
    "osborne_1",
    "biggs_exp6",
    "osborne_2",
    "watson",
    "extended_rosenbrock",
    "extended_powell_singular",
    "penalty_1",
    "penalty_2",
    "variably_dimensioned",
    "trigonometric",
    "brown_almost_linear",
    "discrete_boundary_value",
    "discrete_integral_equation",
    "broyden_tridiagonal",
    "broyden_banded",
    "linear_full_rank",
    "linear_rank_1",
    "linear_rank_1_zero",
    "chebyquad",
]


def _function(
    problem: Name = "extended_rosenbrock", dimension: int | None = None, **rest: Any
) -> tuple[Function, int]:
    """Return a function and its number of parameters.

    Raises:
        FactoryError: The function cannot have so many.
    """
    del rest
    function = FUNCTIONS[problem]
    n = function.dimensions.usual if dimension is None else dimension
    if not function.dimensions.allow(n):
        words = f"the number of parameters of {problem} is {function.dimensions}"
        raise FactoryError(words, "dimension", value=str(n))
    return function, n


def _resolve(**settings: Any) -> dict[str, Any]:
    return {"dimension": _function(**settings)[1]}


def _without_optimum(**settings: Any) -> bool:
    function, n = _function(**settings)
    return function.known(n, function.terms(n)).least is None


@declares(resolve=_resolve, without_optimum=_without_optimum)
def more_garbow_hillstrom(
    *,
    problem: Name = "extended_rosenbrock",
    dimension: Count | None = None,
    start_factor: Positive = 1.0,
    start_scale: Nonnegative = 0.0,
    dtype: DType = "float32",
) -> Analytic:
    """Make a test function of Moré, Garbow and Hillstrom, a sum of squares.

    Args:
        problem: Its name.
        dimension: The number of parameters, of the functions 20 to 35; None for that of
            the set.
        start_factor: Factor of the usual start; the paper takes 1, 10 and 100.
        start_scale: Standard deviation of what is added to the start; 0 makes all seeds
            the same.
        dtype: Of data and params. The badly scaled ones need float64.

    References:
        Moré, Garbow and Hillstrom, "Testing unconstrained optimization software", ACM
        Transactions on Mathematical Software 7, 1981.
    """
    function, n = _function(problem, dimension)
    m = function.terms(n)
    known = function.known(n, m)
    return analytic(
        function.residuals,
        start_factor * function.start(n),
        data=function.data(n, m),
        least=known.least,
        minima=known.minima,
        start_scale=start_scale,
        dtype=dtype,
        squares=True,
    )


def _of_dimension(dimension: int | None) -> Iterator[Member]:
    for number, (name, function) in enumerate(FUNCTIONS.items(), 1):
        sizes = function.dimensions
        n = sizes.usual if dimension is None else dimension
        if sizes.allow(n):
            m = function.terms(n)
            usual = {"problem": name}
            yield Member(
                name=name,
                problem=NAME,
                settings=usual if n == sizes.usual else usual | {"dimension": n},
                parameters=n,
                terms=m,
                kind="convex" if function.linear else "least squares",
                least=function.known(n, m).least,
                source=f"{PAPER}, problem {number}",
            )


def _members(dimension: int | None = None) -> tuple[Member, ...]:
    """Return those that can have so many parameters, or all at their usual sizes."""
    return tuple(_of_dimension(dimension))


SET = ProblemSet(
    NAME,
    "The 35 unconstrained test functions of Moré, Garbow and Hillstrom, as sums of "
    "squares.",
    'Moré, Garbow and Hillstrom, "Testing unconstrained optimization software", ACM '
    "Transactions on Mathematical Software 7, 1981",
    _members,
)
