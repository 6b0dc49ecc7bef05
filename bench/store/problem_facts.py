"""What a run folder knows of its problems: problems.json, and prices.csv from it."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.errors import StoreError
from ..core.spec import Spec
from . import files

Facts = dict[str, Any]
_COLUMNS = (
    *("problem", "call", "seconds", "flops", "bytes", "ratio_to_forward"),
    *("flops_per_second", "bytes_per_second"),
    *("most_flops_per_second", "most_bytes_per_second"),
)


def identity(spec: Spec) -> Facts:
    """Return which problem facts are of."""
    return {
        "problem": spec.problem_label,
        "name": spec.problem.name,
        "settings": spec.problem.settings,
        "dtype": spec.dtype,
    }


def lacking(folder: Path, specs: Sequence[Spec]) -> list[Spec]:
    """Return one spec of each problem whose facts the folder lacks."""
    known = [{key: f.get(key) for key in _IDENTITY} for f in read(folder)]
    firsts: list[Spec] = []
    for spec in specs:
        if identity(spec) not in known:
            known.append(identity(spec))
            firsts.append(spec)
    return firsts


_IDENTITY = ("problem", "name", "settings", "dtype")


def add(folder: Path, spec: Spec, facts: Facts) -> None:
    """Add a problem's facts; they replace those of another with its label."""
    new = identity(spec) | facts
    kept = [f for f in read(folder) if f["problem"] != new["problem"]]
    known = sorted([*kept, new], key=lambda f: f["problem"])
    files.write(folder / "problems.json", files.to_json(known))
    files.write(folder / "prices.csv", _prices(known))


def read(folder: Path) -> list[Facts]:
    """Return the facts that the folder has.

    Raises:
        StoreError: The file is not what was written.
    """
    path = folder / "problems.json"
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}; remove it") from error


def _prices(known: list[Facts]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for facts in known:
        for price in facts["prices"]:
            writer.writerow({"problem": facts["problem"]} | price)
    return out.getvalue()
