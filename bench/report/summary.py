"""The summary: a row for each problem and optimizer, in raw SI numbers."""

import json
from collections import Counter
from math import inf, isfinite, nan
from typing import Any

import pandas as pd

from ..core.at_target import AtTarget
from ..core.costs import COSTS, Prices
from ..core.footprint import MEASURES
from ..core.readings import READINGS
from ..core.records import FAULTS, TrialRecord
from ..statistics.intervals import interval, median
from . import metrics
from .disturbed import is_disturbed
from .groups import Results, TrialGroup, settings
from .seeds import over_seeds

TO_TARGET = (
    *("seconds", "steps", "gradient"),
    *(kind for kind in READINGS if kind != "gradient"),
    *("forward_equivalents", "flops"),
)
"""The units of cost to the target in a row."""
_REASONS = (*FAULTS, "skipped")
CERTIFIED, BEST_KNOWN = "certified", "best known"
"""Sources of a least loss."""


def summarize(results: Results) -> pd.DataFrame:
    """Return a row for each problem and optimizer, in planned order.

    A cost's median and interval are over seeds (rounds of a seed are not independent,
    and count once, by their median). The cost of a trial that did not reach the target
    is inf; that of a lost trial is unknown, and it is left out. Every planned trial is
    counted, by its end.

    Args:
        results: The results of a run.

    Returns:
        The columns of the CSV: `X_to_target`, `X_to_target_low`, `_high` for every
        unit X, seconds in s, the rest in calls; nan if not known.
    """
    return pd.DataFrame([_row(group, results) for group in results.groups])


def _row(group: TrialGroup, results: Results) -> dict[str, Any]:
    return {
        **_names(group),
        **_ends(group),
        **_to_target(group, results),
        **_losses(group),
        **metrics.values(group),
        **_rates(group),
        **_footprint(group),
    }


def _names(group: TrialGroup) -> dict[str, Any]:
    spec = group.spec
    return {
        "problem": group.problem,
        "optimizer": group.optimizer,
        "family": spec.family,
        "name": spec.optimizer.name,
        "settings": json.dumps(settings(spec), sort_keys=True),
        "batch": spec.batch_size,
        "dtype": spec.dtype,
        "arithmetic": spec.arithmetic,
        "matmul_precision": spec.matmul_precision,
        "device": "; ".join(sorted(set(map(_device, group.records)))),
    }


def _device(record: TrialRecord) -> str:
    """Return the device of a trial, and how many if there are several."""
    number = record.spec.devices
    return f"{number} x {record.device}" if number > 1 else str(record.device)


def _ends(group: TrialGroup) -> dict[str, Any]:
    counts = Counter(record.end for record in group.records)
    if group.missing:
        counts["missing"] = group.missing
    reasons = {r.reason for r in group.records if r.end in _REASONS}
    reasons |= {r.stand_in for r in group.records}
    return {
        "trials": len(group.records) + group.missing,
        "finished": len(group.records),
        "seeds": len({record.spec.seed for record in group.known}),
        "ends": ends_in_words(counts),
        "reached": sum(record.is_reached for record in group.known),
        "lost": group.lost,
        "disturbed": sum(map(is_disturbed, group.records)),
        "reason": "; ".join(sorted(filter(None, reasons))),
    }


def ends_in_words(counts: Counter[str]) -> str:
    """Return the number of trials with each end: `budget 2, target 8`."""
    return ", ".join(f"{word} {count}" for word, count in sorted(counts.items()))


def _to_target(group: TrialGroup, results: Results) -> dict[str, Any]:
    # A trial that was killed before its target was known did not reach it.
    tried = group.applicable if group.problem in results.with_target else []
    with_target = [record for record in tried if record.target_loss is not None]
    row = {
        "target": next(metrics.targets_in_words(with_target), ""),
        "target_loss": median(known(record.target_loss) for record in with_target),
        "target_metric": next((r.target_metric for r in with_target), ""),
        "resolution": metrics.resolution(with_target),
        "coverage": interval(over_seeds(group.applicable, lambda r: 0.0)).coverage,
    }
    for cost in TO_TARGET:
        prices = results.unit_prices(group, cost)
        spent = interval(
            over_seeds(tried, lambda r, c=cost, p=prices: r.cost_to_target(c, p))
        )
        row[f"{cost}_to_target"] = spent.median
        row[f"{cost}_to_target_low"] = spent.low
        row[f"{cost}_to_target_high"] = spent.high
    return row


