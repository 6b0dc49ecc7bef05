"""Columns of numbers as one compact text, which the page's script reads again."""

import base64
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

DIFFERENCES, SINGLE, DOUBLE = "i", "f", "d"
"""Forms of a column: first differences of int32, float32 and float64."""
_DTYPES = {DIFFERENCES: "<i4", SINGLE: "<f4", DOUBLE: "<f8"}
ROUNDED = ("seconds", "gradient_norm")
"""Columns that are written in float32 whatever they lose; the others stay exact."""
Schema = tuple[tuple[str, str], ...]
"""The columns of a trace in their order, each with its form."""


class Pack:
    """Collects the columns of many traces.

    Attributes:
        schemas: The different lists of columns.
    """

    def __init__(self) -> None:
        self.schemas: list[Schema] = []
        self._known: dict[Schema, int] = {}
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, columns: Mapping[str, NDArray]) -> dict[str, int]:
        """Add the columns of a trace.

        Args:
            columns: float64[rows] by name, nan for a missing number.

        Returns:
            The place of the trace: `rows`; `columns`, the index of its schema; and
            `offset` in bytes.
        """
        forms = {name: _form(name, values) for name, values in columns.items()}
        schema = tuple(forms.items())
        index = self._known.setdefault(schema, len(self.schemas))
        if index == len(self.schemas):
            self.schemas.append(schema)
        rows = len(next(iter(columns.values()), ()))
        place = {"rows": rows, "columns": index, "offset": self._size}
        for name, values in columns.items():
            self._append(packed(values, forms[name]))
        return place

    def _append(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)

    def text(self) -> str:
        """Return all columns: in zlib's format, then in base64."""
        return base64.b64encode(zlib.compress(b"".join(self._pieces), 6)).decode()


def packed(values: NDArray, form: str) -> bytes:
    """Return a column's bytes: the first byte of each number, then the second, ...

    Bytes of the same place are alike, which compresses better.
    """
    if form == DIFFERENCES:
        values = np.diff(values, prepend=0)
    numbers = np.ascontiguousarray(values, _DTYPES[form])
    width = numbers.dtype.itemsize
    return numbers.view(np.uint8).reshape(-1, width).T.tobytes()


def _form(name: str, values: NDArray) -> str:
    """Return the most compact form that keeps every number, or that may round."""
    if name in ROUNDED:
        return SINGLE
    if len(values) and _whole(values):
        return DIFFERENCES
    with np.errstate(over="ignore"):
        same = values.astype(np.float32) == values
    return SINGLE if (same | np.isnan(values)).all() else DOUBLE


def _whole(values: NDArray) -> bool:
    """Return whether the differences are whole numbers that an int32 can hold."""
    if not np.isfinite(values).all() or (np.abs(values) >= 2**30).any():
        return False
    return bool((values == np.rint(values)).all())
