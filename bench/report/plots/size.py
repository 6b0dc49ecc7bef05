"""The size of figures on paper: one or two columns, or a number of inches."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from factories import nearest

from ...core.errors import BenchError


class Size(NamedTuple):
    """The size of a figure in inches.

    Attributes:
        width: Its width.
        height: Its height; None for what its contents need.
    """

    width: float
    height: float | None = None


ONE_COLUMN = Size(3.4)
SIZES = {"one-column": ONE_COLUMN, "two-column": Size(7.0)}
LEAST, MOST = 2.0, 40.0
"""Of a width or a height, in inches."""
_INCHES = re.compile(r"(\d+(?:\.\d*)?|\.\d+)x(\d+(?:\.\d*)?|\.\d+)")
_size = ContextVar("size", default=ONE_COLUMN)


class NoRoom(Exception):
    """A figure's text leaves no room for its axes."""


def size_of(text: str) -> Size:
    """Return a size from a name of `SIZES` or from `WIDTHxHEIGHT` in inches.

    Raises:
        BenchError: It is neither, or too small or too large.
    """
    if text in SIZES:
        return SIZES[text]
    found = _INCHES.fullmatch(text)
    if found is None:
        names = ", ".join(SIZES)
        words = f"not a size: {names}, or WIDTHxHEIGHT in inches such as 3.4x2.5."
        raise BenchError(f"--size {text}: {words}{nearest(text, SIZES)}")
    size = Size(*map(float, found.groups()))
    if not all(LEAST <= side <= MOST for side in map(float, found.groups())):
        words = f"width and height are from {LEAST:g} to {MOST:g} inches"
        raise BenchError(f"--size {text}: {words}")
    return size


def current() -> Size:
    """Return the size at which figures are made."""
    return _size.get()


@contextmanager
def sized(size: Size) -> Iterator[None]:
    """Make figures of this size."""
    token = _size.set(size)
    try:
        yield
    finally:
        _size.reset(token)
