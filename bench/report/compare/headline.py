"""A comparison of two runs in one sentence."""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from ...core.readings import KINDS
from ...core.text import number_of
from .changes import END, Change
from .report import Report

_KINDS = {kind.name: kind.words for kind in KINDS}
_NEAR = 0.025
"""Relative distance from 2 that still is `twice`."""


class Finding(NamedTuple):
    """What is worse or better about one optimizer on one problem.

    Attributes:
        size: What sorts findings: the factor by which a cost has changed; inf for an
            end, 1 for a loss.
    """

    optimizer: str
    problem: str
    size: float
    words: str


def headline(report: Report) -> str:
    """Return what is worse in B, or else what is better, in one sentence."""
    for verdict, opening in (("worse", ""), ("better", "nothing is worse; ")):
        if found := [*_findings(report, verdict)]:
            return f"{opening}{_sentence(report, found, verdict)}"
        if over_all := _over_all(report, verdict):
            return f"{opening}{over_all}"
    rows = report.exact.rows
    same = sum(row.verdict == "same" for row in rows)
    seconds = _seconds(report)
    return (
        f"nothing is worse or better: calls, losses and ends are the same in {same} of "
        f"{len(rows)} trial groups{seconds}"
    )


def _seconds(report: Report) -> str:
    verdicts = [row.verdict for row in report.timed.rows]
    if not verdicts:
        return "; no seconds were compared"
    same, unknown = (verdicts.count(word) for word in ("same", "undecided"))
    undecided = f" ({unknown} undecided)" if unknown else ""
    return f", seconds in {same} of {len(verdicts)}{undecided}"


def _sentence(report: Report, found: list[Finding], verdict: str) -> str:
    """Return the optimizer with most findings, and the greatest of its findings."""
    places: dict[str, dict[str, None]] = {}
    for one in found:
        places.setdefault(one.optimizer, {})[one.problem] = None
    first = max(places, key=lambda name: len(places[name]))
    tried = {row.problem for row in report.exact.rows if row.optimizer == first}
    greatest = max(
        (one for one in found if one.optimizer == first), key=lambda one: one.size
    )
    others = len(places) - 1
    more = f"; so {_are(others)} {others} more" if others else ""
    tried_on = number_of(len(tried), "problem")
    return (
        f"{first} is {verdict} on {len(places[first])} of {tried_on}: "
        f"{greatest.words} on {greatest.problem}{more}"
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _over_all(report: Report, verdict: str) -> str:
    """Return the optimizer whose seconds differ over its problems, if one's do."""
    rows = [row for row in report.timed.optimizers if row.verdict == verdict]
    if not rows:
        return ""
    first = max(rows, key=lambda row: _size(row.ratio))
    many = number_of(first.problems, "problem")
    return (
        f"{first.optimizer} is {verdict} over its {many}: {_seconds_words(first.ratio)}"
    )


def _findings(report: Report, verdict: str) -> Iterator[Finding]:
    for row in report.exact.rows:
        if row.verdict == verdict:
            changes = [_finding(change, verdict) for change in row.worst.changes]
            loss = 1.0, "a larger loss" if verdict == "worse" else "a smaller loss"
            size, words = max([*filter(None, changes), loss], key=lambda one: one[0])
            yield Finding(row.optimizer, row.problem, size, words)
    for row in report.timed.rows:
        if row.verdict == verdict:
            size, words = _size(row.ratio), _seconds_words(row.ratio)
            yield Finding(row.optimizer, row.problem, size, words)


def _finding(change: Change, verdict: str) -> tuple[float, str] | None:
    """Return size and words of a change; None if it is no reason for the verdict."""
    a, b = change.a, change.b
    if isinstance(a, str) or isinstance(b, str):
        judged = change.of == END and change.is_judged
        return (inf, f"{b} instead of {a}") if judged else None
    if change.of not in _KINDS or (b > a) != (verdict == "worse"):
        return None
    return _calls(_KINDS[change.of], a, b)


def _calls(kind: str, a: float, b: float) -> tuple[float, str]:
    if not a or not b:
        many = f"{b:g} {kind} instead of none" if b else f"no {kind} any more"
        return inf, many
    return _size(b / a), f"{_times(b / a)} {kind}"


def _size(ratio: float) -> float:
    return max(ratio, 1 / ratio)


def _seconds_words(ratio: float) -> str:
    return f"{_times(ratio)} seconds"


def _times(ratio: float) -> str:
    for size, word in ((2.0, "twice the"), (0.5, "half the")):
        if abs(ratio / size - 1) < _NEAR:
            return word
    return f"{ratio:.3g} times the"
