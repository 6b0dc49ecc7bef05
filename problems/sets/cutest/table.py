"""What is known of the members of `cutest`: a table that needs no sif2jax."""

import csv
from pathlib import Path
from typing import NamedTuple, cast

from ..problem_set import Class

_FILE = Path(__file__).with_name("members.csv")


class Row(NamedTuple):
    """A problem of CUTEst.

    Attributes:
        name: CUTEst's name in lower case.
        module: Of sif2jax.
        parameters: n.
        size: The argument of sif2jax's class that gives this n; empty for the usual n.
        kind: Its class.
        least: The least value; None if it is not known.
        source: Of the least value; empty for none.
        value: f at the start, by the translation of the SIF file by S2MPJ.
        slope: |grad f| there, likewise.
    """

    name: str
    module: str
    parameters: int
    size: dict[str, int]
    kind: Class
    least: float | None
    source: str
    value: float
    slope: float


def _row(cells: dict[str, str]) -> Row:
    key, _, size = cells["size"].partition("=")
    return Row(
        cells["name"],
        cells["module"],
        int(cells["parameters"]),
        {key: int(size)} if key else {},
        cast(Class, cells["kind"]),
        float(cells["least"]) if cells["least"] else None,
        cells["source"],
        float(cells["value"]),
        float(cells["slope"]),
    )


def _read() -> dict[str, Row]:
    with _FILE.open(newline="") as file:
        return {row.name: row for row in map(_row, csv.DictReader(file))}


ROWS = _read()
"""The members by name."""
