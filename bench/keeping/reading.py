"""Read a run folder back: its trials, their traces, and the prices of its calls."""

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import BenchError
from ..tuning import records as tuning
from .store import COLUMNS, listed

REQUIRED: dict[str, type] = {
    "key": str,
    "problem": dict,
    "optimizer": dict,
    "label": str,
    "seed": int,
    "end": str,
}
PRICES = ("problem", "call", "seconds", "ratio_to_forward")


class RunError(BenchError, ValueError):
    """A file of a run folder that cannot be what was written, in one sentence."""


class RunMissing(BenchError, FileNotFoundError):
    """A run folder, or a file of it, that is not there, in one sentence."""


@dataclass(frozen=True)
class Run:
    """What a run folder holds.

    Attributes:
        folder: Where it was read from.
        config: run.json as it stands.
        records: One dict a finished trial, as in trials/KEY.json, sorted by key.
        prices: A row per problem and call, seconds; None where nothing was priced.
    """

    folder: Path
    config: dict[str, Any]
    records: tuple[dict[str, Any], ...] = field(repr=False)
    prices: pd.DataFrame | None = field(repr=False)
    texts: dict[str, bytes] = field(repr=False)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a trial; nested names joined by dots (`readings.gradient`)."""
        return pd.json_normalize(list(self.records))

    @cached_property
    def traces(self) -> pd.DataFrame:
        """One row a recorded step: key, problem, optimizer, seed, round, trace."""
        pieces = [self.trace(record["key"]) for record in self.records]
        lengths = [len(piece) for piece in pieces]
        columns = {
            "key": _repeated((r["key"] for r in self.records), lengths),
            "problem": _repeated((problem_label(r) for r in self.records), lengths),
            "optimizer": _repeated((r["label"] for r in self.records), lengths),
            "seed": np.repeat([r["seed"] for r in self.records], lengths),
            "round": np.repeat([r["round"] for r in self.records], lengths),
        }
        rows = [piece for piece in pieces if len(piece)]
        joined = pd.concat(rows, ignore_index=True) if rows else _no_rows()
        return pd.concat([pd.DataFrame(columns), joined], axis="columns")

    @cached_property
    def tuned(self) -> tuple[dict[str, Any], ...]:
        """What tuning chose, a dict a problem and optimizer, of what it came to."""
        return tuple(r for r in tuning.load(self.folder) if "chosen" in r)

    def trace(self, key: str) -> pd.DataFrame:
        """Return the rows of one trial; none where it never made a step."""
        if key not in self.texts:
            return _no_rows()
        path = self.folder / "trials" / f"{key}.csv"
        rows = _table(path, self.texts[key])
        if missing := [name for name in COLUMNS if name not in rows]:
            raise RunError(f"{path}: no column {missing[0]!r}")
        return rows


def load(folder: str | Path) -> Run:
    """Read a run folder and check every trace against its recorded sha256.

    Args:
        folder: What `python -m bench run` wrote.

    Returns:
        The run; its `traces` are parsed when first asked for.

    Raises:
        RunMissing: The folder or a file of it is not there.
        RunError: A file is not what was written: its path and what is wrong.
        StoreError: The folder cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunMissing(f"{folder}: no such run folder")
    config = _config(folder / "run.json")
    paths = listed(folder / "trials")
    records = tuple(_record(path) for path in paths)
    texts = dict(_checked_texts(paths, records))
    return Run(folder, config, records, _prices(folder / "prices.csv"), texts)


def problem_label(record: dict[str, Any]) -> str:
    """Return what a trial's problem is called by people."""
    return record.get("problem_label") or record["problem"]["name"]


def _config(path: Path) -> dict[str, Any]:
    config = _json(path)
    keys = config.get("trials", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise RunError(f"{path}: 'trials' is not a list of keys")
    return config


def _record(path: Path) -> dict[str, Any]:
    record = _json(path)
    if missing := [name for name in REQUIRED if name not in record]:
        raise RunError(f"{path}: no {missing[0]!r}")
    for name, kind in REQUIRED.items():
        if not isinstance(record[name], kind):
            raise RunError(f"{path}: {name!r} is {record[name]!r}")
    if record["key"] != path.stem:
        raise RunError(f"{path}: holds the trial {record['key']!r}")
    for name in ("problem", "optimizer"):
        if not isinstance(record[name].get("name"), str):
            raise RunError(f"{path}: {name!r} has no name")
    record.setdefault("round", record.get("repeat", 0))  # as older runs called it
    return record


def _json(path: Path) -> dict[str, Any]:
    text = _bytes(path)
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise RunError(f"{path}: not JSON: {error}") from None
    if not isinstance(plain, dict):
        raise RunError(f"{path}: not a JSON object")
    return plain


def _checked_texts(
    paths: list[Path], records: tuple[dict[str, Any], ...]
) -> Iterable[tuple[str, bytes]]:
    for path, record in zip(paths, records, strict=True):
        expected = record.get("csv_sha256")
        if expected is None:  # skipped before its first step
            continue
        text = _bytes(path.with_suffix(".csv"))
        if hashlib.sha256(text).hexdigest() != expected:
            name = path.with_suffix(".csv")
            raise RunError(f"{name}: its sha256 is not the one in {path.name}")
        yield record["key"], text


def _prices(path: Path) -> pd.DataFrame | None:
    return table(path, PRICES) if path.exists() else None


def table(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read a CSV of a run folder that has these columns.

    Raises:
        RunMissing: It is not there.
        RunError: It is not a table, or a column is missing.
    """
    read = _table(path, _bytes(path))
    if missing := [name for name in columns if name not in read]:
        raise RunError(f"{path}: no column {missing[0]!r}")
    return read


def _table(path: Path, text: bytes) -> pd.DataFrame:
    try:
        return pd.read_csv(io.BytesIO(text))
    except ValueError as error:  # pandas' own errors are ValueErrors
        raise RunError(f"{path}: not a table: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise RunMissing(f"{path}: no such file") from None
    except OSError as error:
        raise RunError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _repeated(names: Iterable[str], lengths: list[int]) -> pd.Categorical:
    """Return one name a row, stored once each: a trace may have 1e6 rows."""
    codes, distinct = pd.factorize(np.array(list(names), dtype=object))
    return pd.Categorical.from_codes(np.repeat(codes, lengths), distinct)


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({name: np.empty(0) for name in COLUMNS})
