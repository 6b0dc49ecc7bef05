"""Measures what an optimizer's progress costs: `measure`, `experiment`, `load`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .in_process import experiment as experiment
    from .reading import load as load
    from .single import measure as measure

__all__ = ["experiment", "load", "measure"]


def __getattr__(name: str) -> Any:
    """Import JAX and pandas when they are first needed, not for `--help`."""
    if name == "experiment":
        from .in_process import experiment

        return experiment
    if name == "measure":
        from .single import measure

        return measure
    if name == "load":
        from .reading import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
