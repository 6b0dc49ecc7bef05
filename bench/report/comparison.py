"""Compare a run's optimizers: profiles, ranks, success."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from .. import statistics
from ..core.costs import COSTS, Prices
from ..core.readings import READINGS
from ..core.records import TrialRecord
from ..statistics.intervals import medians
from .groups import Results, TrialGroup
from .seeds import by_seed
from .summary import cost_at

Cost = Callable[[TrialRecord, Prices], float]
COMPARED = ("seconds", "forward_equivalents", "gradient")
"""The costs by which optimizers are compared."""


@dataclass(frozen=True)
class CostTable:
    """Costs to the target: inf for never, nan for a skipped, lost or missing trial.

    The table has each problem with a target, and each optimizer of the run; each of
    its settings is a competitor of its own, but the settings that tuning chose with
    different draw seeds are one competitor.

    Attributes:
        problems, optimizers, seeds: The labels of the axes, in planned order.
        families: For each optimizer, the label that its settings share.
        tuned: For each optimizer, whether tuning chose its settings, or None.
        draw_seeds: For each optimizer, the number of its draw seeds; 0 if untuned or if
            the run does not state them.
        by_draw: float[problems, optimizers, draw_seeds, seeds], medians over the rounds
            of a seed. What does not depend on a draw seed is repeated.
    """

    problems: tuple[str, ...]
    optimizers: tuple[str, ...]
    families: tuple[str, ...]
    tuned: tuple[bool | None, ...]
    draw_seeds: tuple[int, ...]
    seeds: tuple[int, ...]
    by_draw: np.ndarray

    @property
    def costs(self) -> np.ndarray:
        """float[problems, optimizers, seeds], medians over the draw seeds."""
        return medians(self.by_draw, axis=2)

    @property
    def pooled(self) -> np.ndarray:
        """float[problems, optimizers, draw_seeds * seeds]."""
        problems, optimizers, draws, seeds = self.by_draw.shape
        return self.by_draw.reshape(problems, optimizers, draws * seeds)

    @property
    def medians(self) -> np.ndarray:
        """float[problems, optimizers], over seeds and draw seeds."""
        return medians(self.pooled)

    @property
    def competitors(self) -> int:
        """The number of optimizers that have a cost on some problem."""
        return int((~np.isnan(self.medians)).any(0).sum())


def cost_table(
    results: Results,
    cost: Cost,
    unit: str,
    problems: Collection[str] | None = None,
) -> CostTable:
    """Return the table of one cost.

    A problem whose trials differ in the size of their batches is left out of a unit in
    passes over the examples of a step, which is another one for each size.

    Args:
        results: The results of a run.
        cost: (a trial's record, its problem's prices) -> its cost to the target.
        unit: The name in `COSTS` of the prices' unit.
        problems: Which ones; those with a target if None.
    """
    of = results.with_target if problems is None else problems
    shown = [g for g in results.groups if g.problem in of]
    seeds = tuple(sorted({r.spec.seed for group in shown for r in group.records}))
    draws = sorted({d for group in shown for d in group.spec.draw_seeds}) or [0]
    several = not_comparable(results, unit)
    rows = tuple(dict.fromkeys(g.problem for g in shown if g.problem not in several))
    competitors: dict[str, list[TrialGroup]] = {}
    for group in shown:
        competitors.setdefault(competitor(group), []).append(group)
    optimizers = tuple(competitors)
    costs = np.full((len(rows), len(optimizers), len(draws), len(seeds)), nan)
    for group in shown:
        if group.problem in several:
            continue
        place = rows.index(group.problem), optimizers.index(competitor(group))
        prices = results.unit_prices(group, unit)
        of_group = [draws.index(draw) for draw in group.spec.draw_seeds]
        costs[(*place, of_group or slice(None))] = _by_seed(group, cost, prices, seeds)
    specs = [groups[0].spec for groups in competitors.values()]
    return CostTable(
        rows,
        optimizers,
        tuple(spec.family for spec in specs),
        tuple(spec.tuned for spec in specs),
        tuple(_draw_seeds(groups) for groups in competitors.values()),
        seeds,
        costs,
    )


def not_comparable(results: Results, unit: str) -> list[str]:
    """Return the problems whose trials do not share a unit of cost."""
    if not COSTS[unit].per_pass:
        return []
    return [problem for problem, sizes in results.passes.items() if len(sizes) > 1]


def competitor(group: TrialGroup) -> str:
    """Return a name that the settings chosen with different draw seeds share."""
    return group.spec.label if group.spec.draw_seeds else group.optimizer


def _draw_seeds(groups: Sequence[TrialGroup]) -> int:
    return len({draw for group in groups for draw in group.spec.draw_seeds})


def cost_tables(results: Results, target: int = 1) -> dict[str, CostTable]:
    """Return the table of each known cost, if there are two optimizers or more.

    By calls of one kind, those are not compared that reach a target without any.

    Args:
        results: The results of a run, or of a part of it.
        target: Which of each problem's targets: 1 is the hardest, 2 the next easier.
    """

    def table(cost: str) -> CostTable:
        return cost_table(results, partial(_to_target, cost=cost, target=target), cost)

    tables = {cost: table(cost) for cost in COMPARED}
    for kind in tables.keys() & READINGS:
        tables[kind] = _of_callers(tables[kind], table("steps"))
    return {cost: table for cost, table in tables.items() if table.competitors > 1}


def _of_callers(calls: CostTable, steps: CostTable) -> CostTable:
    """Leave out who makes steps without such calls: no number of calls is below 0."""
    without = (calls.by_draw == 0) & (steps.by_draw > 0)
    of_none = without.any(axis=(0, 2, 3), keepdims=True)
    return replace(calls, by_draw=np.where(of_none, nan, calls.by_draw))


def _to_target(
    record: TrialRecord, prices: Prices, cost: str, target: int = 1
) -> float:
    """Return a trial's cost to a target; nan if its problem has fewer of them."""
    if target == 1 or not record.targets:
        return record.cost_to_target(cost, prices)
    place = len(record.targets) - target
    return nan if place < 0 else cost_at(record, place, cost, prices)