def _losses(group: TrialGroup) -> dict[str, Any]:
    # A trial that ended before its first loss has none; it did not diverge.
    started = [record for record in group.known if record.start_loss is not None]
    optimum = median(known(record.optimum) for record in started)
    row: dict[str, Any] = {"optimum": optimum, "optimum_source": ""}
    if isfinite(optimum):
        is_best_known = group.spec.best_known is not None
        row["optimum_source"] = BEST_KNOWN if is_best_known else CERTIFIED
    for which in ("start", "final", "best"):
        name = f"{which}_loss"
        loss = median(
            over_seeds(started, lambda r, name=name: known(getattr(r, name), inf))
        )
        row[name] = loss
        row[f"{which}_suboptimality"] = loss - optimum
    return row


def _rates(group: TrialGroup) -> dict[str, float]:
    tried = group.applicable
    compiled = [record.compile_seconds for record in tried]
    return {
        "steps": median(over_seeds(tried, lambda r: r.steps)),
        "seconds": median(over_seeds(tried, _seconds)),
        # Only the first of the trials that share a program reports its compilation.
        "compile_seconds": max(filter(isfinite, compiled), default=nan),
        "steps_per_second": median(over_seeds(tried, _steps_per_second)),
        "cpu_share": median(over_seeds(tried, lambda record: record.cpu_share)),
        **{f"{kind}_spent": median(_spent(tried, kind)) for kind in READINGS},
    }


def _footprint(group: TrialGroup) -> dict[str, float]:
    """Return the numbers of the trials' program, which all seeds share."""
    held = [record.footprint for record in group.applicable]
    return {m.name: median(map(m.of, filter(None, held))) for m in MEASURES}


def _spent(records: list[TrialRecord], kind: str) -> list[float]:
    return over_seeds(records, lambda r: r.readings.get(kind, nan))


def _seconds(record: TrialRecord) -> float:
    return record.seconds if record.spec.timed else nan


def _steps_per_second(record: TrialRecord) -> float:
    return record.steps / record.seconds if record.seconds else nan


def known(value: float | None, otherwise: float = nan) -> float:
    """Return a recorded number; `otherwise` if it is missing or nan."""
    return otherwise if value is None or value != value else value


def at_targets(results: Results) -> pd.DataFrame:
    """Return a row for each problem, optimizer and target, the easiest first.

    Args:
        results: The results of a run.

    Returns:
        Columns `problem`, `optimizer`, `batch` (the examples of a call, nan for all),
        `target_metric` (empty for the training loss), `target_loss` (its value),
        `trials`, `reached`, and for each unit X of `COSTS` its median over seeds `X`,
        `X_low` and `X_high`: seconds in s, calls, steps, FLOPs, examples read; inf if
        the target was not reached, nan if a price is not known.
    """
    return pd.DataFrame(
        [row for g in results.groups for row in _target_rows(g, results)]
    )


def _target_rows(group: TrialGroup, results: Results) -> list[dict[str, Any]]:
    prices = {name: results.unit_prices(group, name) for name in COSTS}
    most = max((len(record.targets) for record in group.applicable), default=0)
    return [_target_row(group, place, prices) for place in range(most)]


def _target_row(
    group: TrialGroup, place: int, prices: dict[str, Prices]
) -> dict[str, Any]:
    tried = group.applicable
    reached = [at_target for r in tried if (at_target := _at(r, place)) is not None]
    row: dict[str, Any] = {
        "problem": group.problem,
        "optimizer": group.optimizer,
        "batch": group.spec.batch_size,
        "target_metric": tried[0].target_metric,
        "target_loss": reached[0].value,
        "trials": len(tried),
        "reached": sum(at_target.reached for at_target in reached),
    }
    for name in COSTS:
        costs = over_seeds(
            tried, lambda r, name=name: cost_at(r, place, name, prices[name])
        )
        middle, low, high, _ = interval(costs)
        row |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    return row


def _at(record: TrialRecord, place: int) -> AtTarget | None:
    """Return the cost of a trial to a target; None if its worker died before."""
    return record.targets[place] if place < len(record.targets) else None


def cost_at(record: TrialRecord, place: int, cost: str, prices: Prices) -> float:
    """Return a trial's cost to the target at a place, the easiest first.

    Args:
        record: Of a trial that applies.
        place: From 0.
        cost: A name of `COSTS`.
        prices: Of each kind of call, for a priced unit.

    Returns:
        inf if the target was not reached, nan if a price is not known, and of seconds
        if the trial is not timed.
    """
    if cost == "seconds" and not record.spec.timed:
        return nan
    at_target = _at(record, place) or AtTarget(loss=nan)
    return at_target.cost(cost, prices, record.examples_per_call)
