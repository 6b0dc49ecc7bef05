"""Measures what an optimizer's progress costs; the names to import stand here."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .keeping.reading import load as load
    from .measuring.lab import Lab as Lab
    from .measuring.sweep import Lane as Lane
    from .measuring.sweep import sweep as sweep
    from .planning.spec import Budget as Budget
    from .planning.spec import Named as Named
    from .planning.spec import Spec as Spec
    from .planning.spec import Target as Target
    from .running.in_process import experiment as experiment
    from .running.profile import profile as profile
    from .running.single import measure as measure

_MODULES = {
    "Budget": "planning.spec",
    "Lab": "measuring.lab",
    "Lane": "measuring.sweep",
    "Named": "planning.spec",
    "Spec": "planning.spec",
    "Target": "planning.spec",
    "experiment": "running.in_process",
    "load": "keeping.reading",
    "measure": "running.single",
    "profile": "running.profile",
    "sweep": "measuring.sweep",
}


def __dir__() -> list[str]:
    return sorted(_MODULES)


def __getattr__(name: str) -> Any:
    """Import JAX and pandas when they are first needed, not for `--help`."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
