"""What each optimizer had spent at each of several targets, in every unit."""

from typing import Any

import pandas as pd

from ..core.costs import COSTS, Prices
from ..core.records import AtTarget, TrialRecord
from ..statistics.intervals import interval
from .groups import Results, TrialGroup
from .summary import over_seeds


def at_targets(results: Results) -> pd.DataFrame:
    """Return a row per problem, optimizer and target, the greatest loss first.

    Args:
        results: Of a run.

    Returns:
        Columns `problem`, `optimizer`, `target_loss`, `trials`, `reached`, and for
        each unit X of `COSTS` its median over seeds `X`, `X_low` and `X_high`: seconds
        in s, calls, steps, FLOPs, examples read; inf where it was never enough, nan
        where a price is not known.
    """
    return pd.DataFrame([row for g in results.groups for row in _rows(g, results)])


def _rows(group: TrialGroup, results: Results) -> list[dict[str, Any]]:
    prices = {
        name: results.prices(group, cost.priced) if cost.priced else {}
        for name, cost in COSTS.items()
    }
    most = max((len(record.targets) for record in group.applicable), default=0)
    return [_row(group, place, prices) for place in range(most)]


def _row(group: TrialGroup, place: int, prices: dict[str, Prices]) -> dict[str, Any]:
    tried = group.applicable
    reached = [at_target for r in tried if (at_target := _at(r, place)) is not None]
    row: dict[str, Any] = {
        "problem": group.problem,
        "optimizer": group.optimizer,
        "target_loss": reached[0].loss,
        "trials": len(tried),
        "reached": sum(at_target.reached for at_target in reached),
    }
    for name in COSTS:
        costs = over_seeds(tried, lambda r, name=name: _cost(r, place, name, prices))
        middle, low, high, _ = interval(costs)
        row |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    return row


def _at(record: TrialRecord, place: int) -> AtTarget | None:
    """Return what a trial had spent at a target; None where it died before."""
    return record.targets[place] if place < len(record.targets) else None


def _cost(
    record: TrialRecord, place: int, name: str, prices: dict[str, Prices]
) -> float:
    at_target = _at(record, place) or AtTarget(loss=float("nan"))
    return at_target.cost(name, prices[name], record.examples_per_call)
