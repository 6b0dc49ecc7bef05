"""What must be true of the records of any run."""

from collections.abc import Iterable, Iterator
from typing import Any

from .records import TrialRecord

START = {"float32": 1e-4, "float64": 1e-8}
"""Relative difference of start losses that different programs may compute."""
_LEAST = {"float32": 6e-5, "float64": 1e-12}
"""Rounding of a loss, relative to max(1, |loss|)."""
_AGREED = 1e-10
"""Relative precision of a certificate."""


def broken(records: Iterable[TrialRecord]) -> list[str]:
    """Return a line for each problem and invariant that does not hold.

    Trials of one problem and seed start at the same loss; no loss is below the
    certified one beyond rounding.
    """
    return [line for some in _by_problem(records) for line in _broken(some)]


def improved(records: Iterable[TrialRecord]) -> list[str]:
    """Return a line for each problem on which the best loss known is no longer best."""
    return [line for some in _by_problem(records) for line in _improved(some)]


def _by_problem(records: Iterable[TrialRecord]) -> Iterable[list[TrialRecord]]:
    by_problem: dict[tuple[str, ...], list[TrialRecord]] = {}
    for record in records:
        spec = record.spec
        of = (spec.problem_label, repr(spec.problem), spec.dtype, spec.arithmetic)
        by_problem.setdefault(of, []).append(record)
    return by_problem.values()


def _broken(records: list[TrialRecord]) -> Iterator[str]:
    spec = records[0].spec
    label = f'problem "{spec.problem_label}"'
    if seeds := _moved(records):
        more = f" and {len(seeds) - 1} more" if len(seeds) > 1 else ""
        yield (
            f"{label}: the trials with seed {seeds[0]}{more} start at different "
            "losses: the problem or its start has changed between them"
        )
    if spec.best_known is None and (low := _below(records)):
        yield (
            f"{label}: {low.spec.label} reached the loss {low.best_loss:.9g}, below "
            f"the stated least loss {low.optimum:.9g}: the problem's `optimum` is "
            "wrong, and so is every suboptimality"
        )


def _improved(records: list[TrialRecord]) -> Iterator[str]:
    spec = records[0].spec
    if spec.best_known is not None and (low := _below(records)):
        yield (
            f'problem "{spec.problem_label}": {low.spec.label} reached the loss '
            f"{low.best_loss:.9g}, below the best loss known, {spec.best_known:.9g}: "
            f"state best_known = {low.best_loss!r} from now on"
        )


def _below(records: list[TrialRecord]) -> TrialRecord | None:
    """Return the record with the lowest loss if that is below the least one."""
    lows = [r for r in records if is_below(r.best_loss, r.optimum, r.spec.dtype)]
    return min(lows, key=lambda record: record.best_loss or 0.0, default=None)


def is_below(loss: float | None, optimum: float | None, dtype: str) -> bool:
    """Return whether a loss is below the least one by more than rounding."""
    if loss is None or optimum is None:
        return False
    slack = max(_LEAST[dtype] * max(1.0, abs(optimum)), _AGREED * abs(optimum))
    return loss < optimum - slack


def _moved(records: list[TrialRecord]) -> list[int]:
    """Return the seeds whose trials start at different losses."""
    starts: dict[int, list[Any]] = {}
    for record in records:
        if record.start_loss is not None:
            starts.setdefault(record.spec.seed, []).append(record.start_loss)
    share = START[records[0].spec.dtype]
    return [
        seed
        for seed, losses in sorted(starts.items())
        if max(losses) - min(losses) > share * max(1.0, *map(abs, losses))
    ]
