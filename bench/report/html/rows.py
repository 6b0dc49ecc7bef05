"""The rows of many trials of a run, read together, which is faster than one by one."""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pandas as pd
from numpy.typing import NDArray

from ...core.readings import READINGS
from ...store.run import Run, trace_frame

Trace = Mapping[str, NDArray]
"""The columns of a trial's rows, float64[rows] each; none if it made no step."""
UNUSED = ("measured", "suboptimality", "examples")
"""Columns that follow from others, or that a page does not show."""


def traces(run: Run, keys: Iterable[str]) -> dict[str, Trace]:
    """Return the rows of trials by key.

    Raises:
        RunError: A file is not a table of numbers.
    """
    found: dict[str, Trace] = {}
    alike: dict[bytes, dict[str, bytes]] = defaultdict(dict)
    for key in keys:
        source = run.sources.get(key)
        if isinstance(source, bytes):
            header, _, body = source.partition(b"\n")
            alike[header][key] = body
        elif source is None:
            found[key] = _NONE
        else:
            found[key] = _columns(run.trace(key))
    for header, bodies in alike.items():
        try:
            found |= _apart(header, bodies)
        except ValueError:  # one by one, which says in which file it is
            found |= {key: _columns(run.trace(key)) for key in bodies}
    return found


def _apart(header: bytes, bodies: Mapping[str, bytes]) -> dict[str, Trace]:
    """Return the traces of files with the same header."""
    text = b"\n".join([header, b"".join(bodies.values())])
    wanted = [name for name in header.decode().split(",") if name not in UNUSED]
    rows = pd.read_csv(io.BytesIO(text), usecols=wanted, dtype=float)
    columns = _columns(rows)
    found, first = {}, 0
    for key, body in bodies.items():
        last = first + body.count(b"\n")
        found[key] = {name: values[first:last] for name, values in columns.items()}
        first = last
    if first != len(rows):
        raise ValueError("a file does not end with a whole line")
    return found


def _columns(rows: pd.DataFrame) -> Trace:
    """Return the columns of a table; readings that stay 0 are left out."""
    names = [name for name in rows if name not in UNUSED]
    columns = {str(name): rows[name].to_numpy(float) for name in names}
    return {k: x for k, x in columns.items() if k not in READINGS or x.any()}


_NONE = _columns(trace_frame([]))
