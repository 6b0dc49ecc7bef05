"""The table of a problem: each of its optimizers, in the order of what it costs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite
from operator import itemgetter

import pandas as pd

from ...core.costs import COSTS
from ...core.invariants import is_below
from .. import format
from ..format import Table
from ..groups import passes_in_words, unit_of_calls
from ..summary import CERTIFIED
from .columns import (
    ENDS,
    OPTIMIZER,
    SPEED,
    STEPS,
    TIME,
    Column,
    costs_to_target,
    filled,
    final_metric,
    in_order,
    is_timed,
    known,
    losses,
    passes,
    to_target,
)
from .coverage import intervals

MOST_ROWS = 10
"""Most optimizers in a short table; summary.md has all."""
SPENT = (
    Column("gradients", itemgetter("gradient_spent"), format.count),
    Column("forward passes", itemgetter("forward_spent"), format.count),
)
"""Shown if a problem has no target."""


def problem_table(problem: str, rows: pd.DataFrame) -> Table:
    """Return the table of a problem.

    Args:
        problem: Its label.
        rows: Of the summary.
    """
    ranked = in_order(rows)
    certified, has_target = known(ranked, "optimum"), known(ranked, "target_loss")
    costs = costs_to_target(ranked) if has_target else ()
    columns = (OPTIMIZER, ENDS, *map(to_target, costs))
    columns += (*losses(certified, has_target), STEPS)
    columns += SPEED if is_timed(rows) else ()
    return _whole(problem, columns, ranked, has_target)


def _whole(
    problem: str, columns: Sequence[Column], rows: pd.DataFrame, has_target: bool
) -> Table:
    made = filled(_title(problem, rows), columns, rows, _notes(rows, has_target))
    return replace(made, name=problem)


def _title(problem: str, rows: pd.DataFrame) -> str:
    words = [*rows["arithmetic"].unique(), *rows["device"].unique()]
    return ", ".join(dict.fromkeys(filter(None, [problem, *map(str, words)])))


def _notes(rows: pd.DataFrame, has_target: bool) -> Iterator[str]:
    if has_target:
        yield f"target: {next(filter(None, rows['target']))}"
        yield from _resolution(rows)
        yield from _unit(rows)
    precisions = ", ".join(sorted(rows["matmul_precision"].unique()))
    yield f"matmul precision: {precisions}"
    if known(rows, "optimum"):
        yield f"least loss: {_least(rows)}"
    if has_target:
        yield _coverage(rows)
    yield from _twins(rows)
    for row in rows.to_dict("records"):
        if row["reason"]:
            yield f"{row['optimizer']}: {row['reason']}"


def _twins(rows: pd.DataFrame) -> Iterator[str]:
    """Yield which optimizers of one family have the same settings: tuned and not."""
    for _, same in rows.groupby(["family", "settings"], sort=False):
        first, *others = same["optimizer"]
        if others:
            yield f"{' and '.join([first, *others])}: the same settings, run apart"


def _unit(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what a forward-pass equivalent is, if one is shown and not over all."""
    sizes, shown = passes(rows), "forward_equivalents"
    if unit_of_calls(sizes) == shown and known(rows, f"{shown}_to_target"):
        yield from filter(None, [passes_in_words(sizes)])


def _least(rows: pd.DataFrame) -> str:
    """Return the least loss with its source, or that a lower one was reached."""
    optimum, lowest = _first(rows, "optimum"), min(rows["best_loss"].to_list())
    source = next(filter(None, rows["optimum_source"]))
    if not is_below(lowest, optimum, str(rows["dtype"].iloc[0])):
        return f"{optimum:.8g} ({source})"
    if source == CERTIFIED:
        return f"stated as {optimum:.8g}, which is wrong: {lowest:.8g} was reached"
    return f"{optimum:.8g} ({source} before: {lowest:.8g} was reached)"


def _first(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].dropna().iloc[0])


def _resolution(rows: pd.DataFrame) -> Iterator[str]:
    steps = max(filter(isfinite, rows["resolution"].to_list()), default=1.0)
    if steps > 1:
        yield (
            "the step that met the target was sought between evaluations up to "
            f"{steps:,.0f} steps apart; it may have been met before, for a while"
        )


def _coverage(rows: pd.DataFrame) -> str:
    never = "a trial that never reaches the target costs infinity"
    if max(rows["seeds"]) == 1:
        return f"one seed; {never}"
    return f"{intervals(rows)}; {never}"


def brief_table(problem: str, rows: pd.DataFrame, shown: Sequence[str]) -> Table:
    """Return the table of a problem for a terminal: the first few, the best first.

    Args:
        problem, rows, shown: As of `narrow_table`.
    """
    ranked = in_order(rows)
    if known(ranked, "target_loss"):
        columns = _brief_costs(ranked)
    else:
        columns = (*_brief_losses(ranked, shown), *_spent(ranked))
    more = len(ranked) - MOST_ROWS
    notes = [*_unit(ranked), *([f"{more} more in summary.md"] if more > 0 else [])]
    columns = (OPTIMIZER, ENDS, *columns)
    return filled(problem, columns, ranked.head(MOST_ROWS), iter(notes))


def _brief_costs(rows: pd.DataFrame) -> tuple[Column, ...]:
    return tuple(map(_brief, costs_to_target(rows)))


def _brief(cost: str) -> Column:
    column = to_target(cost)
    return column if cost == "seconds" else column._replace(heading=COSTS[cost].words)


def _brief_losses(rows: pd.DataFrame, shown: Sequence[str]) -> tuple[Column, ...]:
    final, _ = losses(known(rows, "optimum"), known(rows, "target_loss"))
    return final, *map(final_metric, shown[:1])


def _spent(rows: pd.DataFrame) -> tuple[Column, ...]:
    return (TIME, *SPENT) if is_timed(rows) else SPENT


def narrow_table(problem: str, rows: pd.DataFrame, shown: Sequence[str]) -> Table:
    """Return the table of a problem with fewer columns, for a page of paper.

    Args:
        problem: Its label.
        rows: Of the summary.
        shown: The columns of the metrics that people look at, as `metrics.shown`.
    """
    ranked = in_order(rows)
    has_target = known(ranked, "target_loss")
    spent = _brief_costs(ranked) if has_target else _spent(ranked)
    columns = (OPTIMIZER, ENDS, *spent, *_brief_losses(ranked, shown))
    return _whole(problem, columns, ranked, has_target)
