"""What each optimizer spent on each problem: a row for both, raw SI numbers."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from math import inf, isfinite, nan
from typing import Any

import pandas as pd

from ..keeping.reading import Run
from ..planning.asked import said
from ..statistics.intervals import interval, median
from .entries import Entry, entries
from .weigh import CALLS, forward_equivalents, ratios

COSTS = (
    "seconds",
    "steps",
    "gradient",
    "forward",
    "point",
    "jvp",
    "hvp",
    "hessian",
    "forward_equivalents",
)
Cost = Callable[[dict[str, Any]], float]


def summarize(run: Run) -> pd.DataFrame:
    """Return a row per problem and optimizer, in the order they were planned.

    A cost's median and interval are over seeds (rounds of a seed are not
    independent: their median stands for it); a trial that never reached the target
    costs inf. Every planned trial is counted, by the word it ended with.

    Args:
        run: From `bench.load`.

    Returns:
        Columns as the CSV has them: `X_to_target`, `X_to_target_low`, `_high` for
        every cost X, seconds in s, the rest in calls; nan where nothing is known.
    """
    gathered = entries(run)
    aimed = {e.problem for e in gathered for r in e.records if has_target(r)}
    rows = [_row(e, ratios(run.prices, e), e.problem in aimed) for e in gathered]
    return pd.DataFrame(rows)


def _row(entry: Entry, weights: Mapping[str, float], aimed: bool) -> dict[str, Any]:
    return {
        **_names(entry),
        **_ends(entry),
        **_to_target(entry, weights, aimed),
        **_losses(entry),
        **_rates(entry),
    }


def _names(entry: Entry) -> dict[str, Any]:
    first = entry.first
    settings = first["optimizer"].get("settings", {})
    return {
        "problem": entry.problem,
        "optimizer": entry.optimizer,
        "family": entry.family,
        "name": first["optimizer"].get("name", ""),
        "settings": json.dumps(settings | said(first), sort_keys=True),
        "dtype": first.get("dtype", ""),
        "device": "; ".join(sorted({str(r.get("device")) for r in entry.records})),
    }


def _ends(entry: Entry) -> dict[str, Any]:
    counts = Counter(record["end"] for record in entry.records)
    if entry.missing:
        counts["missing"] = entry.missing
    ends = (f"{word} {count}" for word, count in sorted(counts.items()))
    reasons = {r.get("reason") for r in entry.records if r["end"] in _EXPLAINED}
    reasons |= {r.get("stand_in") for r in entry.records}
    return {
        "trials": len(entry.records) + entry.missing,
        "finished": len(entry.records),
        "seeds": len({record["seed"] for record in entry.records}),
        "ends": ", ".join(ends),
        "reached": sum(is_reached(record) for record in entry.records),
        "reason": "; ".join(sorted(filter(None, reasons))),
    }


_EXPLAINED = ("failed", "skipped")


def _to_target(
    entry: Entry, weights: Mapping[str, float], aimed: bool
) -> dict[str, float]:
    # A trial killed before it knew its target did not reach it either.
    tried = [r for r in entry.records if r["end"] != "skipped" and aimed]
    row = {
        "target_loss": median(r["target_loss"] for r in tried if has_target(r)),
        "coverage": interval(over_seeds(tried, lambda r: 0.0)).coverage,
    }
    for cost in COSTS:
        spent = interval(
            over_seeds(tried, lambda r, cost=cost: to_target(r, cost, weights))
        )
        row[f"{cost}_to_target"] = spent.median
        row[f"{cost}_to_target_low"] = spent.low
        row[f"{cost}_to_target_high"] = spent.high
    return row


def has_target(record: dict[str, Any]) -> bool:
    """Return whether a trial was to reach a loss."""
    return record.get("target_loss") is not None


def is_reached(record: dict[str, Any]) -> bool:
    """Return whether a trial reached its target."""
    return record.get("steps_to_target") is not None


def to_target(record: dict, cost: str, weights: Mapping[str, float]) -> float:
    """Return what a trial had spent when it reached its target; inf for never."""
    if not is_reached(record):
        return nan if cost == "forward_equivalents" and not weights else inf
    if cost in ("seconds", "steps"):
        return number(record, f"{cost}_to_target", nan)
    readings = record.get("readings_to_target") or {}
    if cost == "forward_equivalents":
        return float(forward_equivalents(readings, weights)) if weights else nan
    return number(readings, cost, 0.0)


def over_seeds(records: list[dict[str, Any]], cost: Cost) -> list[float]:
    """Return one number a seed: the median over its rounds."""
    return list(by_seed(records, cost).values())


def by_seed(records: list[dict[str, Any]], cost: Cost) -> dict[int, float]:
    """Return the median over a seed's rounds, by seed in order."""
    seeds = defaultdict(list)
    for record in records:
        seeds[record["seed"]].append(cost(record))
    return {seed: median(numbers) for seed, numbers in sorted(seeds.items())}


def _losses(entry: Entry) -> dict[str, float]:
    # A trial that ended before its first loss has none; it did not diverge.
    run = [record for record in entry.records if record.get("start_loss") is not None]
    optimum = median(number(record, "optimum", nan) for record in run)
    row = {"optimum": optimum}
    for which in ("start", "final", "best"):
        loss = median(
            over_seeds(run, lambda r, key=f"{which}_loss": number(r, key, inf))
        )
        row[f"{which}_loss"] = loss
        row[f"{which}_suboptimality"] = loss - optimum
    return row


def _rates(entry: Entry) -> dict[str, float]:
    run = [record for record in entry.records if record["end"] != "skipped"]
    compiled = [number(record, "compile_seconds", nan) for record in run]
    return {
        "steps": median(over_seeds(run, lambda r: number(r, "steps", nan))),
        "seconds": median(over_seeds(run, lambda r: number(r, "seconds", nan))),
        # A compilation serves all trials that share it, which then report none.
        "compile_seconds": max(filter(isfinite, compiled), default=nan),
        "steps_per_second": median(over_seeds(run, _steps_per_second)),
        **{f"{call}_spent": median(_spent(run, call)) for call in CALLS},
    }


def _spent(records: list[dict[str, Any]], call: str) -> list[float]:
    return over_seeds(records, lambda r: number(r.get("readings") or {}, call, nan))


def _steps_per_second(record: dict[str, Any]) -> float:
    seconds = number(record, "seconds", nan)
    return number(record, "steps", nan) / seconds if seconds else nan


def number(record: Mapping[str, Any], key: str, otherwise: float) -> float:
    """Return a recorded number; `otherwise` where it is absent, null or nan."""
    value = record.get(key)
    if value is None:
        return otherwise
    return otherwise if (value := float(value)) != value else value
