"""The members of NIST's set."""

from functools import cache

from ..problem_set import Member, ProblemSet, fixed
from .published import Published, published


def _member(name: str, stated: Published) -> Member:
    return Member(
        name,
        "nist_strd",
        {"problem": name},
        len(stated.certified),
        len(stated.y),
        "least squares",
        stated.least,
        f"NIST StRD, {stated.title}",
    )


@cache
def _members(dimension: int | None = None) -> tuple[Member, ...]:
    return fixed(*(_member(*item) for item in published().items()))(dimension)


SET = ProblemSet(
    "nist_strd",
    "27 nonlinear regressions with certified solutions, from the easier to the harder.",
    "NIST, Statistical Reference Datasets: Nonlinear Regression",
    _members,
)
