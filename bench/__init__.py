"""Measures what an optimizer's progress costs; the names to import stand here."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.spec import Batch as Batch
    from .core.spec import Budget as Budget
    from .core.spec import Named as Named
    from .core.spec import Spec as Spec
    from .core.spec import Target as Target
    from .execute.experiment import experiment as experiment
    from .execute.measure import measure as measure
    from .measurement.profile import profile as profile
    from .measurement.runtime import Runtime as Runtime
    from .measurement.sweep import SweepTrial as SweepTrial
    from .measurement.sweep import sweep as sweep
    from .statistics.intervals import Interval as Interval
    from .statistics.intervals import interval as interval
    from .statistics.intervals import median as median
    from .store.run import Run as Run
    from .store.run import load as load

_EXPORTS = {
    "Batch": ("core.spec", "Batch"),
    "Budget": ("core.spec", "Budget"),
    "Interval": ("statistics.intervals", "Interval"),
    "Named": ("core.spec", "Named"),
    "Run": ("store.run", "Run"),
    "Runtime": ("measurement.runtime", "Runtime"),
    "Spec": ("core.spec", "Spec"),
    "SweepTrial": ("measurement.sweep", "SweepTrial"),
    "Target": ("core.spec", "Target"),
    "experiment": ("execute.experiment", "experiment"),
    "interval": ("statistics.intervals", "interval"),
    "load": ("store.run", "load"),
    "measure": ("execute.measure", "measure"),
    "median": ("statistics.intervals", "median"),
    "profile": ("measurement.profile", "profile"),
    "sweep": ("measurement.sweep", "sweep"),
}


def __dir__() -> list[str]:
    return sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    """Import JAX and pandas when they are first needed, not for `--help`."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _EXPORTS[name]
    return getattr(import_module(f".{module}", __name__), attribute)
