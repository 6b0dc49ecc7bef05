"""Problem sets: named problems that go together, with what is known of each."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, get_args

Class = Literal["convex", "least squares", "nonconvex", "network"]
CLASSES: tuple[Class, ...] = get_args(Class)


class Member(NamedTuple):
    """A problem of a set.

    Attributes:
        name: In the set, and its label in tables and plots.
        problem: A name of `problems.REGISTRY`.
        settings: Of the problem's factory.
        parameters: n, the number of parameters.
        terms: m, the number of residuals or training examples; None where there are
            none.
        kind: Its class.
        least: The least loss, as published or certified; None if it is not known.
        source: Where the least loss is from: a paper with its problem's number, or
            "certified" where solvers find it anew.
    """

    name: str
    problem: str
    settings: Mapping[str, Any]
    parameters: int
    terms: int | None
    kind: Class
    least: float | None
    source: str


class ProblemSet(NamedTuple):
    """Named problems that go together.

    Attributes:
        name: In configs: `set = "NAME"`.
        summary: One sentence.
        source: The paper, or the collection.
        members: dimension -> the problems, in their usual order. The dimension is None
            for the usual ones; a set of fixed problems returns those of that number of
            parameters.
    """

    name: str
    summary: str
    source: str
    members: Callable[[int | None], tuple[Member, ...]]


def fixed(*members: Member) -> Callable[[int | None], tuple[Member, ...]]:
    """Return the `members` of a set whose problems have one dimension each."""

    def of(dimension: int | None = None) -> tuple[Member, ...]:
        return tuple(m for m in members if dimension in (None, m.parameters))

    return of
