"""The missing trials of a run in blocks, each held by one process at a time."""

import hashlib
import json
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from ..config.plan import identity
from ..core.errors import RunError, RunMissing
from ..core.spec import Spec
from ..store import files, trials
from .executor import Block

_WAIT = 0.5
"""Seconds after which the locks of blocks held by other processes are tried again."""


def in_blocks(specs: Iterable[Spec]) -> list[Block]:
    """Return trials in blocks, round by round, shuffled within a block.

    They are sorted by the hash in their keys. It depends on the round, and is the same
    each time, so that the remaining trials of a block keep their order.
    """
    ordered = sorted(specs, key=lambda spec: (*_shared(spec), identity(spec.key)))
    blocks = groupby(ordered, key=_shared)
    return [Block(tuple(block)) for _, block in blocks]


def problem_of(spec: Spec) -> str:
    """Return what the trials on one problem share."""
    return json.dumps([asdict(spec.problem), spec.arithmetic], sort_keys=True)


def _shared(spec: Spec) -> tuple[int, str]:
    """Return the round and the problem, which the trials of a block share."""
    return spec.round, problem_of(spec)


def _name(block: Block) -> str:
    turn, problem = _shared(block.trials[0])
    text = f"{turn} {problem}"
    return f"block-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class Claim(NamedTuple):
    """A block that this process holds until it releases the lock."""

    block: Block
    lock: FileLock


class Pending:
    """The missing trials.

    Blocks that another process holds come last, and run here only if that process
    does not finish them.

    Args:
        specs: The trials.
        folder: The run folder.
        again: Keys of finished trials that are run again.
    """

    def __init__(self, specs: Sequence[Spec], folder: Path, again: Sequence[str] = ()):
        self._blocks = deque(in_blocks(specs))
        self._folder, self._again = folder, set(again)
        self.count, self.blocks = len(specs), len(self._blocks)

    def claim(self) -> Claim | None:
        """Return a block that no other process holds; None if no trial is missing."""
        while self._blocks:
            for _ in range(len(self._blocks)):
                block = self._blocks.popleft()
                lock = files.acquire_lock(self._folder, _name(block))
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
        if not trials.exists(self._folder, spec.key):
            return True
        try:
            trials.read_trial(self._folder, spec.key)
        except (RunError, RunMissing):
            return True
        return False
