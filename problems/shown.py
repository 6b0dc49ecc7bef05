"""How a problem is shown: its size, its examples and its settings, in three lines."""

import math
from dataclasses import fields
from typing import Any

import jax

from .points import params_of, shapes_at_start

_PARTS = {"train": "training", "held_out": "held-out", "validation": "validation"}
_PLAIN = (bool, int, float, str)
_LONGEST = 8
"""Numbers of a list that are shown."""


class Shown:
    """A problem that is shown without its arrays."""

    def __repr__(self) -> str:
        """Return three lines."""
        return "\n".join((_size(self), _examples(self), _settings(self)))


def _size(problem: Any) -> str:
    """Return the problem's class with the number and the type of its parameters."""
    name = type(getattr(problem, "own", problem)).__name__
    try:
        leaves = jax.tree.leaves(params_of(shapes_at_start(problem)))
        count = sum(math.prod(leaf.shape) for leaf in leaves)
        kinds = dict.fromkeys(str(leaf.dtype) for leaf in leaves)
    except Exception:  # a user's code may raise anything, and this only shows it
        return f"{name}: its start cannot be made"
    return f"{name}: {count:,} parameter{'s' * (count != 1)}, {', '.join(kinds)}"


def _examples(problem: Any) -> str:
    """Return the numbers of examples."""
    parts = {words: getattr(problem, name, None) for name, words in _PARTS.items()}
    counts = {w: getattr(part, "count", 0) for w, part in parts.items()}
    told = (f"{count:,} {w}" for w, count in counts.items() if count)
    return f"examples: {', '.join(told) or 'none'}"


def _settings(problem: Any) -> str:
    """Return the fields that are no arrays."""
    inside = getattr(problem, "problem", None)
    own = (
        f"{field.name} = {value}"
        for field in fields(problem)
        if field.metadata.get("static")
        and _is_short(value := getattr(problem, field.name))
    )
    of = () if inside is None else (f"of {type(inside).__name__}",)
    return f"settings: {', '.join([*of, *own]) or 'none'}"


def _is_short(value: Any) -> bool:
    several = value if isinstance(value, tuple) else (value,)
    return 0 < len(several) <= _LONGEST and all(isinstance(x, _PLAIN) for x in several)
