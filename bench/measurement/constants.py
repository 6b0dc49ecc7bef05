"""The numbers that functions hold: arrays and scalars that they close over or name."""

import dataclasses
import functools
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from factories import is_own_file

_NUMBERS = (np.ndarray, np.generic, jax.Array, bool, int, float, complex)


def constants(functions: Any, known: Any = None) -> Iterator[Any]:
    """Yield the arrays and numbers that functions use besides their arguments.

    They are what the functions close over, their defaults, what `functools.partial` or
    a method has bound, and the global names that they use in a user's own files; of
    these, what a function, a container or a dataclass holds in turn.

    Args:
        functions: A function, or a container of functions.
        known: An object whose numbers are left out.
    """
    yield from _Walk(known).over(functions)


class _Walk:
    """Goes once through what functions reach, always in the same order."""

    def __init__(self, known: Any):
        self._seen: dict[int, Any] = {} if known is None else {id(known): known}

    def over(self, value: Any) -> Iterator[Any]:
        """Yield the numbers of a value."""
        if isinstance(value, _NUMBERS):
            yield value
        elif id(value) not in self._seen:
            self._seen[id(value)] = value  # alive, so that its id stays its own
            try:
                parts = list(self._parts(value))
            except Exception:  # an object of the user's that cannot be read
                parts = []
            for part in parts:
                yield from self.over(part)

    def _parts(self, value: Any) -> Iterator[Any]:
        if isinstance(value, types.FunctionType):
            yield from self._of_function(value)
        elif isinstance(value, types.MethodType):
            yield from (value.__func__, value.__self__)
        elif isinstance(value, functools.partial):
            yield from (value.func, value.args, value.keywords)
        elif isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, list | tuple):
            yield from value
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            yield from (getattr(value, f.name, None) for f in dataclasses.fields(value))
        else:
            yield getattr(value, "__wrapped__", None)  # by jax.jit, for example

    def _of_function(self, function: types.FunctionType) -> Iterator[Any]:
        where = function.__globals__
        own = _is_own(where)
        if not own and "<locals>" not in function.__qualname__:
            return  # of an installed package, which a key does not cover
        for cell in function.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # not filled yet
                continue
        yield function.__defaults__
        yield function.__kwdefaults__
        if own:
            names = sorted(_names(function.__code__))
            yield from (where[name] for name in names if name in where)


def _names(code: types.CodeType) -> set[str]:
    """Return the names that a function and those inside it may take from its module."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names(constant)
    return found


def _is_own(where: Mapping[str, Any]) -> bool:
    file = where.get("__file__")
    return bool(file) and is_own_file(Path(str(file)).resolve())
