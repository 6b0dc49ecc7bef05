"""Measures what an optimizer's progress costs: `measure` and `load`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .reading import load as load
    from .single import measure as measure

__all__ = ["load", "measure"]


def __getattr__(name: str) -> Any:
    """Import JAX and pandas when they are first needed, not for `--help`."""
    if name == "measure":
        from .single import measure

        return measure
    if name == "load":
        from .reading import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
