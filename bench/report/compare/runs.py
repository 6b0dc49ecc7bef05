"""Compare two run folders."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import RunError
from ...core.hosts import CHANGING
from ...store.run import Run, load
from ..groups import Results
from . import exact, seconds
from .pairs import Matched, Pair, match, traced_trials
from .report import Report
from .work import Sides, differences, other_budget, other_conditions, other_problem

HARMLESS = ("versions.git", "versions.gradmeter", "machine.host")
"""Keys that may differ while losses are still compared bit for bit."""
_PARTS = ("versions", "device", "machine", "xla_flags")
_LONGEST = 60


def changed_settings(a: Run, b: Run) -> list[str]:
    """Return a line for each key of the configs that differs."""
    return _differing(a.config, b.config)


def changed_environment(a: Run, b: Run) -> list[str]:
    """Return a line for each version and each part of the machine that differs."""
    lines = _differing(*_environments(a, b))
    mixed = [word for word, run in (("A", a), ("B", b)) if len(_made(run)) > 1]
    lines += [f"{word} mixes trials of several versions" for word in mixed]
    for word, run in (("A", a), ("B", b)):
        if run.by_host:
            lines.append(
                f"{word} has trials of several hosts ({', '.join(run.by_host)}), whose "
                "seconds are not compared"
            )
    return lines


def alike(a: Run, b: Run) -> bool:
    """Return whether machine, devices and versions are the same, but for the harmless.

    Harmless are Gradmeter's own version, and the machine's name in the network. A run
    that does not state its versions is like no other.
    """
    sides = [_less_harmless(environment) for environment in _environments(a, b)]
    known = any(key.startswith("versions.") for key in sides[0])
    mixed = any(run.by_host or len(_made(run, HARMLESS)) > 1 for run in (a, b))
    divided = [{spec.devices for spec in run.planned} for run in (a, b)]
    same = sides[0] == sides[1] and divided[0] == divided[1]
    return known and same and not mixed


def _environments(a: Run, b: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is compared of two runs' environments.

    Of the machine it is what both state: older runs state less of it.
    """
    shared = set(a.record.machine) & set(b.record.machine) - {*CHANGING}
    return _environment(a, shared), _environment(b, shared)


def _environment(run: Run, of_machine: Collection[str]) -> dict[str, Any]:
    parts = {part: getattr(run.record, part) for part in _PARTS}
    machine = {key: parts["machine"].get(key) for key in sorted(of_machine)}
    return parts | {"machine": machine}


def _less_harmless(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {key: v for key, v in _flat(environment) if key not in HARMLESS}


def _made(run: Run, less: Collection[str] = ()) -> set[str]:
    """Return the different versions that a run's trials were made with."""
    flat = [dict(_flat({"versions": r.versions})) for r in run.records]
    kept = [{k: v for k, v in made.items() if k not in less} for made in flat]
    return {json.dumps(made, sort_keys=True) for made in kept}


def _differing(a: Any, b: Any) -> list[str]:
    left, right = dict(_flat(a or {})), dict(_flat(b or {}))
    return [
        f"{key}: {_word(left.get(key))} → {_word(right.get(key))}"
        for key in dict.fromkeys([*left, *right])
        if left.get(key) != right.get(key)
    ]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested tables by dotted key, without keys of no value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and all(map(_is_table, value)):
        for key, inner in _named(value):
            yield from _flat(inner, f"{path}.{key}")
    elif value is not None:
        yield path, value


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _named(entries: list[Any]) -> Iterator[tuple[str, Any]]:
    """Name the items of a list by label, so that a new item renames no other."""
    seen: dict[str, int] = {}
    for entry in entries:
        name = str(entry.get("label") or entry.get("name"))
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name}#{seen[name]}"), entry


def _word(value: Any) -> str:
    if value is None:
        return "not set"
    word = json.dumps(value, ensure_ascii=False)
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…"


def compare_runs(folder_a: str | Path, folder_b: str | Path) -> Report:
    """Compare run B with run A.

    Args:
        folder_a: The run folder of the baseline.
        folder_b: The run folder that is compared with it.

    Returns:
        What changed, and whether a reading, a loss, an end or seconds are worse in B.

    Raises:
        RunError: As `bench.load`; or the runs have nothing in common to compare.
        RunMissing, StoreError: As `bench.load`.
    """
    a, b = load(folder_a), load(folder_b)
    for run in (a, b):
        if not run.records:
            raise RunError(f"{run.folder}: no finished trials to compare")
    matched = match(a, b)
    traced = [
        (pair, (traced_trials(a, pair.a), traced_trials(b, pair.b)))
        for pair in matched.pairs
    ]
    problems = [other_problem(pair, trials) for pair, trials in traced]
    apart = [(p, why) for (p, _), why in zip(traced, problems, strict=True) if why]
    kept = [both for both, why in zip(traced, problems, strict=True) if not why]
    _check_common(a, b, [trials for _, trials in kept], apart)
    given = ([pair for pair, _ in kept], [trials for _, trials in kept])
    same_budget = [not other_budget(pair) for pair, _ in kept]
    conditions = [other_conditions(trials) for _, trials in kept]
    timed = [both for both, why in zip(kept, conditions, strict=True) if not why]
    return Report(
        str(a.folder),
        str(b.folder),
        _changed(a, b, matched, [*differences(given[0], apart, conditions)]),
        tuple((*pair.names, words) for pair, words in apart),
        tuple(
            (*pair.names, words)
            for pair, words in zip(given[0], conditions, strict=True)
            if words
        ),
        exact.compared(*given, Results(a), alike(a, b), same_budget),
        seconds.compared([p for p, _ in timed], [trials for _, trials in timed]),
    )


def _check_common(
    a: Run, b: Run, sides: Sequence[Sides], apart: Sequence[tuple[Pair, str]]
) -> None:
    """Refuse runs that share no seed of an optimizer on the same problem."""
    if any({s for s, _ in a} & {s for s, _ in b} for a, b in sides):
        return
    found = "no seed of an optimizer on the same problem is in both"
    if not sides and not apart:
        found = "no optimizer on any problem is in both"
    why = "".join(f"; {p.b.problem} is another problem: {w}" for p, w in apart[:1])
    raise RunError(f"{a.folder} and {b.folder} cannot be compared: {found}{why}")


def _changed(
    a: Run, b: Run, matched: Matched, first_lines: list[str]
) -> tuple[str, ...]:
    """Return the changes of settings and environment, and the unmatched groups.

    Args:
        a, b: The runs.
        matched: Their groups.
        first_lines: What comes before all of these.
    """
    lines = [*first_lines, *(f"setting {line}" for line in changed_settings(a, b))]
    lines += changed_environment(a, b)
    for word, groups in (("A", matched.only_a), ("B", matched.only_b)):
        lines += [f"only in {word}: {g.optimizer} on {g.problem}" for g in groups]
    return tuple(lines)
