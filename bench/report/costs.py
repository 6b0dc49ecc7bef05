"""Every trial's cost to every target in every unit: one compact file of a run."""

import hashlib
import json
from collections.abc import Iterator
from itertools import product
from math import nan
from typing import Any

import pandas as pd

from ..core.costs import COSTS
from ..core.readings import METER
from ..core.records import TrialRecord
from ..store.costs import COST_COLUMNS, COSTS_FILE, ORIGIN_FILE, Origin
from ..store.files import to_json
from ..store.packed import gzipped
from .format import csv_text
from .groups import Results, TrialGroup, settings
from .summary import cost_at


def trial_costs(results: Results) -> pd.DataFrame:
    """Return a row for each finished trial and target, the easiest first.

    Args:
        results: The results of a run.

    Returns:
        `problem`, `optimizer`, `family` and `settings` as in summary.csv; `label` and
        the problem's `class` as in the config; whether tuning chose the settings,
        `tuned`, and with which `draw_seeds`, a JSON list; `batch`, the examples of a
        step, nan for all; `seed`, `round`, `end`; `target_metric`, empty for the
        training loss, and its value `target_loss`; and the cost in each unit of
        `COSTS`: seconds in s, calls, steps, FLOPs, examples read. A cost is inf if the
        target was not reached, nan if it is not known or the optimizer does not apply.
    """
    targets = _targets(results)
    rows = [
        row
        for group in results.groups
        for row in _rows(group, targets.get(group.problem, []), results)
    ]
    return pd.DataFrame(rows, columns=list(COST_COLUMNS))


def _targets(results: Results) -> dict[str, list[float]]:
    """Return the targets by problem, also for trials that ended before them."""
    by_problem: dict[str, list[float]] = {}
    for group in results.groups:
        for record in group.records:
            known = by_problem.setdefault(group.problem, [])
            known += [target.value for target in record.targets[len(known) :]]
    return by_problem


def _rows(
    group: TrialGroup, targets: list[float], results: Results
) -> Iterator[dict[str, Any]]:
    prices = {name: results.unit_prices(group, name) for name in COSTS}
    counted = {record.key for record in group.applicable}  # in the tables' medians
    for record, (place, value) in product(group.records, enumerate(targets)):
        known = record.key in counted
        costs = {
            name: cost_at(record, place, name, prices[name]) if known else nan
            for name in COSTS
        }
        target = {"target_metric": record.target_metric, "target_loss": value}
        yield {**_names(group, record), **target, **costs}


def _names(group: TrialGroup, record: TrialRecord) -> dict[str, Any]:
    spec = group.spec
    return {
        "problem": group.problem,
        "class": spec.problem_class,
        "optimizer": group.optimizer,
        "label": spec.label,
        "family": spec.family,
        "tuned": spec.tuned,
        "draw_seeds": json.dumps(spec.draw_seeds),
        "batch": spec.batch_size,
        "settings": json.dumps(settings(spec), sort_keys=True),
        "seed": record.spec.seed,
        "round": record.spec.round,
        "end": record.end,
    }


def packed(costs: pd.DataFrame) -> bytes:
    """Return the rows as a gzipped CSV: equal rows, equal bytes.

    Args:
        costs: From `trial_costs`.
    """
    return gzipped(csv_text(costs))


def kept(results: Results) -> dict[str, str | bytes]:
    """Return the file of all costs and that of their origin; none without a target."""
    costs = trial_costs(results)
    if costs.empty:
        return {}
    content = packed(costs)
    made = origin(results, content)
    return {COSTS_FILE: content, ORIGIN_FILE: to_json(made.to_json())}


def origin(results: Results, content: bytes) -> Origin:
    """Return what tells later whether the costs of a run still fit.

    Args:
        results: The results of the run.
        content: Of the file of its costs.
    """
    starts: dict[str, dict[str, float]] = {}
    by_clock: dict[str, int] = {}
    for group in results.groups:
        of_problem = starts.setdefault(group.problem, {})
        for record in group.records:
            if record.start_loss is not None:
                of_problem.setdefault(str(record.spec.seed), record.start_loss)
            by_clock[group.spec.label] = by_clock.get(group.spec.label, 0) + int(
                record.end == "budget" and record.seconds >= record.spec.budget.seconds
            )
    cut = {label: count for label, count in by_clock.items() if count}
    return Origin(hashlib.sha256(content).hexdigest(), METER, starts, cut)
