"""The files of a run folder on its plan, its environment and its problems."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..config.schema import Config
from ..core.errors import StoreError
from ..core.records import RecordError, RunRecord, TrialRecord
from ..core.spec import Spec
from . import files
from .environment import PINNED, Device, machine, versions


def describe(config: Config, specs: Sequence[Spec], device: Device) -> RunRecord:
    """Return the contents of run.json: resolved config, plan and machine."""
    return RunRecord(
        name=config.name,
        config=config.model_dump(mode="json", exclude_none=True),
        planned=list(specs),
        versions=versions(),
        device=device._asdict(),
        machine=machine(),
        dtype=config.dtype,
        matmul_precision=config.matmul_precision,
        xla_flags=os.environ.get("XLA_FLAGS", ""),
        jax_settings=dict(PINNED),
    )


def prepare(folder: Path) -> None:
    """Make a run folder and check that trials can be written to it.

    Raises:
        StoreError: The folder cannot be made, read or written.
        DiskFull: No room is left.
    """
    files.make_folder(folder / "trials")
    for path in (folder, folder / "trials"):
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise StoreError(f"cannot read and write {path}: permission denied")
        files.remove_abandoned(path)


def refuse_mix(folder: Path, run: RunRecord, records: Iterable[TrialRecord]) -> None:
    """Check that a folder's trials were made with these versions and device.

    Args:
        folder: The run folder, with its run.json if that can be read.
        run: This run.
        records: The folder's finished trials.

    Raises:
        StoreError: They were not; their seconds are not comparable.
    """
    differences = {
        f"{name} {old[name]} there, {new[name]} here"
        for versions, device in _made_with(folder, records)
        for old, new in ((versions, run.versions), (device, run.device))
        for name in old.keys() & new.keys()
        if old[name] != new[name]
    }
    if differences:
        raise StoreError(
            f"{folder} was made with other versions or on another device "
            f"({'; '.join(sorted(differences))}): use another --out, or --mix"
        )


def _made_with(
    folder: Path, records: Iterable[TrialRecord]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the versions and the device of the last run, then of each trial."""
    last = read(folder)
    if last is not None:
        yield last.versions, last.device
    for record in records:
        yield record.versions, {} if record.device is None else {"kind": record.device}


def read(folder: Path) -> RunRecord | None:
    """Return run.json, or None if it is missing or not valid."""
    path = folder / "run.json"
    try:
        return RunRecord.from_json(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise files.refused("read", path, error) from error
    except (ValueError, TypeError, RecordError):
        return None


def write(folder: Path, run: RunRecord) -> None:
    """Write run.json."""
    files.write(folder / "run.json", files.to_json(run.to_json()))


Facts = dict[str, Any]
PRICE_COLUMNS = (
    *("problem", "call", "seconds", "flops", "bytes", "ratio_to_forward"),
    *("flops_per_second", "bytes_per_second"),
    *("most_flops_per_second", "most_bytes_per_second"),
)


_IDENTITY = ("problem", "name", "settings", "dtype")
"""The keys of facts that identify their problem."""


def _identity(spec: Spec) -> Facts:
    """Return the identity of a trial's problem."""
    problem = spec.problem
    values = (spec.problem_label, problem.name, problem.settings, spec.dtype)
    return dict(zip(_IDENTITY, values, strict=True))


def _of_facts(facts: Facts) -> Facts:
    """Return the identity of the problem that facts are of."""
    return {key: facts.get(key) for key in _IDENTITY}


def lacking_facts(
    folder: Path,
    specs: Sequence[Spec],
    has: Callable[[Facts], bool] = lambda facts: "prices" in facts,
) -> list[Spec]:
    """Return one spec of each problem whose facts the folder lacks.

    Args:
        folder: The run folder.
        specs: Trials.
        has: Whether a problem's facts have what is wanted; by default its prices.
    """
    known = [_of_facts(facts) for facts in read_facts(folder) if has(facts)]
    firsts: list[Spec] = []
    for spec in specs:
        if _identity(spec) not in known:
            known.append(_identity(spec))
            firsts.append(spec)
    return firsts


def facts_of(folder: Path, spec: Spec) -> Facts:
    """Return the facts of a trial's problem; none if the folder lacks them."""
    own = _identity(spec)
    return next((f for f in read_facts(folder) if _of_facts(f) == own), {})


def add_facts(folder: Path, spec: Spec, facts: Facts) -> None:
    """Add to a problem's facts; those of another with its label are replaced."""
    with files.lock(folder, "problems"):
        new = facts_of(folder, spec) | _identity(spec) | facts
        kept = [f for f in read_facts(folder) if f["problem"] != new["problem"]]
        known = sorted([*kept, new], key=lambda f: f["problem"])
        files.write(folder / "problems.json", files.to_json(known))
        files.write(folder / "prices.csv", _prices(known))


def read_facts(folder: Path) -> list[Facts]:
    """Return the facts in the folder.

    Raises:
        StoreError: The file is not valid.
    """
    path = folder / "problems.json"
    try:
        known = json.loads(path.read_bytes())
        if not isinstance(known, list) or not all(map(_are_facts, known)):
            raise ValueError("not a list of problems' facts")
        return known
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}; remove it") from error


def _are_facts(value: Any) -> bool:
    return isinstance(value, dict) and set(_IDENTITY) <= value.keys()


def _prices(known: list[Facts]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, PRICE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for facts in known:
        for price in facts.get("prices", ()):
            writer.writerow({"problem": facts["problem"]} | price)
    return out.getvalue()
