"""Compare a run's optimizers: profiles, ranks, success."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .. import statistics
from ..core.costs import Prices
from ..core.records import TrialRecord
from .cost_table import CostTable, cost_table, cost_tables
from .groups import Results


def compare_optimizers(results: Results) -> pd.DataFrame:
    """Return areas and ranks of all optimizers, and of those without one family.

    Args:
        results: Of a run.

    Returns:
        A row per part of the run, cost, family dropped (empty for none) and optimizer:
        `problems` it applies to, share `solved` of them, profile `area`, `rank`; of
        all optimizers together `rank_low`, `rank_high`, the likely ranks, and
        `rank_r`, the bootstrap probability of rank r.
    """
    rows = [
        {"part": part} | row
        for part, of_part in results.parts.items()
        for cost, table in cost_tables(of_part).items()
        for row in _rows(cost, table)
    ]
    return pd.DataFrame(rows)


def _rows(cost: str, table: CostTable) -> Iterator[dict[str, Any]]:
    whole = statistics.areas(table.medians)
    yield from _optimizers(cost, "", table, whole, _likely(table))
    families, groups = _grouped(table)
    if len(families) > 2:
        without = statistics.areas_without(table.medians, groups)
        for family, areas in zip(families, without, strict=True):
            yield from _optimizers(cost, family, table, areas)


def _likely(table: CostTable) -> list[dict[str, float]]:
    chances = statistics.rank_chances(table.costs)
    low, high = statistics.likely_ranks(chances)
    return [
        {"rank_low": low[i], "rank_high": high[i]}
        | {f"rank_{rank}": chance for rank, chance in enumerate(row, 1)}
        for i, row in enumerate(chances)
    ]


def _grouped(table: CostTable) -> tuple[list[str], np.ndarray]:
    """Return a table's families, and the place among them of each optimizer's."""
    families = list(dict.fromkeys(table.families))
    return families, np.array([families.index(name) for name in table.families])


def _optimizers(
    cost: str, dropped: str, table: CostTable, areas: np.ndarray, likely: Any = None
) -> Iterator[dict[str, Any]]:
    applies = (~np.isnan(table.medians)).sum(0)
    solved = statistics.share_within(table.medians, np.array([np.inf]))[0]
    ranks = statistics.ranks(areas)[0]
    names = zip(table.optimizers, table.families, strict=True)
    for i, (optimizer, family) in enumerate(names):
        if not np.isnan(areas[i]):
            yield {
                "cost": cost,
                "dropped": dropped,
                "optimizer": optimizer,
                "family": family,
                "tuned": table.tuned[i],
                "problems": applies[i],
                "solved": solved[i],
                "area": areas[i],
                "rank": ranks[i],
                **(likely[i] if likely else {}),
            }


def success(results: Results) -> pd.DataFrame:
    """Return McNemar's test for each pair of optimizers that differ in success.

    Two tests: one takes each seed of a problem for a trial of its own and says what
    holds on these problems; the other counts a problem once, by most of its seeds,
    and says what to expect of problems like them.

    Args:
        results: Of a run.

    Returns:
        A row per pair of `optimizer` and `rival`: `only_optimizer`, `only_rival` and
        `trials`, `chance` and `corrected`, and all of these with `problems_` before.
    """
    reached = cost_table(results, _reached)
    if len(reached.optimizers) < 2:
        return pd.DataFrame()
    problems, optimizers, seeds = reached.costs.shape
    trials = reached.costs.transpose(0, 2, 1).reshape(problems * seeds, optimizers)
    by_trial = statistics.mcnemar(trials)
    by_problem = statistics.mcnemar(reached.medians)
    names = np.array(reached.optimizers)
    columns = {
        "optimizer": names[by_trial.first],
        "rival": names[by_trial.second],
        **_tested("", by_trial),
        **_tested("problems_", by_problem),
    }
    frame = pd.DataFrame(columns)
    unlike = frame.query("only_optimizer + only_rival > 0")
    return unlike.sort_values("chance", kind="stable", ignore_index=True)


def _reached(record: TrialRecord, prices: Prices) -> float:
    return float(record.is_reached)


def _tested(prefix: str, pairs: Any) -> dict[str, np.ndarray]:
    return {
        f"{prefix}only_optimizer": pairs.only_first,
        f"{prefix}only_rival": pairs.only_second,
        f"{prefix}trials": pairs.both,
        f"{prefix}chance": pairs.chance,
        f"{prefix}corrected": pairs.corrected,
    }
