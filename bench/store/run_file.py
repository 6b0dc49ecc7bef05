"""run.json, whose planned trials lie packed beside it where only tables are kept."""

import json
from pathlib import Path

from ..core.records import RunRecord
from . import files, reading
from .packed import gzipped, unpacked

NAME = "run.json"
PLAN = "planned.json.gz"
"""The planned trials of a folder that keeps only tables: thousands take megabytes."""


def read(folder: Path) -> RunRecord:
    """Return the record of a run, with its planned trials.

    Raises:
        RunMissing: A file is missing.
        RunError: A file is not valid.
        StoreError: A file cannot be read.
    """
    path, plain = folder / NAME, reading.values(folder / NAME)
    if plain.get("only_tables") and "planned" not in plain:
        path = folder / PLAN
        plain["planned"] = reading.parsed(path, unpacked(path))
    return reading.valid(path, RunRecord, plain)


def read_without_plan(folder: Path) -> RunRecord:
    """Return the record of a run without its planned trials.

    Raises:
        RunMissing, RunError, StoreError: As `read`.
    """
    path = folder / NAME
    return reading.valid(path, RunRecord, {**reading.values(path), "planned": []})


def apart(record: RunRecord) -> dict[str, str | bytes]:
    """Return the contents of run.json and of the packed plan, by name."""
    plain = record.to_json()
    planned = json.dumps(plain.pop("planned"), ensure_ascii=False)
    return {NAME: files.to_json(plain), PLAN: gzipped(planned)}
