"""Which sweeps a config asks for: one for each problem and optimizer."""

import hashlib
import json
from dataclasses import dataclass
from math import sqrt
from typing import Any

import factories
import optimizers
from optimizers import LogUniform

from ..core.spec import Spec
from .keys import key
from .schema import OptimizerEntry, TuningTable
from .scipy_methods import is_outside


@dataclass(frozen=True)
class TuningTask:
    """One optimizer to be tuned on one problem.

    Attributes:
        spec: Both, the optimizer with the settings that are fixed; its budget holds
            the target and the seconds that the sweep may take.
        ranges: The settings to be chosen.
        table: How.
        key: Names it: in words, and a hash of all that it depends on.
    """

    spec: Spec
    ranges: dict[str, LogUniform]
    table: TuningTable
    key: str

    @property
    def seed(self) -> int:
        """Return the seed that draws its settings, another for each task."""
        return int(self.key[-8:], 16)

    @classmethod
    def of(
        cls,
        spec: Spec,
        ranges: dict[str, LogUniform],
        table: TuningTable,
        device_kind: str,
    ) -> "TuningTask":
        """Return a task with its key."""
        depends = table.model_dump(exclude={"untuned", "seconds"})
        of_trial = key(spec, device_kind, {})
        text = json.dumps([ranges, depends, of_trial], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        words = of_trial.rpartition("-seed_")[0]
        return cls(spec, ranges, table, f"{words}-tuned-{digest}")


def ranges(entry: OptimizerEntry) -> dict[str, LogUniform]:
    """Return what is tuned of an entry: its own space, or else the optimizer's."""
    if entry.space is not None:
        return {name: LogUniform(r.low, r.high) for name, r in entry.space.items()}
    if is_outside(entry.name):  # nothing of SciPy's methods is tuned
        return {}
    return dict(optimizers.space(entry.name))


def default_settings(entry: OptimizerEntry) -> dict[str, Any]:
    """Return an entry's settings without tuning.

    What the entry says stands, then the factory's defaults; what it has none for is
    the middle of its range, √(low high).
    """
    if is_outside(entry.name):
        return entry.settings
    stated = factories.defaults(optimizers.factory(entry.name))
    known = {**optimizers.space(entry.name), **ranges(entry)}
    middles = {
        name: float(f"{sqrt(low * high):.4g}")
        for name, (low, high) in known.items()
        if stated.get(name) is ...
    }
    return middles | entry.settings
