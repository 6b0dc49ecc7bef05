"""The trials of a page and their groups, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isclose, isfinite
from typing import Any, Literal

from numpy.typing import NDArray

from ...core.at_target import AtTarget
from ...core.metrics import COORDINATES, LOSS
from ...core.readings import READINGS
from ...core.records import TrialRecord
from ..disturbed import is_disturbed
from ..groups import settings
from ..metrics import words
from ..summary import known
from .courses import Member
from .quantities import (
    GRADIENT_NORM,
    SUBOPTIMALITY,
    Quantity,
    convergence,
    stated,
)
from .repeat import config_of
from .rows import Trace
from .thinning import Seen, kept

ALWAYS = ("seed",)
"""What every trial has, also if it is 0."""
PRICED = ("ratio_to_forward", "flops", "seconds")
"""The prices of a call: in forward passes, in FLOPs and in seconds."""


def finite(value: Any) -> float | None:
    """Return a number as JSON has it: None for nan and infinities."""
    return float(value) if value is not None and isfinite(value) else None


def group_plain(member: Member) -> dict[str, Any]:
    """Return a group's settings, prices and config, without its trials."""
    spec = member.group.spec
    return {
        "settings": settings(spec),
        "name": spec.optimizer.name,
        "batch": spec.batch_size,
        "tuned": spec.tuned,
        "drawSeeds": list(spec.draw_seeds),
        "planned": len(member.group.records) + member.group.missing,
        "missing": member.group.missing,
        "prices": {
            column: member.results.prices(member.group, column) for column in PRICED
        },
        "stateBytes": _state(member.group.known),
        "config": config_of(spec),
    }


def _state(records: Sequence[TrialRecord]) -> float | None:
    bytes_of = (record.footprint for record in records)
    return next((float(known.state_bytes) for known in bytes_of if known), None)


def trial_plain(record: TrialRecord, versions: Mapping[str, str]) -> dict[str, Any]:
    """Return a trial's end and surroundings, without its trace and its targets.

    What is missing, empty or 0 is left out.

    Args:
        record: The trial.
        versions: Of its run; its own are stated where they differ.
    """
    plain = {
        "seed": record.spec.seed,
        "round": record.spec.round,
        "key": record.key,
        "end": record.end,
        "reason": record.reason,
        "output": record.output,
        "standIn": record.stand_in,
        "steps": record.steps,
        "seconds": finite(record.seconds),
        "compileSeconds": finite(record.compile_seconds),
        "examplesPerCall": finite(record.examples_per_call),
        "start": finite(record.start_loss),
        "final": finite(record.final_loss),
        "best": finite(record.best_loss),
        "metrics": {words(name): scores for name, scores in record.metrics.items()},
        "device": record.device,
        "versions": record.versions if record.versions != versions else {},
        "disturbed": is_disturbed(record),
    }
    return {name: value for name, value in plain.items() if value or name in ALWAYS}


def reached(
    record: TrialRecord, stated: Sequence[AtTarget]
) -> list[dict[str, Any] | Literal[False] | None]:
    """Return what each stated target of a problem cost a trial.

    Returns:
        None for one that it did not reach; False for one that it did not have, as in
        another run with other targets.
    """
    if not record.targets:
        return [None] * len(stated)
    found = ([r for r in record.targets if _same(r, target)] for target in stated)
    return [_reached(rows[0]) if rows else False for rows in found]


def _same(one: AtTarget, other: AtTarget) -> bool:
    return one.metric == other.metric and isclose(one.value, other.value)


def _reached(row: AtTarget) -> dict[str, Any] | None:
    """Return what a target cost; None if it was not reached."""
    if not row.reached:
        return None
    plain = asdict(row)
    names = ("steps", "seconds", "measured", "resolution")
    calls = {kind: n for kind, n in (row.readings or {}).items() if n}
    known = {name: plain[name] for name in names if plain[name] is not None}
    return known | {"readings": calls}


class Thinner:
    """Chooses the rows and columns of the traces of one problem.

    Args:
        records: All trials on it.
        quantities: What is shown of it.
        every: Whether every row is kept, as of paths on a landscape.
    """

    def __init__(
        self,
        records: Sequence[TrialRecord],
        quantities: Sequence[Quantity],
        every: bool,
    ):
        self._every = every
        self._quantities = [q for q in quantities if q.column != SUBOPTIMALITY]
        self._levels = {
            q.column: [q.levels, stated(records, q.column, q.rising)]
            for q in self._quantities
            if q.column != GRADIENT_NORM
        }
        losses = (known(record.best_loss) for record in records)
        self.least = min(filter(isfinite, losses), default=None)

    def columns(self, trace: Trace) -> dict[str, NDArray]:
        """Return the columns of a trace, float64[kept rows] each."""
        if not trace:
            return {}
        shown = [q for q in self._quantities if q.column in trace]
        seen = [self._seen(quantity, trace) for quantity in shown]
        rows = kept(trace["step"], seen, self._every)
        names = ["step", "seconds", *(quantity.column for quantity in shown)]
        names += [name for name in (*COORDINATES, *READINGS) if name in trace]
        return {name: trace[name][rows] for name in names}

    def _seen(self, quantity: Quantity, trace: Trace) -> Seen:
        values = trace[quantity.column]
        levels = list(self._levels.get(quantity.column, ()))
        if quantity.column == LOSS and self.least is not None and len(values):
            levels.append(convergence(trace, self.least))
        return Seen(values, quantity.rising, levels)
