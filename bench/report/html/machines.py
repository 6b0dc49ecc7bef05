"""The runs of a page and the machines that they ran on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ...core.hosts import Host
from ...core.records import TrialRecord
from ...core.text import one_line
from ...store.hosts import own
from ...store.run import Run


class Hosts(NamedTuple):
    """The machines of some runs.

    Attributes:
        timed: For each run, by the key of each of its trials: the index of the machine
            that timed it, and its record with the seconds there.
        plain: Descriptions of the machines.
    """

    timed: list[dict[str, tuple[int, TrialRecord]]]
    plain: list[dict[str, Any]]


def run_names(runs: Sequence[Run]) -> list[str]:
    """Return a different name for each run: its own, or else its folder's."""
    names = [run.record.name for run in runs]
    if len(set(names)) < len(names):
        names = [Path(run.folder).resolve().name for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name} {place}" for place, name in enumerate(names, 1)]
    return names


def hosts(runs: Sequence[Run]) -> Hosts:
    """Return the machines of runs, each once, and which of them timed which trial."""
    known: list[Host] = []
    timed = []
    for run in runs:
        mine: dict[str, tuple[int, TrialRecord]] = {}
        for host, part in _parts(run):
            same = (i for i, other in enumerate(known) if other.is_same(host))
            if (index := next(same, len(known))) == len(known):
                known.append(host)
            mine |= {record.key: (index, record) for record in part.records}
        timed.append(mine)
    several = len(known) > 1
    plain = [{"name": _name(h, several), "facts": _facts(h)} for h in known]
    return Hosts(timed, plain)


def _parts(run: Run) -> Iterator[tuple[Host, Run]]:
    """Yield each machine of a run, with the run of its trials."""
    if not run.by_host:
        yield own(run.record), run
    for name, part in run.by_host.items():
        yield run.record.hosts.get(name, own(run.record)), part


def _facts(host: Host) -> list[list[str]]:
    lasting = {k: x for k, x in host.machine.items() if k != "megahertz"}
    facts = replace(host, machine=lasting).facts
    device = {"accelerator": host.accelerator} if host.accelerator else {}
    return [[name, words] for name, words in {**facts, **device}.items()]


def _name(host: Host, several: bool) -> str:
    """Return what a machine is, after its name if there are several."""
    words = host.words or "an unknown machine"
    return f"{one_line(host.name)}: {words}" if several else words
