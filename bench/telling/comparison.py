"""A run's optimizers held against each other: profiles, ranks, success."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from .. import statistics
from ..keeping.reading import Run
from .field import Field, field
from .parts import parts
from .summary import is_reached, to_target

COSTS = ("seconds", "forward_equivalents", "gradient")


def fields(run: Run) -> dict[str, Field]:
    """Return the field of each cost in `COSTS` that is known, if two compete."""
    found = {cost: field(run, partial(to_target, cost=cost)) for cost in COSTS}
    return {cost: f for cost, f in found.items() if _competitors(f) > 1}


def _competitors(found: Field) -> int:
    return int((~np.isnan(found.medians)).any(0).sum())


def compare(run: Run) -> pd.DataFrame:
    """Return areas and ranks in the whole field, and in those with one family less.

    Args:
        run: From `bench.load`.

    Returns:
        A row per part of the run (see `parts`), cost, family dropped (empty for none)
        and optimizer: `problems` it
        applies to, share `solved` of them, profile `area`, `rank`; of the whole field
        `rank_low`, `rank_high`, the likely ranks, and `rank_r`, the chance of rank r.
    """
    rows = [
        {"part": part} | row
        for part, of_part in parts(run).items()
        for cost, found in fields(of_part).items()
        for row in _rows(cost, found)
    ]
    return pd.DataFrame(rows)


def _rows(cost: str, found: Field) -> Iterator[dict[str, Any]]:
    whole = statistics.areas(found.medians)
    yield from _field(cost, "", found, whole, _likely(found))
    families, groups = _grouped(found)
    if len(families) > 2:
        without = statistics.areas_without(found.medians, groups)
        for family, areas in zip(families, without, strict=True):
            yield from _field(cost, family, found, areas)


def _likely(found: Field) -> list[dict[str, float]]:
    chances = statistics.rank_chances(found.costs)
    low, high = statistics.likely_ranks(chances)
    return [
        {"rank_low": low[i], "rank_high": high[i]}
        | {f"rank_{rank}": chance for rank, chance in enumerate(row, 1)}
        for i, row in enumerate(chances)
    ]


def _grouped(found: Field) -> tuple[list[str], np.ndarray]:
    """Return a field's families, and the place among them of each optimizer's."""
    families = list(dict.fromkeys(found.families))
    return families, np.array([families.index(name) for name in found.families])


def _field(
    cost: str, dropped: str, found: Field, areas: np.ndarray, likely: Any = None
) -> Iterator[dict[str, Any]]:
    applies = (~np.isnan(found.medians)).sum(0)
    solved = statistics.share_within(found.medians, np.array([np.inf]))[0]
    ranks = statistics.ranks(areas)[0]
    names = zip(found.optimizers, found.families, strict=True)
    for i, (optimizer, family) in enumerate(names):
        if not np.isnan(areas[i]):
            yield {
                "cost": cost,
                "dropped": dropped,
                "optimizer": optimizer,
                "family": family,
                "problems": applies[i],
                "solved": solved[i],
                "area": areas[i],
                "rank": ranks[i],
                **(likely[i] if likely else {}),
            }


def success(run: Run) -> pd.DataFrame:
    """Return McNemar's test for each pair of optimizers that differ in success.

    Two tests: one takes each seed of a problem for a trial of its own and says what
    holds on these problems; the other lets a problem count once, by most of its
    seeds, and says what to expect of problems like them.

    Args:
        run: From `bench.load`.

    Returns:
        A row per pair of `optimizer` and `rival`: `only_optimizer`, `only_rival` and
        `trials`, `chance` and `corrected`, and all of these with `problems_` before.
    """
    reached = field(run, _reached)
    if len(reached.optimizers) < 2:
        return pd.DataFrame()
    problems, optimizers, seeds = reached.costs.shape
    trials = reached.costs.transpose(0, 2, 1).reshape(problems * seeds, optimizers)
    by_trial = statistics.mcnemar(trials)
    by_problem = statistics.mcnemar(reached.medians)
    names = np.array(reached.optimizers)
    table = {
        "optimizer": names[by_trial.first],
        "rival": names[by_trial.second],
        **_tested("", by_trial),
        **_tested("problems_", by_problem),
    }
    frame = pd.DataFrame(table)
    unlike = frame.query("only_optimizer + only_rival > 0")
    return unlike.sort_values("chance", kind="stable", ignore_index=True)


def _reached(record: dict[str, Any], weights: Any) -> float:
    return float(is_reached(record))


def _tested(prefix: str, pairs: Any) -> dict[str, np.ndarray]:
    return {
        f"{prefix}only_optimizer": pairs.only_first,
        f"{prefix}only_rival": pairs.only_second,
        f"{prefix}trials": pairs.both,
        f"{prefix}chance": pairs.chance,
        f"{prefix}corrected": pairs.corrected,
    }
