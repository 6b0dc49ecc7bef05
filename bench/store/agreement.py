"""Whether runs can be merged: whether what has the same name is the same."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..core.errors import StoreError
from ..core.identity import identity
from ..core.spec import Spec
from .run import Run

MOST = 10
"""Lines of one refusal."""
_OWN: dict[str, Any] = {"seed": 0, "round": 0, "key": "", "draw_seeds": ()}
"""What trials of one group may differ in, with a value that all can have."""


def refuse_versions(runs: Sequence[Run]) -> None:
    """Check that all trials were made with the same versions.

    Raises:
        StoreError: They were not: their calls and losses may differ.
    """
    made = [(run, versions) for run in runs for versions in _made_with(run)]
    first, known = made[0]
    differences = {
        f"{name} {known[name]} in {first.folder}, {other[name]} in {run.folder}"
        for run, other in made
        for name in known.keys() & other.keys()
        if known[name] != other[name]
    }
    if differences:
        raise StoreError(
            f"made with other versions ({'; '.join(sorted(differences))}): their "
            "calls and losses may differ; --mix merges them"
        )


def _made_with(run: Run) -> Iterator[Mapping[str, str]]:
    yield run.record.versions
    for record in run.records:
        yield record.versions


def refuse_disagreement(runs: Sequence[Run]) -> None:
    """Check that labels mean the same in all runs, and trials have the same budget.

    Raises:
        StoreError: They do not; one line for each problem, optimizer or label.
    """
    refuse(_apart(runs, _problem_label, _problem), runs)
    refuse(_apart(runs, lambda spec: spec.key, _labels), runs)
    refuse(_apart(runs, identity, _shared), runs)


def refuse(lines: Iterator[str], runs: Sequence[Run]) -> None:
    """Raise a StoreError if there are lines, with how the runs can be looked at."""
    found = list(dict.fromkeys(lines))
    if found:
        more = len(found) - MOST
        folders = " ".join(str(run.folder) for run in runs)
        last = [f"and {more} more"] if more > 0 else []
        last += [f"not merged; side by side: table {folders}"]
        raise StoreError([*found[:MOST], *last])


Describe = Callable[[Spec], dict[str, Any]]


def _apart(
    runs: Sequence[Run], name: Callable[[Spec], Hashable], describe: Describe
) -> Iterator[str]:
    """Yield how what has the same name differs from what an earlier run has."""
    firsts: dict[Hashable, tuple[Run, Spec]] = {}
    for run in runs:
        for spec in run.planned:
            first, known = firsts.setdefault(name(spec), (run, spec))
            if first is not run and _bare(known) != _bare(spec):
                for key, a, b in _differing(describe(known), describe(spec)):
                    where = f"{spec.label} on {spec.problem_label}"
                    values = f"{a!r} in {first.folder}, {b!r} in {run.folder}"
                    yield f"{where}: {key}: {values}"


def _problem_label(spec: Spec) -> str:
    return spec.problem_label


def _problem(spec: Spec) -> dict[str, Any]:
    return {
        "problem": asdict(spec.problem),
        "arithmetic": spec.arithmetic,
        "matmul_precision": spec.matmul_precision,
        "devices": spec.devices,
    }


def _labels(spec: Spec) -> dict[str, Any]:
    return {"label": spec.label, "problem label": spec.problem_label}


def _shared(spec: Spec) -> dict[str, Any]:
    """Return what all trials of a group have in common."""
    return _bare(spec).to_json()


def _bare(spec: Spec) -> Spec:
    return replace(spec, **_OWN)


def _differing(
    a: Mapping[str, Any], b: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted keys whose values differ, with both values."""
    for key in dict.fromkeys([*a, *b]):
        x, y = a.get(key), b.get(key)
        if isinstance(x, Mapping) and isinstance(y, Mapping):
            yield from _differing(x, y, f"{path}{key}.")
        elif x != y:
            yield f"{path}{key}", x, y
