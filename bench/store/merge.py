"""The finished trials of several runs as those of one."""

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from ..config.plan import in_round
from ..core.identity import identity
from ..core.readings import READINGS
from ..core.records import TrialRecord
from ..core.spec import Spec
from .hosts import HostNames
from .run import Run

Seeded = tuple[Hashable, int]
"""A trial group and a seed."""
Keep = Callable[[int, Spec], bool]
"""Whether a trial of a run, given by its number, is kept."""


class Kept(NamedTuple):
    """A finished trial of the merged run.

    Attributes:
        run: The number of the run that it comes from.
        there: Its record in that run.
        here: Its record in the merged run.
        other: What has its round here, if it was moved to another one.
    """

    run: int
    there: TrialRecord
    here: TrialRecord
    other: "Kept | None" = None

    @property
    def differences(self) -> list[str]:
        """What differs from the other besides seconds: `gradient 20 → 21`."""
        assert self.other is not None
        sides = (_results(kept.there) for kept in (self.other, self))
        pairs = zip(*sides, strict=True)
        return [f"{name} {a} → {b}" for (name, a), (_, b) in pairs if a != b]


def _results(record: TrialRecord) -> list[tuple[str, Any]]:
    calls = [(kind, record.readings.get(kind, 0)) for kind in READINGS]
    losses = [("final loss", record.final_loss)]
    return [("end", record.end), ("steps", record.steps), *calls, *losses]


class Joined(NamedTuple):
    """The trials of several runs.

    Attributes:
        kept: The finished ones, in planned order.
        planned: Finished and missing ones.
        repeated: How many have the same content in several runs, and are kept once.
        left_out: Finished trials that are not kept, each with the number of its run.
    """

    kept: list[Kept]
    planned: list[Spec]
    repeated: int
    left_out: list[tuple[int, TrialRecord]]


def join(
    runs: Sequence[Run],
    named: HostNames,
    prefer: int | None = None,
    keep: Keep = lambda run, spec: True,
) -> Joined:
    """Join the planned trials of several runs.

    A trial that several runs have with the same content is kept once. If its content
    differs, each is kept: those of later runs in the next free round of their seed.

    Args:
        runs: As their folders hold them, with the seconds of all hosts.
        named: Their hosts.
        prefer: The number of the run whose trial alone is kept where contents differ.
        keep: Whether a trial is kept at all.
    """
    return _Joining(runs, named, prefer, keep).joined()


class _Joining:
    def __init__(
        self, runs: Sequence[Run], named: HostNames, prefer: int | None, keep: Keep
    ):
        self._runs, self._named, self._prefer, self._keep = runs, named, prefer, keep
        self._places: dict[Seeded, dict[int, Kept]] = {}
        self._found: dict[tuple[int, str], Spec] = {}  # by run and key there
        self._left_out: list[tuple[int, TrialRecord]] = []
        self._repeated = 0

    def joined(self) -> Joined:
        numbers = sorted(range(len(self._runs)), key=lambda i: i != self._prefer)
        for number in numbers:
            self._add(number)
        planned = dict(self._planned())
        kept = (self._at(spec).get(spec.round) for spec in planned.values())
        finished = [one for one in kept if one is not None]
        return Joined(finished, [*planned.values()], self._repeated, self._left_out)

    def _at(self, spec: Spec) -> dict[int, Kept]:
        return self._places.setdefault((identity(spec), spec.seed), {})

    def _add(self, number: int) -> None:
        """Add the finished trials of a run, first those whose round is free."""
        again = []
        for record in _finished(self._runs[number]):
            known = self._at(record.spec)
            same = (k for k in known.values() if _is_again(k, number, record))
            if not self._keep(number, record.spec):
                self._left_out.append((number, record))
            elif (before := next(same, None)) is not None:
                self._repeated += 1
                self._found[number, record.key] = before.here.spec
            elif record.spec.round in known:
                again.append(record)
            else:
                self._put(number, record, record.spec)
        for record in again:
            self._add_again(number, record)

    def _add_again(self, number: int, record: TrialRecord) -> None:
        """Add a trial to the next free round, unless a preferred run has it."""
        known = self._at(record.spec)
        other = known[record.spec.round]
        if other.run == self._prefer:
            self._left_out.append((number, record))
            self._found[number, record.key] = other.here.spec
            return
        turn = next(turn for turn in count() if turn not in known)
        device = record.device or self._runs[number].record.device.get("kind", "")
        self._put(number, record, in_round(record.spec, turn, device), other)

    def _put(
        self, number: int, record: TrialRecord, spec: Spec, other: Kept | None = None
    ) -> None:
        host = self._named.of(number, record)
        here = replace(record, spec=spec, host=host)
        self._at(spec)[spec.round] = Kept(number, record, here, other)
        self._found[number, record.key] = spec

    def _planned(self) -> Iterator[tuple[tuple[Hashable, int, int], Spec]]:
        """Yield the planned trials by their place, some of them repeatedly."""
        for number, run in enumerate(self._runs):
            for spec in run.planned:
                if self._keep(number, spec):
                    here = self._found.get((number, spec.key), spec)
                    kept = self._at(here).get(here.round)
                    shown = here if kept is None else kept.here.spec
                    yield (identity(shown), shown.seed, shown.round), shown


def _finished(run: Run) -> Iterator[TrialRecord]:
    """Yield the finished trials of a run's plan, in planned order."""
    records = {record.key: record for record in run.records}
    for spec in run.planned:
        if spec.key in records:
            yield replace(records[spec.key], spec=spec)


def unplanned(run: Run) -> int:
    """Return the number of finished trials of another plan, which are not joined."""
    return len(run.records) - sum(1 for _ in _finished(run))


def _is_again(kept: Kept, number: int, record: TrialRecord) -> bool:
    """Return whether another run's trial has the same content."""
    return kept.run != number and _content(kept.there) == _content(record)


def _content(record: TrialRecord) -> str:
    """Return a trial's content, apart from its round and its host."""
    bare = replace(record.spec, round=0, key="", draw_seeds=())
    return json.dumps(replace(record, spec=bare, host="").to_json(), sort_keys=True)
