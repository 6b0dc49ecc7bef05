"""What tuning has to choose: an optimizer's ranges on a problem, and what it draws."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import factories
import optimizers
from optimizers import LogUniform

from ..core.metrics import Metric
from ..core.spec import Spec, is_scipy
from .criterion import scored_metric
from .schema import OWN, OptimizerEntry, TuningTable


@dataclass(frozen=True)
class TuningTask:
    """One optimizer to be tuned on one problem, with one draw seed.

    Attributes:
        spec: Both, the optimizer with its fixed settings; its budget holds
            the target and the seconds that the sweep may take.
        ranges: The settings to be chosen.
        table: The config's `[tuning]`.
        draw_seed: The draw seed.
        untuned: The values of these settings without tuning; empty if one is not a
            number.
        key: A description, and a hash of all that determines the result.
    """

    spec: Spec
    ranges: dict[str, LogUniform]
    table: TuningTable
    draw_seed: int
    untuned: dict[str, float]
    key: str

    @property
    def seed(self) -> int:
        """Return the number that determines which settings are drawn.

        It depends on the problem, the optimizer, the budget and the draw seed alone, so
        that the draws are the same on every device and in every dtype.
        """
        spec, table = self.spec, self.table
        named = [
            {"name": each.name, "settings": each.settings}
            for each in (spec.problem, spec.optimizer)
        ]
        depends = [*named, spec.oracle_settings, table.budget, table.unit]
        depends.append(self.draw_seed)
        text = json.dumps(depends, sort_keys=True)
        return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)

    @property
    def metric(self) -> Metric | None:
        """The metric by which settings are scored; None for the training loss."""
        return scored_metric(self.table, self.spec.budget.target)

    @classmethod
    def of(
        cls,
        spec: Spec,
        ranges: dict[str, LogUniform],
        table: TuningTable,
        draw_seed: int,
        untuned: Mapping[str, Any],
        of_trial: str,
    ) -> "TuningTask":
        """Return a task with its key, made of that of a trial with its spec."""
        are_numbers = all(_is_number(untuned.get(name)) for name in ranges)
        own = {name: float(untuned[name]) for name in ranges} if are_numbers else {}
        aside = {"untuned", "seconds", "draw_seeds"}
        determines = table.model_dump(exclude=aside, exclude_none=True)
        depends = [ranges, determines, of_trial, draw_seed, own]
        text = json.dumps(depends, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        words = of_trial.rpartition("-seed_")[0]
        return cls(spec, ranges, table, draw_seed, own, f"{words}-tuned-{digest}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def untuned_values(entry: OptimizerEntry) -> dict[str, Any]:
    """Return the settings of an entry without tuning, also the factory's defaults."""
    return factories.defaults(optimizers.factory(entry.name)) | default_settings(entry)


def ranges(entry: OptimizerEntry) -> dict[str, LogUniform]:
    """Return an entry's search space: its own, or else the optimizer's."""
    if entry.space is not None:
        return {name: LogUniform(r.low, r.high) for name, r in entry.space.items()}
    if is_scipy(entry.name):  # SciPy's methods are not tuned
        return {}
    return dict(optimizers.space(entry.name))


def default_settings(entry: OptimizerEntry) -> dict[str, Any]:
    """Return an entry's settings without tuning.

    They are those of the entry, then the factory's defaults; a setting without either
    gets the middle of its range, √(low high).
    """
    if is_scipy(entry.name):
        return entry.settings
    stated = factories.defaults(optimizers.factory(entry.name))
    known = {**optimizers.space(entry.name), **ranges(entry)}
    middles = {
        name: float(f"{sqrt(low * high):.4g}")
        for name, (low, high) in known.items()
        if stated.get(name) is ... and name not in entry.settings.get(OWN, {})
    }
    return middles | entry.settings
