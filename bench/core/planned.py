"""The planned trials of a run in plain values, what they share once."""

from typing import Any

from .checking import RecordError
from .spec import Spec

_OWN = ("key", "seed", "round")


def grouped(planned: list[Spec]) -> list[dict[str, Any]]:
    """Return groups of trials: the shared fields once, and each key, seed and round."""
    groups: dict[str, dict[str, Any]] = {}
    for place, spec in enumerate(planned):
        shared = {k: v for k, v in spec.to_json().items() if k not in _OWN}
        group = groups.setdefault(repr(shared), {"spec": shared, "trials": []})
        group["trials"].append([place, *(getattr(spec, name) for name in _OWN)])
    return list(groups.values())


def apart(groups: Any) -> list[dict[str, Any]]:
    """Undo `grouped`, in plain values."""
    if groups is None:
        raise RecordError("no 'planned'")
    try:
        placed = [
            (place, {**group["spec"], **dict(zip(_OWN, own, strict=True))})
            for group in groups
            for place, *own in group["trials"]
        ]
        return [spec for _, spec in sorted(placed, key=lambda pair: pair[0])]
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise RecordError("'planned' is not a list of trials") from error
