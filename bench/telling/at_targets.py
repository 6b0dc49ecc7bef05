"""What each optimizer had spent at each of several targets, in every unit."""

from collections.abc import Mapping
from math import inf, nan
from typing import Any

import pandas as pd

from ..keeping.reading import Run
from ..statistics.intervals import interval
from .entries import Entry, entries
from .summary import over_seeds
from .weigh import CALLS, flops, forward_equivalents, ratios

UNITS = ("seconds", "steps", *CALLS, "forward_equivalents", "flops", "examples")


def at_targets(run: Run) -> pd.DataFrame:
    """Return a row per problem, optimizer and target, the greatest loss first.

    Args:
        run: From `bench.load`.

    Returns:
        Columns `problem`, `optimizer`, `target_loss`, `trials`, `reached`, and for
        each unit X its median over seeds `X`, `X_low` and `X_high`: seconds in s,
        calls, steps, FLOPs, examples read; inf where it was never enough, nan where a
        price is not known.
    """
    found = [row for entry in entries(run) for row in _rows(entry, run)]
    return pd.DataFrame(found)


def _rows(entry: Entry, run: Run) -> list[dict[str, Any]]:
    tried = [r for r in entry.records if r["end"] != "skipped"]
    known = {"forward_equivalents": ratios(run.prices, entry)}
    known["flops"] = flops(run.prices, entry)
    most = max((len(r.get("targets") or []) for r in tried), default=0)
    return [_row(entry, tried, place, known) for place in range(most)]


def _row(
    entry: Entry,
    tried: list[dict[str, Any]],
    place: int,
    known: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    rows = [_at(record, place) for record in tried]
    row: dict[str, Any] = {
        "problem": entry.problem,
        "optimizer": entry.optimizer,
        "target_loss": next(r["loss"] for r in rows if "loss" in r),
        "trials": len(tried),
        "reached": sum("steps" in r for r in rows),
    }
    for unit in UNITS:
        spent = over_seeds(rows, lambda r, unit=unit: _spent(r, unit, known))
        middle, low, high, _ = interval(spent)
        row |= {unit: middle, f"{unit}_low": low, f"{unit}_high": high}
    return row


def _at(record: Mapping[str, Any], place: int) -> dict[str, Any]:
    """Return what a trial had spent at a target; only its seed where it died first."""
    targets = record.get("targets") or []
    at = dict(targets[place]) if place < len(targets) else {}
    calls = sum((record.get("readings") or {}).values())
    each = record.get("examples", 0) / calls if calls else nan
    return at | {"seed": record["seed"], "each": each}


def _spent(
    row: Mapping[str, Any], unit: str, known: Mapping[str, Mapping[str, float]]
) -> float:
    weights = known.get(unit)
    if "steps" not in row:
        return nan if weights is not None and not weights else inf
    if unit in ("seconds", "steps"):
        return float(row[unit])
    readings = row["readings"]
    if unit == "examples":
        return sum(readings.values()) * row["each"]
    if weights is not None:
        return float(forward_equivalents(readings, weights)) if weights else nan
    return float(readings[unit])
