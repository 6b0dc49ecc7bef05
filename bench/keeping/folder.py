"""A run's folder: what was planned there, and with which software and device."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..planning.schema import Config
from ..planning.spec import Spec
from . import files, store
from .device import Device
from .machine import machine


def describe(
    config: Config, specs: Sequence[Spec], versions: Mapping[str, str], device: Device
) -> dict[str, Any]:
    """Return what run.json says: the resolved config, the plan and the machine."""
    return {
        "name": config.name,
        "config": config.model_dump(exclude_none=True),
        "trials": [spec.key for spec in specs],
        "versions": dict(versions),
        "device": device._asdict(),
        "machine": machine(),
        "dtype": config.dtype,
        "matmul_precision": config.matmul_precision,
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def prepare(folder: Path) -> None:
    """Make a run folder and see that trials can be written to it.

    Raises:
        StoreError: The folder cannot be made, read or written.
        DiskFull: No room is left.
    """
    store.make_folder(folder / "trials")
    for path in (folder, folder / "trials"):
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise StoreError(f"cannot read and write {path}: permission denied")
        files.sweep(path)


def same(
    folder: Path, described: Mapping[str, Any], records: Iterable[store.Record]
) -> None:
    """See that a folder's trials were made with this software on this device.

    Args:
        folder: The run folder; what its run.json says counts, where it can be read.
        described: This run.
        records: The folder's finished trials.

    Raises:
        StoreError: They were not: their figures do not compare.
    """
    there = [read(folder) or {}, *map(_made_with, records)]
    words = {
        f"{name} {old[name]} there, {new[name]} here"
        for part in ("versions", "device")
        for old, new in [(made.get(part) or {}, described[part]) for made in there]
        for name in old.keys() & new.keys()
        if old[name] != new[name]
    }
    if words:
        raise StoreError(
            f"{folder} was made with other software or another device "
            f"({'; '.join(sorted(words))}): take another --out, or --mix them"
        )


def _made_with(record: store.Record) -> dict[str, Any]:
    kind = record.get("device")
    device = {} if kind is None else {"kind": kind}
    return {"versions": record.get("versions"), "device": device}


def read(folder: Path) -> dict[str, Any] | None:
    """Return run.json, or None where there is none that says anything."""
    path = folder / "run.json"
    try:
        plain = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise files.refused("read", path, error) from error
    except ValueError:
        return None
    return plain if isinstance(plain, dict) else None


def write(folder: Path, described: Mapping[str, Any]) -> None:
    """Write run.json."""
    files.write(folder / "run.json", store.to_json(described))
