"""Expand the entries of a config into fixed settings."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice, product
from math import prod
from typing import Any

from .schema import Entry


def count(entry: Entry) -> int:
    """Return how many fixed settings an entry stands for."""
    return prod(len(values) for values in entry.grid.values())


def variants(entry: Entry, most: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield an entry's settings for each point of its grid, the last key fastest."""
    for point in islice(product(*entry.grid.values()), most):
        yield entry.settings | dict(zip(entry.grid, point, strict=True))


def one_at_a_time(entry: Entry) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield each value of the grid once, beside the first value of the other keys."""
    first = {key: values[0] for key, values in entry.grid.items()}
    for key, values in entry.grid.items():
        for index, value in enumerate(values):
            yield key, index, entry.settings | first | {key: value}


def repeated(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Yield the index of each entry that repeats one before it, and of that one."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        for settings in variants(entry):
            plain = [entry.name, settings, entry.model_dump().get("target")]
            text = json.dumps(plain, sort_keys=True)
            if text in seen:
                yield index, seen[text]
                break
            seen[text] = index
