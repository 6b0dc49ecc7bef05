"""The runs of a page and the machines that they ran on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...core.text import one_line
from ...store.run import Run

_CHANGES = ("megahertz",)
"""What one machine does not always say the same of."""


class Hosts(NamedTuple):
    """The machines of some runs.

    Attributes:
        of_run: The index of each run's machine.
        plain: Their descriptions.
    """

    of_run: list[int]
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
    """Return the machines of runs, each once."""
    known: dict[str, int] = {}
    plain, of_run = [], []
    for run in runs:
        facts = _facts(run)
        index = known.setdefault(repr(facts), len(plain))
        if index == len(plain):
            plain.append({"name": _name(run), "facts": facts})
        of_run.append(index)
    return Hosts(of_run, plain)


def _facts(run: Run) -> list[list[str]]:
    machine = {**run.record.machine, **run.record.device}
    stated = {k: v for k, v in machine.items() if k not in _CHANGES and v}
    return [[name.replace("_", " "), _words(value)] for name, value in stated.items()]


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={inner}" for key, inner in value.items())
    return one_line(str(value))


def _name(run: Run) -> str:
    machine, device = run.record.machine, run.record.device
    cores = machine.get("usable_processors")
    words = [
        machine.get("processor"),
        f"{cores} processor{'s' * (cores != 1)}" if cores else None,
        device.get("kind") if device.get("platform") != "cpu" else None,
    ]
    return one_line(", ".join(map(str, filter(None, words)))) or "an unknown machine"
