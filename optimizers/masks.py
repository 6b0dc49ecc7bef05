"""Parameters chosen by their paths or their number of axes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import jax
import numpy as np
import optax

from factories import FactoryError, nearest

from .contract import NotApplicable

KEYS = ("only", "not", "ndim")
_SHOWN = 6
"""Paths that an error lists."""


@dataclass(frozen=True)
class Mask:
    """Params -> a tree of whether each array is chosen, as optax's `mask` arguments.

    An array is chosen if a pattern of `only` matches its path, if there are any, no
    pattern of `without` does, and it has `ndim` axes, if that is stated. The path of
    the first weight of a tuple of layers is "0/weight"; the patterns are those of
    `fnmatch`, in which `*` stands for any text.

    Attributes:
        only, without: Patterns; each has to match the path of an array.
        ndim: A number of axes: 2 for matrices.

    Raises:
        NotApplicable: When it is called: a pattern matches none of the params.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    ndim: int | None = None

    def __call__(self, params: Any) -> Any:
        """Return bool for each array, in a tree like `params`."""
        leaves, structure = jax.tree_util.tree_flatten_with_path(params)
        found = [(_path(keys), np.ndim(leaf)) for keys, leaf in leaves]
        if not _is_part(params):
            self.refuse_unmatched([path for path, _ in found])
        return jax.tree.unflatten(structure, [self._takes(*each) for each in found])

    def _takes(self, path: str, ndim: int) -> bool:
        chosen = not self.only or _matches(path, self.only)
        right = self.ndim is None or ndim == self.ndim
        return chosen and right and not _matches(path, self.without)

    def refuse_unmatched(self, paths: Sequence[str]) -> None:
        """Raise NotApplicable if a pattern matches none of these paths."""
        for pattern in (*self.only, *self.without):
            if not any(_matches(path, [pattern]) for path in paths):
                hint = nearest(pattern.strip("*"), paths)
                raise NotApplicable(
                    f'the pattern "{pattern}" matches none of the parameters, '
                    f"{_listed(paths)}.{hint}"
                )


def _path(keys: Any) -> str:
    return jax.tree_util.keystr(keys, simple=True, separator="/")


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _is_part(params: Any) -> bool:
    """Return whether optax has left out some of the params already."""
    leaves = jax.tree.leaves(params, is_leaf=_is_left_out)
    return any(map(_is_left_out, leaves))


def _is_left_out(leaf: Any) -> bool:
    return isinstance(leaf, optax.MaskedNode)


def _listed(paths: Sequence[str]) -> str:
    if paths == [""]:
        return "which are one array without a name"
    more = ", ..." if len(paths) > _SHOWN else ""
    return ", ".join(f'"{path}"' for path in paths[:_SHOWN]) + more


def is_mask(key: str, value: Any) -> bool:
    """Return whether a setting is a table of patterns, and no tree of booleans."""
    if not isinstance(value, Mapping) or not (key == "where" or key.endswith("mask")):
        return False
    if any(name in value for name in KEYS):
        return True
    return not all(isinstance(leaf, bool) for leaf in jax.tree.leaves(value))


def mask(table: Mapping[str, Any]) -> Mask:
    """Return the mask that a table describes.

    Args:
        table: Any of `only` and `not`, lists of patterns, and `ndim`, a whole number.

    Raises:
        FactoryError: A key is unknown, or a value is of the wrong type.
    """
    for key, value in table.items():
        if key not in KEYS:
            hint = nearest(key, KEYS)
            words = f'unknown key "{key}".'
            raise FactoryError(words, key, hint=hint, choices=KEYS)
        if key == "ndim":
            _check(type(value) is int and value >= 0, "a whole number", key, value)
        else:
            are_texts = isinstance(value, list | tuple) and all(
                isinstance(each, str) for each in value
            )
            _check(are_texts and len(value) > 0, "a list of patterns", key, value)
    if not table:
        raise FactoryError("states no parameters: it takes only, not or ndim")
    only, without = (tuple(table.get(key, ())) for key in ("only", "not"))
    return Mask(only, without, table.get("ndim"))


def _check(right: bool, wanted: str, key: str, value: Any) -> None:
    if not right:
        raise FactoryError(f"should be {wanted}", key, value=repr(value))


def arrays(params: Any) -> dict[str, int]:
    """Return the number of axes of each array of some params, by its path."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(params)
    return {_path(keys): np.ndim(leaf) for keys, leaf in leaves}


def unmatched(settings: Any, arrays: Mapping[str, int]) -> Iterator[str]:
    """Yield a sentence for each table with a pattern that matches no parameter.

    Args:
        settings: Of an optimizer, in which others may be nested.
        arrays: As the function `arrays` returns them.
    """
    if isinstance(settings, list | tuple):
        for each in settings:
            yield from unmatched(each, arrays)
    for key, value in settings.items() if isinstance(settings, Mapping) else ():
        if not is_mask(key, value):
            yield from unmatched(value, arrays)
            continue
        try:
            mask(value).refuse_unmatched(list(arrays))
        except NotApplicable as error:
            yield str(error)
