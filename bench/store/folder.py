"""A run's folder: what was planned there, and with which software and device."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..config.schema import Config
from ..core.errors import StoreError
from ..core.records import RecordError, RunRecord, TrialRecord
from ..core.spec import Spec
from . import files
from .environment import Device, machine, versions


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
        folder: The run folder; what its run.json says counts, where it can be read.
        run: This run.
        records: The folder's finished trials.

    Raises:
        StoreError: They were not, so their seconds are not comparable.
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
            f"{folder} was made with other software or another device "
            f"({'; '.join(sorted(differences))}): take another --out, or --mix them"
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
    """Return run.json, or None where there is none that says anything."""
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
