"""What tuning has to choose: an optimizer's ranges on a problem, and what it draws."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import factories
import optimizers
from optimizers import LogUniform

from ..core.metrics import Metric
from ..core.spec import Spec, is_scipy
from .criterion import scored_metric
from .oracle import OWN
from .schema import OptimizerEntry, TuningTable

Names = tuple[str, str, int]
"""The labels of a problem and an optimizer, and a draw seed."""
Known = Mapping[Names, dict[str, float]]
"""Settings that an earlier tuning chose."""


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
    def names(self) -> Names:
        """What is tuned, by the labels that a config gives it."""
        return self.spec.problem_label, self.spec.label, self.draw_seed

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


def own_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return an entry's settings with those of its table `settings` beside them."""
    own = settings.get(OWN)
    return settings | (own if isinstance(own, dict) else {})


def untuned_values(entry: OptimizerEntry) -> dict[str, Any]:
    """Return the value of each setting of the search space without tuning.

    It is that of `default_settings`, or else the factory's default; None if there is
    neither.

    Raises:
        FactoryError: The optimizer has no such setting.
    """
    settings = own_settings(default_settings(entry))
    return {path: _value(entry.name, settings, path) for path in ranges(entry)}


def _value(name: str, settings: Mapping[str, Any], path: str) -> Any:
    """Return what is stated at a path, or else the factory's default; or None."""
    stated = factories.stated(settings, path)
    if stated is not ...:
        return stated
    default = optimizers.arguments(name, settings, path).get(path.rpartition(".")[2])
    return None if default is ... else default


def ranges(entry: OptimizerEntry) -> dict[str, LogUniform]:
    """Return an entry's search space by path: its own, or else the optimizer's."""
    if entry.space is not None:
        return {name: LogUniform(r.low, r.high) for name, r in entry.space.items()}
    if is_scipy(entry.name):  # SciPy's methods are not tuned
        return {}
    return dict(optimizers.space(entry.name, own_settings(entry.settings)))


def default_settings(entry: OptimizerEntry) -> dict[str, Any]:
    """Return an entry's settings without tuning.

    They are those of the entry, then the factory's defaults; a setting without either
    gets the middle of its range, √(low high).

    Raises:
        FactoryError: A name is unknown, or the path of a range leads nowhere.
    """
    if is_scipy(entry.name):
        return entry.settings
    own = own_settings(entry.settings)
    known = {**optimizers.space(entry.name, own), **ranges(entry)}
    middles = {
        path: float(f"{sqrt(low * high):.4g}")
        for path, (low, high) in known.items()
        if _is_missing(entry.name, own, path)
    }
    flat = {key: middle for key, middle in middles.items() if "." not in key}
    nested = {path: middle for path, middle in middles.items() if "." in path}
    return flat | with_values(entry.settings, nested)


def _is_missing(name: str, settings: Mapping[str, Any], path: str) -> bool:
    """Return whether a setting has to be stated and is not."""
    if factories.stated(settings, path) is not ...:
        return False
    arguments = optimizers.arguments(name, settings, path)
    return arguments.get(path.rpartition(".")[2]) is ...


def with_values(settings: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's settings with other values of some, by path.

    Raises:
        FactoryError: A path leads nowhere.
    """
    inner = {p: v for p, v in values.items() if _is_in_own(settings, p)}
    outer = {p: v for p, v in values.items() if p not in inner}
    new = factories.placed(settings, outer)
    return new | {OWN: factories.placed(new[OWN], inner)} if inner else new


def without_values(settings: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Return an entry's settings without those at some paths.

    Raises:
        FactoryError: A path leads nowhere.
    """
    paths = list(paths)
    inner = [path for path in paths if _is_in_own(settings, path)]
    outer = [path for path in paths if path not in inner]
    new = factories.without(settings, outer)
    return new | {OWN: factories.without(new[OWN], inner)} if inner else new


def _is_in_own(settings: dict[str, Any], path: str) -> bool:
    """Return whether a path leads into a table that is in the entry's `settings`."""
    first, dot, _ = path.partition(".")
    own = settings.get(OWN)
    return bool(dot) and isinstance(own, dict) and first in own
