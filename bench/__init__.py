"""Measures what an optimizer's progress costs; the names to import stand here."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .keeping.reading import Run as Run
    from .keeping.reading import load as load
    from .measuring.lab import Lab as Runtime
    from .measuring.sweep import Lane as SweepTrial
    from .measuring.sweep import sweep as sweep
    from .planning.spec import Batch as Batch
    from .planning.spec import Budget as Budget
    from .planning.spec import Named as Named
    from .planning.spec import Spec as Spec
    from .planning.spec import Target as Target
    from .running.in_process import experiment as experiment
    from .running.profile import profile as profile
    from .running.single import measure as measure
    from .statistics.intervals import Interval as Interval
    from .statistics.intervals import interval as interval
    from .statistics.intervals import median as median

_EXPORTS = {
    "Batch": ("planning.spec", "Batch"),
    "Budget": ("planning.spec", "Budget"),
    "Interval": ("statistics.intervals", "Interval"),
    "Lab": ("measuring.lab", "Lab"),
    "Lane": ("measuring.sweep", "Lane"),
    "Named": ("planning.spec", "Named"),
    "Run": ("keeping.reading", "Run"),
    "Runtime": ("measuring.lab", "Lab"),
    "Spec": ("planning.spec", "Spec"),
    "SweepTrial": ("measuring.sweep", "Lane"),
    "Target": ("planning.spec", "Target"),
    "experiment": ("running.in_process", "experiment"),
    "interval": ("statistics.intervals", "interval"),
    "load": ("keeping.reading", "load"),
    "measure": ("running.single", "measure"),
    "median": ("statistics.intervals", "median"),
    "profile": ("running.profile", "profile"),
    "sweep": ("measuring.sweep", "sweep"),
}


def __dir__() -> list[str]:
    return sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    """Import JAX and pandas when they are first needed, not for `--help`."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _EXPORTS[name]
    return getattr(import_module(f".{module}", __name__), attribute)
