"""What a run prints at its end: what was run, who won, and where the rest is."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from .. import format
from ..cost_table import COMPARED
from ..format import Table, markdown
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
from .write import Tables

MOST_ROWS = 10
"""Optimizers of a problem that are shown; the rest is in summary.md."""
COSTS = ("seconds", "gradient", "forward", "forward_equivalents")
SPENT = (
    Column("time", lambda row: format.seconds(row["seconds"])),
    Column("gradients", lambda row: format.count(row["gradient_spent"])),
    Column("forward passes", lambda row: format.count(row["forward_spent"])),
)
"""Shown where a problem has no target."""


def short(tables: Tables) -> str:
    """Return the text, in Markdown.

    Args:
        tables: All tables of the run, which are in its folder.
    """
    parts = [_what(tables), *map(markdown, _problems(tables.summary))]
    parts += list(_winners(tables))
    parts.append(f"All tables: {tables.results.run.folder / 'summary.md'}")
    return "\n\n".join(parts)


def _what(tables: Tables) -> str:
    """Return what was run: problems, optimizers, seeds, and the trials by their end."""
    groups = tables.results.groups
    ends = Counter(record.end for group in groups for record in group.records)
    if missing := sum(group.missing for group in groups):
        ends["missing"] = missing
    counts = {
        "problem": len({group.problem for group in groups}),
        "optimizer": len({group.optimizer for group in groups}),
        "seed": len({spec.seed for spec in tables.results.run.planned}),
    }
    words = [f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items()]
    name = tables.results.run.record.name
    total = sum(ends.values())
    return f"{name}: {', '.join(words)}; {total} trials: {ends_in_words(ends)}"


def _problems(summary: pd.DataFrame) -> Iterator[Table]:
    """Yield a short table a problem, the best optimizer first."""
    for problem, rows in summary.groupby("problem", sort=False):
        ranked = in_order(rows)
        if known(ranked, "target_loss"):
            columns = (OPTIMIZER, ENDS, *map(to_target, COSTS))
        else:
            final, _ = losses(known(ranked, "optimum"))
            columns = (OPTIMIZER, ENDS, final, *SPENT)
        more = len(ranked) - MOST_ROWS
        notes = iter([f"{more} more in summary.md"] if more > 0 else [])
        yield filled(str(problem), columns, ranked.head(MOST_ROWS), notes)


def _winners(tables: Tables) -> Iterator[str]:
    """Yield a sentence a part of the run: who won, and how sure that is."""
    comparison = tables.findings.get("comparison", pd.DataFrame())
    for part in tables.results.parts if len(comparison) else ():
        rows = comparison.query("part == @part and dropped == ''")
        cost = next((cost for cost in COMPARED if cost in set(rows["cost"])), None)
        if cost is not None:
            yield _winner(part, rows.query("cost == @cost"))


def _winner(part: str, rows: pd.DataFrame) -> str:
    ranked = rows.sort_values("rank", kind="stable").to_dict("records")
    first, problems = ranked[0], max(row["problems"] for row in ranked)
    where = f"{problems} problem{'s' * (problems != 1)}"
    where += f" ({part})" if part else ""
    sure = f"{100 * first['rank_1']:.0f} %"
    likely = f"{first['rank_low']:.0f} to {first['rank_high']:.0f}"
    unit = {"seconds": "time"}.get(first["cost"], first["cost"].replace("_", " "))
    if first["rank_1"] != first["rank_1"]:
        return (
            f"Over {where}, {first['optimizer']} needs the least {unit} to the target."
        )
    return (
        f"Over {where}, {first['optimizer']} has the best {unit} to the target by the "
        f"area of its performance profile ({first['area']:.2f}); it is first with a "
        f"bootstrap probability of {sure} (likely rank {likely} of {len(ranked)})."
    )
