"""The problem and the problem set of CUTEst's unconstrained problems."""

from typing import TYPE_CHECKING, Any, Literal

from ...analytic import Analytic, analytic
from ...settings import DType, Nonnegative, declares
from ..problem_set import Member, ProblemSet, fixed
from .door import check_installed, translated
from .table import ROWS, Row

if TYPE_CHECKING:
    Name = str
else:
    Name = Literal[tuple(ROWS)]


def _resolve(problem: str = "", **rest: Any) -> dict[str, Any]:
    """Check that a problem of a config can be made.

    Raises:
        FactoryError: sif2jax is not installed.
    """
    del rest
    if problem:  # `list` asks for the defaults, which need nothing
        check_installed()
    return {}


def _without_optimum(problem: str = "rosenbr", **rest: Any) -> bool:
    del rest
    return ROWS[problem].least is None


@declares(resolve=_resolve, without_optimum=_without_optimum)
def cutest(
    *,
    problem: Name = "rosenbr",
    start_scale: Nonnegative = 0.0,
    dtype: DType = "float32",
) -> Analytic:
    """Make an unconstrained problem of CUTEst, in sif2jax's translation.

    Args:
        problem: CUTEst's name in lower case.
        start_scale: Standard deviation of what is added to the usual start.
        dtype: Of params and data.

    Raises:
        FactoryError: sif2jax is not installed.

    References:
        Gould, Orban and Toint, "CUTEst: a constrained and unconstrained testing
        environment with safe threads for mathematical optimization", 2015.
    """
    row = ROWS[problem]
    function = translated(row.module, row.name.upper(), row.size)
    start, data = function.start()
    return analytic(
        function,
        start,
        data=data,
        least=row.least,
        start_scale=start_scale,
        dtype=dtype,
    )


def _member(row: Row) -> Member:
    return Member(
        row.name,
        "cutest",
        {"problem": row.name},
        row.parameters,
        None,
        row.kind,
        row.least,
        row.source or "not known",
    )


SET = ProblemSet(
    "cutest",
    "Unconstrained problems of CUTEst; they need the extra `cutest`.",
    "Gould, Orban and Toint, 2015, translated to JAX by sif2jax",
    fixed(*map(_member, ROWS.values())),
)
