"""The hosts of a run folder: which machine timed which trial."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..core.hosts import Host, name_in
from ..core.records import RunRecord, TrialRecord
from . import files, reading, trials
from . import folder as run_folder


def own(record: RunRecord) -> Host:
    """Return the machine that run.json states."""
    return Host(record.machine, record.device)


def own_name(record: RunRecord) -> str:
    """Return the name of the machine that run.json states, among its hosts."""
    return name_in(record.hosts, own(record))


class HostNames(NamedTuple):
    """The hosts of several runs, with names that tell them apart.

    Attributes:
        hosts: By name.
        names: For each run, the name here of each of the names that its trials state.
    """

    hosts: dict[str, Host]
    names: list[dict[str, str]]

    def of(self, run: int, record: TrialRecord) -> str:
        """Return the name here of the host of a run's trial."""
        return self.names[run][record.host]


def named(records: Sequence[RunRecord]) -> HostNames:
    """Name the hosts of several runs."""
    hosts: dict[str, Host] = {}
    return HostNames(hosts, [_names(record, hosts) for record in records])


def _names(record: RunRecord, hosts: dict[str, Host]) -> dict[str, str]:
    """Add the hosts of a run to those that are known, and return their names there."""
    names = {}
    for stated, host in (*record.hosts.items(), ("", own(record))):
        names[stated] = name_in(hosts, host)
        hosts.setdefault(names[stated], host)
    return names


def stamped(folder: Path, done: Mapping[str, TrialRecord]) -> dict[str, TrialRecord]:
    """Return the finished trials of a folder, each with its host.

    In a folder with several hosts, those that name none were timed on the machine that
    run.json states; it is written into their records before another run replaces that.
    """
    known = run_folder.read(folder)
    if known is None or not known.hosts:
        return dict(done)
    host = own_name(known)
    return {key: _with_host(folder, record, host) for key, record in done.items()}


def _with_host(folder: Path, record: TrialRecord, host: str) -> TrialRecord:
    if record.host:
        return record
    stated = replace(record, host=host)
    trials.amend(folder, stated)
    return stated


def carried(folder: Path, described: RunRecord) -> RunRecord:
    """Return run.json for a run that continues in a folder, with the folder's hosts."""
    known = run_folder.read(folder)
    if known is None or not known.hosts:
        return described
    return replace(described, hosts=named([known, described]).hosts)


def added(folder: Path, machine: Mapping[str, Any], kind: str | None = None) -> str:
    """Return the name of a machine in a run folder, whose run.json then states it.

    Args:
        folder: The run folder.
        machine: As `store.environment.machine` returns it there.
        kind: JAX's name of the device there; by default that of run.json.

    Returns:
        Empty for the machine of run.json.
    """
    with files.lock(folder, "hosts"):
        path = folder / "run.json"
        # Without its specs, of which a hundred thousand need half a gigabyte.
        known = reading.values(path) if path.exists() else {}
        here = Host(known.get("machine", {}), known.get("device", {}))
        device = here.device | ({} if kind is None else {"kind": kind})
        host = Host(dict(machine), device)
        if not known or host.is_same(here):
            return ""
        there = {name: Host(**plain) for name, plain in known.get("hosts", {}).items()}
        there.setdefault(name_in(there, here), here)
        name = name_in(there, host)
        if name not in there:
            there[name] = host
            hosts = {name: asdict(each) for name, each in there.items()}
            files.write(path, files.to_json(known | {"hosts": hosts}))
        return name