def _by_seed(
    group: TrialGroup, cost: Cost, prices: Prices, seeds: Sequence[int]
) -> list[float]:
    costs = by_seed(group.applicable, lambda record: cost(record, prices))
    if any(map(isnan, costs.values())):  # some calls have no price
        return [nan] * len(seeds)
    return [costs.get(seed, nan) for seed in seeds]


def compare_optimizers(results: Results) -> pd.DataFrame:
    """Return areas and ranks of all optimizers, and of those without one family.

    Args:
        results: The results of a run.

    Returns:
        A row for each part of the run, cost, dropped family (empty for none) and
        optimizer: the number of its `draw_seeds`, `problems` it applies to, share
        `solved` of them, profile `area`, `rank`; for all optimizers together also
        `rank_low`, `rank_high`, the likely ranks, and `rank_r`, the bootstrap
        probability of rank r. By seconds, each of several hosts is a part of its own.
    """
    rows = [
        {"part": part} | row
        for part, tables in _by_part(results)
        for cost, table in tables.items()
        for row in compared(cost, table)
    ]
    return pd.DataFrame(rows)


def _by_part(results: Results) -> Iterator[tuple[str, dict[str, CostTable]]]:
    """Yield the tables of each part, then those of the seconds on each host."""
    for part, of_part in results.parts.items():
        yield part, cost_tables(of_part)
    for host, of_host in results.hosts.items():
        for part, of_part in of_host.parts.items():
            tables = cost_tables(of_part)
            timed = {cost: tables[cost] for cost in ("seconds",) if cost in tables}
            yield ", ".join(filter(None, [part, f"on {host}"])), timed


def compared(cost: str, table: CostTable) -> Iterator[dict[str, Any]]:
    """Yield the rows of `compare_optimizers` of one part of a run, and one cost."""
    whole = statistics.areas(table.medians)
    yield from _optimizers(cost, "", table, whole, _likely(table))
    families, groups = _grouped(table)
    if len(families) > 2:
        without = statistics.areas_without(table.medians, groups)
        for family, areas in zip(families, without, strict=True):
            yield from _optimizers(cost, family, table, areas)


def _likely(table: CostTable) -> list[dict[str, float]]:
    chances = statistics.rank_chances(table.by_draw)
    low, high = statistics.likely_ranks(chances)
    return [
        {"rank_low": low[i], "rank_high": high[i]}
        | {f"rank_{rank}": chance for rank, chance in enumerate(row, 1)}
        for i, row in enumerate(chances)
    ]


def _grouped(table: CostTable) -> tuple[list[str], np.ndarray]:
    """Return a table's families, and the index of each optimizer's family."""
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
                "draw_seeds": table.draw_seeds[i],
                "problems": applies[i],
                "solved": solved[i],
                "area": areas[i],
                "rank": ranks[i],
                **(likely[i] if likely else {}),
            }


def success(results: Results) -> pd.DataFrame:
    """Return McNemar's test for each pair of optimizers that differ in success.

    There are two tests. One treats each seed as a trial and refers to these problems
    only. The other treats each problem as one trial, decided by most of its seeds, and
    refers to problems like these.

    Args:
        results: The results of a run.

    Returns:
        A row for each pair of `optimizer` and `rival`: `only_optimizer`, `only_rival`,
        `trials`, `chance` and `corrected`, and each of these prefixed by `problems_`.
    """
    reached = cost_table(results, _reached, "steps")
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
