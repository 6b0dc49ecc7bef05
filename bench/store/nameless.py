"""Runs for others to see, whose machines do not have their names in the network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..core.records import RunRecord
from . import files, reading, run_file
from . import folder as run_folder
from .folder import HOST
from .hosts import named, own_name
from .run import Run

FACTS = ("prices.csv", "problems.json", "updates.csv")
"""Files of a run folder on its problems, which go with its tables."""
Names = Mapping[str, str]
"""What a machine is called, by its name in a run; the one of run.json is also ``."""


def nameless(runs: Sequence[Run]) -> list[Run]:
    """Return runs whose machines are `machine 1`, `machine 2`, in the order of runs.

    If there is one machine, it has no name.
    """
    numbers = _numbers([run.record for run in runs])
    return [_renamed(run, names) for run, names in zip(runs, numbers, strict=True)]


def facts_of(folder: Path, names_machines: bool = False) -> dict[str, bytes]:
    """Return what a run folder's `FACTS` hold, by name.

    Args:
        folder: A run folder.
        names_machines: Whether machines have their names in the network; else those
            that `nameless` gives them.
    """
    paths = (folder / name for name in FACTS)
    found = {path.name: reading.content(path) for path in paths if path.exists()}
    record = run_file.read_without_plan(folder) if found else None
    if record is None or not record.hosts or names_machines:
        return found
    (names,) = _numbers([record])
    stated = run_folder.read_facts(folder)
    facts = [run_folder.with_hosts(each, names) for each in stated]
    made = {
        "problems.json": files.to_json(facts),
        "prices.csv": run_folder.prices_text(facts),
    }
    return found | {name: made[name].encode() for name in made if name in found}


def _numbers(records: Sequence[RunRecord]) -> list[Names]:
    """Return what the machines of each run are called."""
    known = named(records)
    many = len(known.hosts) > 1
    numbers = {
        host: f"machine {n}" if many else "" for n, host in enumerate(known.hosts, 1)
    }
    return [
        {stated: numbers[host] for stated, host in names.items()}
        for names in known.names
    ]


def _renamed(run: Run, names: Names) -> Run:
    """Return a run and its parts by host with other names of hosts."""
    record, own = run.record, own_name(run.record)
    hosts = {
        names[name]: replace(host, machine=_machine(host.machine, names[name]))
        for name, host in record.hosts.items()
        if names[name]
    }
    machine = _machine(record.machine, names[""])
    return replace(
        run,
        record=replace(record, machine=machine, hosts=hosts),
        records=tuple(
            replace(trial, host=names[trial.host] if trial.host else "", worker="")
            for trial in run.records
        ),
        prices=_prices(run.prices, names),
        by_host={
            names[host if host != own else ""]: _renamed(part, names)
            for host, part in run.by_host.items()
        },
    )


def _machine(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the facts of a machine under a name, or without one."""
    bare = {key: fact for key, fact in facts.items() if key != "host"}
    return {"host": name, **bare} if name else bare


def _prices(prices: pd.DataFrame | None, names: Names) -> pd.DataFrame | None:
    if prices is None or HOST not in prices:
        return prices
    if not names[""]:
        return prices.drop(columns=HOST)
    return prices.assign(**{HOST: [names[host] for host in prices[HOST]]})
