"""Trials that differ by seed and round alone, gathered and named apart."""

import json
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from ..keeping.reading import Run, problem_label
from ..planning.asked import said
from .planned import Trial, is_missing, planned


@dataclass(frozen=True)
class Entry:
    """One optimizer with fixed settings on one problem: a row of the summary.

    Attributes:
        problem, optimizer: Their labels, with settings where a label repeats.
        family: The optimizer's label without its settings; a grid is one family.
        first: A record, or the plan of one, that says what the trials share.
        records: The finished trials, any seed and round.
        missing: How many planned trials have no file yet.
    """

    problem: str
    optimizer: str
    family: str
    first: dict[str, Any]
    records: tuple[dict[str, Any], ...]
    missing: int


def entries(run: Run) -> list[Entry]:
    """Gather a run's trials, planned ones without a file too, in planned order."""
    groups = defaultdict(list)
    for trial in planned(run):
        groups[identity(trial)].append(trial)
    firsts = [group[0] for group in groups.values()]
    problems = _problem_names(firsts)
    optimizers = _optimizer_names(firsts, problems)
    return [
        _entry(problem, optimizer, group)
        for problem, optimizer, group in zip(
            problems, optimizers, groups.values(), strict=True
        )
    ]


def _entry(problem: str, optimizer: str, group: list[Trial]) -> Entry:
    records = tuple(trial for trial in group if not is_missing(trial))
    first = (records or group)[0]
    family = _family(first["label"], _settings(first["optimizer"]) | said(first))
    return Entry(problem, optimizer, family, first, records, len(group) - len(records))


def identity(trial: Trial) -> Hashable:
    """Return what trials share that differ by seed and round alone."""
    return (
        problem_label(trial),
        _canonical(trial["problem"]),
        trial.get("dtype"),
        trial["label"],
        _canonical(trial["optimizer"]),
        _canonical(said(trial)),
    )


def _problem_names(firsts: list[Trial]) -> list[str]:
    shared = [{"dtype": t.get("dtype"), **_settings(t["problem"])} for t in firsts]
    return _distinguish([problem_label(t) for t in firsts], shared)


def _optimizer_names(firsts: list[Trial], problems: list[str]) -> list[str]:
    names = [""] * len(firsts)
    for problem in dict.fromkeys(problems):
        rows = [i for i, name in enumerate(problems) if name == problem]
        labels = [firsts[i]["label"] for i in rows]
        settings = [_settings(firsts[i]["optimizer"]) | said(firsts[i]) for i in rows]
        for i, name in zip(rows, _distinguish(labels, settings), strict=True):
            names[i] = name
    return names


def _distinguish(labels: list[str], settings: list[dict]) -> list[str]:
    """Append to each label that stands for several settings those that differ."""
    return [
        " ".join([label, *_differing(mine, _alike(label, labels, settings))])
        for label, mine in zip(labels, settings, strict=True)
    ]


def _alike(label: str, labels: list[str], settings: list[dict]) -> list[dict]:
    return [s for other, s in zip(labels, settings, strict=True) if other == label]


def _differing(mine: dict, alike: list[dict]) -> Iterable[str]:
    for name, value in mine.items():
        if any(other.get(name, value) != value or name not in other for other in alike):
            yield f"{name}={_word(value)}"


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("schedule") or _canonical(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _settings(named: dict[str, Any]) -> dict[str, Any]:
    return named.get("settings", {})


def _family(label: str, settings: dict[str, Any]) -> str:
    """Strip `setting=value` from a label: `adam learning_rate=0.1` is adam's."""
    for name in settings:
        label = re.sub(rf"[\s,(]*\b{re.escape(name)}=[^\s,)]*", "", label)
    return re.sub(r"[\s,()]+$", "", label) or label


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
