"""Whether two runs did the same work: the same problem, budget and target."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...core.spec import Budget, Spec
from .exact import Rounding
from .pairs import Pair, Trials

Sides = tuple[Trials, Trials]
_LIMITS = ("seconds", "steps", "gradients", "forwards", "target")
"""The fields of a budget that decide when a trial ends."""


def other_problem(pair: Pair, sides: Sides) -> str:
    """Return what tells the problems of a pair apart; empty if nothing does.

    Args:
        pair: Of trial groups.
        sides: Its trials in A and in B.
    """
    a, b = pair.a.spec, pair.b.spec
    if a.problem.settings != b.problem.settings or a.problem.name != b.problem.name:
        return f"{_problem(a)} → {_problem(b)}"
    if (a.dtype, a.arithmetic) != (b.dtype, b.arithmetic):
        return f"dtype {a.arithmetic} → {b.arithmetic}"
    if a.problem != b.problem:
        return "its data or its file changed"
    return _other_start(a.dtype, *sides)


def _other_start(dtype: str, a: Trials, b: Trials) -> str:
    """Compare the losses at the start: the same problem and seed have the same."""
    rounding = Rounding(False, dtype)
    for at in sorted(a.keys() & b.keys()):
        x, y = (side[at].record.start_loss for side in (a, b))
        if None not in (x, y) and not rounding.near(np.array(x), np.array(y)):
            return f"loss at the start {x!r} → {y!r}, seed {at[0]}"
    return ""


def _problem(spec: Spec) -> str:
    settings = ", ".join(f"{k}={v}" for k, v in spec.problem.settings.items())
    return f"{spec.problem.name}({settings})"


def other_budget(pair: Pair) -> str:
    """Return which limits and targets of a pair differ; empty if none do."""
    sides = (pair.a.spec.budget, pair.b.spec.budget)
    return "; ".join(
        f"{name} {_limit(sides[0], name)} → {_limit(sides[1], name)}"
        for name in _LIMITS
        if getattr(sides[0], name) != getattr(sides[1], name)
    )


def _limit(budget: Budget, name: str) -> str:
    value: Any = getattr(budget, name)
    if value is None:
        return "none"
    return value.words if name == "target" else f"{value:g}"


def differences(
    pairs: Sequence[Pair], apart: Sequence[tuple[Pair, str]]
) -> Iterator[str]:
    """Yield a line for each way in which two runs did not do the same work.

    Args:
        pairs: What is compared.
        apart: What is not, because the problem differs, with the words for it.
    """
    words = {pair.b.problem: why for pair, why in reversed(apart)}
    for problem, why in reversed(words.items()):
        yield f"not compared: {problem} is another problem in B: {why}"
    budgets = [other_budget(pair) for pair in pairs]
    for why in filter(None, dict.fromkeys(budgets)):
        groups = f"{budgets.count(why)} of {len(pairs)} trial groups"
        yield (
            f"not the same budget in {groups}: {why}; their ends are not judged, and "
            "their trials are compared at the last step that both recorded"
        )
