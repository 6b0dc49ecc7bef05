"""The trials of a run of which only the tables were kept, from the costs of each."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from math import isfinite
from typing import Any

from ...core.at_target import AtTarget
from ...core.readings import READINGS
from ...core.records import TrialRecord
from ...core.spec import Spec
from ...store.run import Run
from ..groups import Results, identity

Row = dict[str, Any]
_NAMES = ["problem", "optimizer", "seed", "round"]


def with_trials(run: Run) -> Run:
    """Return a run whose trials are known by their costs to each target alone.

    Args:
        run: One of a folder that keeps only its tables.

    Raises:
        RunMissing: It has no file of the costs of trials.
    """
    rows: dict[tuple, list[Row]] = defaultdict(list)
    for row in run.costs.to_dict("records"):
        rows[tuple(row[name] for name in _NAMES)].append(row)
    records = [_record(spec, rows[key]) for key, spec in _planned(run) if key in rows]
    return replace(run, records=tuple(records))


def _planned(run: Run) -> Iterator[tuple[tuple, Spec]]:
    """Yield each planned trial, after the names that its rows have."""
    groups = {identity(group.spec): group for group in Results(run).groups}
    for spec in run.planned:
        group = groups[identity(spec)]
        yield (group.problem, group.optimizer, spec.seed, spec.round), spec


def _record(spec: Spec, rows: list[Row]) -> TrialRecord:
    targets = [_at_target(row) for row in rows]
    hardest, last = targets[-1], rows[-1]
    return TrialRecord(
        spec,
        last["end"],
        reason="only its costs were kept",
        steps=hardest.steps or 0,
        seconds=hardest.seconds or 0.0,
        readings=hardest.readings or {},
        target_loss=hardest.value,
        targets=targets,
        examples=int(last["examples"]) if hardest.reached else 0,
        seconds_to_target=hardest.seconds,
        steps_to_target=hardest.steps,
        readings_to_target=hardest.readings,
    )


def _at_target(row: Row) -> AtTarget:
    value, of = float(row["target_loss"]), row["target_metric"]
    if not isfinite(row["steps"]):
        return AtTarget(value, metric=of)
    calls = {kind: int(row[kind]) for kind in READINGS if row[kind]}
    steps, seconds = int(row["steps"]), float(row["seconds"])
    return AtTarget(value, steps, seconds, calls, metric=of)
