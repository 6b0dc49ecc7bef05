"""Whether two runs did the same work under the same conditions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.records import TrialRecord
from ...core.spec import Budget, Spec
from .exact import Rounding
from .pairs import UNFINISHED, Pair, Trials

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


_YES = {True: "yes", False: "no"}
_CONDITIONS: Mapping[str, Callable[[TrialRecord], Any]] = {
    "timed": lambda record: _YES[record.spec.timed],
    "devices": lambda record: record.spec.devices,
    "device": lambda record: record.device,
    "other workers beside": lambda record: record.beside,
}
"""What changes the seconds of a trial and not its steps, by its name in messages."""


def other_conditions(sides: Sides) -> str:
    """Return which conditions of timing differ; empty if none do, or none is timed.

    Another machine is none of them: what it changes is common to all trials, and is
    taken out as the machine's part.

    Args:
        sides: The trials of a pair in A and in B.
    """
    if not any(t.record.spec.timed for side in sides for t in side.values()):
        return ""
    return "; ".join(filter(None, (_differs(name, sides) for name in _CONDITIONS)))


def _differs(name: str, sides: Sides) -> str:
    """Return how a condition differs; empty if it does not, or is not known."""
    a, b = (_values(_CONDITIONS[name], side) for side in sides)
    if a == b or not a or not b:
        return ""
    words = (", ".join(map(str, sorted(values))) for values in (a, b))
    return f"{name} {' → '.join(words)}"


def _values(of: Callable[[TrialRecord], Any], side: Trials) -> set[Any]:
    """Return the known values of a condition in the trials that were run."""
    run = (trial for trial in side.values() if trial.end not in UNFINISHED)
    return {of(trial.record) for trial in run} - {None}


def differences(
    pairs: Sequence[Pair],
    apart: Sequence[tuple[Pair, str]],
    conditions: Sequence[str],
) -> Iterator[str]:
    """Yield a line for each way in which two runs did not do the same work.

    Args:
        pairs: What is compared.
        apart: What is not, because the problem differs, with the words for it.
        conditions: From `other_conditions`, of each pair.
    """
    words = {pair.b.problem: why for pair, why in reversed(apart)}
    for problem, why in reversed(words.items()):
        yield f"not compared: {problem} is another problem in B: {why}"
    budgets = [other_budget(pair) for pair in pairs]
    for why in filter(None, dict.fromkeys(budgets)):
        yield (
            f"not the same budget in {_groups(budgets, why)}: {why}; their ends are "
            "not judged, and their trials are compared at the last step that both "
            "recorded"
        )
    for why in filter(None, dict.fromkeys(conditions)):
        yield f"seconds not compared in {_groups(conditions, why)}: {why}"


def _groups(each: Sequence[str], why: str) -> str:
    return f"{each.count(why)} of {len(each)} trial groups"
