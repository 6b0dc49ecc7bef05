"""Which trials of a plan are still to be done, in blocks that one process holds."""

import hashlib
import json
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from ..config.keys import identity
from ..core.errors import CorruptTrial
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store import locks, trials
from .executor import Block

_WAIT = 0.5
"""Seconds after which blocks that another process holds are looked at again."""


def adopt(specs: Sequence[Spec], done: Mapping[str, TrialRecord]) -> list[Spec]:
    """Reuse finished trials whose key has the same hash and other words.

    A key's hash says what was measured. Its words follow labels and grids, and a
    new label is no reason to measure again.
    """
    known = {identity(key): key for key in done}
    return [
        replace(spec, key=known.get(identity(spec.key), spec.key)) for spec in specs
    ]


def relabel(
    specs: Sequence[Spec], done: Mapping[str, TrialRecord], folder: Path
) -> None:
    """Give the trials that are done the labels that the config has now."""
    for spec in specs:
        record = done.get(spec.key)
        if record is not None and record.spec != spec:
            trials.amend(folder, replace(record, spec=spec))


def in_blocks(specs: Iterable[Spec]) -> list[Block]:
    """Return trials in blocks, round by round, those of a block in a mixed order.

    The hash in a key is as good as chance, and holds the round. It is the same in
    every run: what is left of a block keeps its order.
    """
    ordered = sorted(specs, key=lambda s: (s.round, _problem(s), identity(s.key)))
    blocks = groupby(ordered, key=lambda spec: (spec.round, _problem(spec)))
    return [Block(tuple(block)) for _, block in blocks]


def _problem(spec: Spec) -> str:
    """Return what is the same for all trials of a block."""
    return json.dumps([asdict(spec.problem), spec.dtype], sort_keys=True)


def _name(block: Block) -> str:
    first = block.trials[0]
    text = f"{first.round} {_problem(first)}"
    return f"block-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class Claim(NamedTuple):
    """A block that this process holds until it releases the lock."""

    block: Block
    lock: FileLock


class Pending:
    """The trials that are missing.

    What another process is doing comes last, and is done here only if that process
    leaves it undone.

    Args:
        specs: The trials.
        folder: The run folder.
        again: Keys of trials that are done once more though they are there.
    """

    def __init__(self, specs: Sequence[Spec], folder: Path, again: Sequence[str] = ()):
        self._blocks = deque(in_blocks(specs))
        self._folder, self._again = folder, set(again)
        self.count = len(specs)

    def claim(self) -> Claim | None:
        """Return a block that no other process holds; None when all is done."""
        while self._blocks:
            for _ in range(len(self._blocks)):
                block = self._blocks.popleft()
                lock = locks.acquire(self._folder, _name(block))
                if lock is None:
                    self._blocks.append(block)
                elif missing := [s for s in block.trials if self._is_missing(s)]:
                    return Claim(Block(tuple(missing)), lock)
                else:
                    lock.release()
            if self._blocks:
                time.sleep(_WAIT)
        return None

    def _is_missing(self, spec: Spec) -> bool:
        if spec.key in self._again:
            self._again.discard(spec.key)
            return True
        try:
            trials.read_trial(self._folder, spec.key)
        except CorruptTrial:
            return True
        return False
