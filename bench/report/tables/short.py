"""What a run prints at its end: what was run, a table a problem, and who won."""

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter

import pandas as pd

from ...core import costs
from .. import format
from ..cost_table import COMPARED
from ..format import Table, markdown
from ..groups import Results
from ..summary import ends_in_words
from .problems import (
    ENDS,
    OPTIMIZER,
    Column,
    filled,
    in_order,
    known,
    losses,
    to_target,
)

MOST_ROWS = 10
"""Optimizers of a problem that are shown; the rest is in summary.md."""
SHOWN = ("seconds", "gradient", "forward", "forward_equivalents")
SPENT = (
    Column("time", itemgetter("seconds"), format.seconds),
    Column("gradients", itemgetter("gradient_spent"), format.count),
    Column("forward passes", itemgetter("forward_spent"), format.count),
)
"""Shown where a problem has no target."""


def short(results: Results, summary: pd.DataFrame, comparison: pd.DataFrame) -> str:
    """Return the text, in Markdown.

    Args:
        results: Of a run.
        summary: Its rows, a problem and optimizer each.
        comparison: Of its optimizers over all problems; empty where there is none.
    """
    parts = [_what(results), *map(markdown, _problems(summary))]
    return "\n\n".join([*parts, *_winners(results, comparison)]) + "\n"


def _what(results: Results) -> str:
    """Return what was run: problems, optimizers, seeds, and the trials by their end."""
    groups = results.groups
    ends = Counter(record.end for group in groups for record in group.records)
    if missing := sum(group.missing for group in groups):
        ends["missing"] = missing
    counts = {
        "problem": len({group.problem for group in groups}),
        "optimizer": len({group.optimizer for group in groups}),
        "seed": len({spec.seed for spec in results.run.planned}),
    }
    words = [f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items()]
    name = results.run.record.name
    total = sum(ends.values())
    return f"{name}: {', '.join(words)}; {total} trials: {ends_in_words(ends)}"


def _problems(summary: pd.DataFrame) -> Iterator[Table]:
    """Yield a short table a problem, the best optimizer first."""
    for problem, rows in summary.groupby("problem", sort=False):
        ranked = in_order(rows)
        if known(ranked, "target_loss"):
            columns = (OPTIMIZER, ENDS, *map(to_target, SHOWN))
        else:
            final, _ = losses(known(ranked, "optimum"))
            columns = (OPTIMIZER, ENDS, final, *SPENT)
        more = len(ranked) - MOST_ROWS
        notes = iter([f"{more} more in summary.md"] if more > 0 else [])
        yield filled(str(problem), columns, ranked.head(MOST_ROWS), notes)


def _winners(results: Results, comparison: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence a part of the run: who won, and how sure that is."""
    for part in results.parts if len(comparison) else ():
        rows = comparison.query("part == @part and dropped == ''")
        cost = next((cost for cost in COMPARED if cost in set(rows["cost"])), None)
        if cost is not None:
            yield _winner(part, rows.query("cost == @cost"))


def _winner(part: str, rows: pd.DataFrame) -> str:
    ranked = rows.sort_values("rank", kind="stable").to_dict("records")
    first, problems = ranked[0], max(row["problems"] for row in ranked)
    where = f"{problems} problem{'s' * (problems != 1)}"
    where += f" ({part})" if part else ""
    if not first["area"]:
        return f"Over {where} no optimizer reached a target."
    probability = f"{100 * first['rank_1']:.0f} %"
    likely = f"{first['rank_low']:.0f} to {first['rank_high']:.0f}"
    cost = costs.COSTS[first["cost"]].words
    return (
        f"Over {where}, {first['optimizer']} is the best by {cost} to the target (area "
        f"under its performance profile {first['area']:.2f}), first with a bootstrap "
        f"probability of {probability} (likely rank {likely} of {len(ranked)})."
    )
