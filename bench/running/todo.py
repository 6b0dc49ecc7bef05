"""Which trials of a plan are still to be done, and whose turn each is."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import CorruptTrial
from ..keeping import locks, store
from ..keeping.store import Record
from ..planning.keys import identity
from ..planning.spec import Spec

_WAIT = 0.5


def adopt(specs: Sequence[Spec], done: Mapping[str, Record]) -> list[Spec]:
    """Take over the keys of trials that are there under other words.

    A key's hash says what was measured. Its words follow labels and grids, and a
    new label is no reason to measure again.
    """
    known = {identity(key): key for key in done}
    return [
        replace(spec, key=known.get(identity(spec.key), spec.key)) for spec in specs
    ]


def in_rounds(specs: Iterable[Spec]) -> list[Spec]:
    """Return trials round by round, those of a round in an order of its own.

    The hash in a key holds the round, and is as good as chance. It is the same in
    every run: what is left of a round keeps its order.
    """
    return sorted(specs, key=lambda spec: (spec.round, identity(spec.key)))


class Todo:
    """The trials that are missing, each held while it is being done.

    Iterating takes a trial only when it is asked for, and lets go of it at the next;
    what another process is doing comes last, and is done here only if that process
    leaves it undone.
    """

    def __init__(self, specs: Sequence[Spec], folder: Path, again: Sequence[str] = ()):
        self.specs = list(specs)
        self.folder = folder
        self.again = set(again)

    def __len__(self) -> int:
        return len(self.specs)

    def __iter__(self) -> Iterator[Spec]:
        left = self.specs
        while left:
            elsewhere: list[Spec] = []
            for spec in left:
                with locks.held(self.folder, spec.key) as ours:
                    if not ours:
                        elsewhere.append(spec)
                    elif self._missing(spec):
                        yield spec
            if len(elsewhere) == len(left):
                time.sleep(_WAIT)
            left = elsewhere

    def _missing(self, spec: Spec) -> bool:
        if spec.key in self.again:
            self.again.discard(spec.key)
            return True
        try:
            store.read_trial(self.folder, spec.key)
        except CorruptTrial:
            return True
        return False


def relabel(
    specs: Sequence[Spec], done: Mapping[str, Record], write: Callable[[Record], None]
) -> None:
    """Give the trials that are done the labels that the config has now."""
    for spec in specs:
        record = done.get(spec.key)
        labels = {"label": spec.label, "problem_label": spec.problem_label}
        if record is not None and not labels.items() <= record.items():
            write(record | labels)
