"""Read records and traces of a run folder, each checked; an error names the file."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any, TypeVar

from ..core.checking import RecordError
from ..core.errors import RunError, RunMissing, cannot
from ..core.records import RunRecord, TrialRecord, TuningRecord

T = TypeVar("T", RunRecord, TrialRecord, TuningRecord)
_BETWEEN_LOOKS = 0.1
"""Seconds that a writer needs at most between a trial's CSV and its JSON."""


def trial(path: Path) -> tuple[TrialRecord, bytes]:
    """Read a trial's record and the text of its trace, empty for a trial without one.

    Args:
        path: The JSON; the CSV lies beside it.

    Raises:
        RunError, RunMissing: A file was changed after it was written, or is missing.
        StoreError: A file cannot be read.
    """
    try:
        return _trial(path)
    except (RunError, RunMissing):
        time.sleep(_BETWEEN_LOOKS)  # another process may just write the trial again
        return _trial(path)


def _trial(path: Path) -> tuple[TrialRecord, bytes]:
    known = record(path, TrialRecord)
    if known.key != path.stem:
        raise RunError(f"{path}: holds the trial {known.key!r}")
    if known.csv_sha256 is None:  # skipped before its first step
        return known, b""
    trace = path.with_suffix(".csv")
    text = content(trace)
    if hashlib.sha256(text).hexdigest() != known.csv_sha256:
        raise RunError(f"{trace}: its sha256 is not the one in {path.name}")
    return known, text


def record(path: Path, kind: type[T]) -> T:
    """Read a record from its JSON.

    Raises:
        RunMissing: There is no such file.
        RunError: It is not such a record.
        StoreError: It cannot be read.
    """
    return valid(path, kind, values(path))


def valid(path: Path, kind: type[T], plain: dict[str, Any]) -> T:
    """Return the record of plain values that were read.

    Args:
        path: Of the file that an error names.
        kind: The type of the record.
        plain: The values.

    Raises:
        RunError: They are not such a record.
    """
    try:
        return kind.from_json(plain)
    except RecordError as error:
        raise RunError(f"{path}: {error}") from None


def values(path: Path) -> dict[str, Any]:
    """Read a JSON object without checking what it holds.

    Raises:
        RunMissing, RunError, StoreError: As `record`.
    """
    plain = parsed(path, content(path))
    if not isinstance(plain, dict):
        raise RunError(f"{path}: not a JSON object")
    return plain


def parsed(path: Path, text: bytes) -> Any:
    """Return what a JSON text holds.

    Args:
        path: Of the file that an error names.
        text: The text.

    Raises:
        RunError: It is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: not JSON: {error}") from None


def content(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        RunMissing: There is no such file.
        StoreError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RunMissing(f"{path}: no such file") from None
    except OSError as error:
        raise cannot("read", path, error) from error
