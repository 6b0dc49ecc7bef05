"""Trials on disk: one CSV and one JSON each, whole or not there at all."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import CorruptTrial, StoreError, cannot
from . import files

COLUMNS = (
    *("step", "seconds", "measured", "loss", "suboptimality", "gradient_norm"),
    *("held_out_loss", "forward", "point", "gradient", "jvp", "hvp", "hessian"),
    "examples",
)
Record = dict[str, Any]
Rows = Iterable[Mapping[str, Any]]


def write_trial(folder: Path, record: Mapping[str, Any], rows: Rows | str) -> Record:
    """Write a trial: its CSV, then the JSON that vouches for it.

    A process killed between the two leaves no JSON, and the trial is done again.

    Args:
        folder: The run folder.
        record: The trial's JSON with its `key`; `csv_sha256` is added, and
            `attempt` where it is missing: one more than the last.
        rows: The trace's rows, or its text as CSV.

    Returns:
        The record as written.

    Raises:
        DiskFull: No room is left.
        StoreError: The system refuses.
    """
    text = rows if isinstance(rows, str) else to_csv(rows)
    key = record["key"]
    written = {"attempt": _attempts(folder, key) + 1} | dict(record)
    written["csv_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    trials = Path(folder) / "trials"
    make_folder(trials)
    files.write(trials / f"{key}.csv", text)
    files.write(trials / f"{key}.json", to_json(written))
    return written


def amend(folder: Path, record: Mapping[str, Any]) -> None:
    """Write a trial's record anew, its trace being as it was."""
    files.write(Path(folder) / "trials" / f"{record['key']}.json", to_json(record))


def to_csv(rows: Rows) -> str:
    """Write rows as CSV: shortest exact numbers, empty where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row.get(column)) for column in COLUMNS] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "item"):  # a NumPy scalar, whose repr is not a number
        value = value.item()
    return str(int(value)) if isinstance(value, bool) else repr(value)


def to_json(plain: Mapping[str, Any]) -> str:
    """Write a record for people and programs, the same text every time."""
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def read_trial(folder: Path, key: str) -> tuple[Record, str]:
    """Read a trial back as its record and the text of its CSV.

    Raises:
        CorruptTrial: A file is not what was written.
        StoreError: A file cannot be read.
    """
    path = Path(folder) / "trials" / f"{key}.json"
    record = _parsed(path, _bytes(path))
    content = _bytes(path.with_suffix(".csv"))
    if hashlib.sha256(content).hexdigest() != record.get("csv_sha256"):
        raise CorruptTrial(f"{path.with_suffix('.csv')}: sha256 does not match")
    if record.get("key") != key or not isinstance(record.get("end"), str):
        raise CorruptTrial(f"{path}: not the record of this trial")
    return record, content.decode()


def finished(
    folder: Path, tell: Callable[[str], None] = lambda line: None
) -> dict[str, Record]:
    """Return the record of every trial that is whole, by key.

    A trial that is not is named to `tell` and moved to `trials/set-aside/`.

    Raises:
        StoreError: The folder cannot be read.
    """
    trials = Path(folder) / "trials"
    found: dict[str, Record] = {}
    for path in listed(trials):
        try:
            found[path.stem] = read_trial(folder, path.stem)[0]
        except CorruptTrial as error:
            set_aside(folder, path.stem)
            tell(f"{error}; set aside, to be done again")
    return found


def set_aside(folder: Path, key: str) -> None:
    """Move a trial's files to where nothing reads them."""
    trials = Path(folder) / "trials"
    aside = trials / "set-aside"
    make_folder(aside)
    count = len(list(aside.glob("*.json")))
    for suffix in (".csv", ".json"):
        path = trials / f"{key}{suffix}"
        try:
            path.replace(aside / f"{key}.{count}{suffix}")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise files.refused("move", path, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those around it, or say why it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.refused("make", folder, error) from error


def listed(trials: Path) -> list[Path]:
    """Return the paths of the trials' records, sorted; none where no folder is.

    Raises:
        StoreError: The folder cannot be read.
    """
    try:
        return sorted(p for p in trials.iterdir() if p.suffix == ".json")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot("read", trials, error) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CorruptTrial(f"{path}: is missing") from error
    except OSError as error:
        raise cannot("read", path, error) from error


def _parsed(path: Path, content: bytes) -> Record:
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CorruptTrial(f"{path}: not JSON") from error
    if not isinstance(record, dict):
        raise CorruptTrial(f"{path}: not the record of a trial")
    return record


def _attempts(folder: Path, key: str) -> int:
    try:
        attempt = read_trial(folder, key)[0].get("attempt", 0)
    except StoreError:
        return 0
    return attempt if isinstance(attempt, int) else 0
