"""Which trials of two runs are held against each other."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from ..keeping.reading import Run, problem_label
from ..telling.entries import Entry, entries, identity


class Cell(NamedTuple):
    """One optimizer on one problem, as two runs measured it."""

    a: Entry
    b: Entry

    @property
    def names(self) -> tuple[str, str]:
        """Return what B's tables call the problem and the optimizer."""
        return self.b.problem, self.b.optimizer


class Matched(NamedTuple):
    """The cells of two runs, in B's order, and what only one of them has."""

    cells: list[Cell]
    only_a: list[Entry]
    only_b: list[Entry]


def match(a: Run, b: Run) -> Matched:
    """Match equal settings first, then equal labels that are left once in each run.

    The second kind is an optimizer or a problem whose settings were changed.
    """
    left, right = entries(a), entries(b)
    order = [id(entry) for entry in right]
    cells: list[Cell] = []
    for name in (_settings, _labels):
        once = _once(left, name), _once(right, name)
        found = [Cell(once[0][key], once[1][key]) for key in once[1] if key in once[0]]
        left = _less(left, (cell.a for cell in found))
        right = _less(right, (cell.b for cell in found))
        cells += found
    return Matched(sorted(cells, key=lambda c: order.index(id(c.b))), left, right)


def _settings(entry: Entry) -> Hashable:
    return identity(entry.first)


def _labels(entry: Entry) -> Hashable:
    return problem_label(entry.first), entry.first["label"]


def _once(
    found: Iterable[Entry], name: Callable[[Entry], Hashable]
) -> dict[Hashable, Entry]:
    """Return the entries whose name no other has."""
    groups = defaultdict(list)
    for entry in found:
        groups[name(entry)].append(entry)
    return {key: group[0] for key, group in groups.items() if len(group) == 1}


def _less(found: list[Entry], taken: Iterable[Entry]) -> list[Entry]:
    ids = {id(entry) for entry in taken}
    return [entry for entry in found if id(entry) not in ids]
