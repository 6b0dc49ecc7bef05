"""What claims leave in a folder: numbers, plots, and the table of verdicts."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ..keeping import files
from ..keeping.versions import versions
from ..plots.look import style
from ..plots.saved import save
from .claim import Claim, Number, Verdict
from .registry import REGISTRY

_HEAD = ("claim", "source", "verdict", "sentence", "finding", "seconds", "full")


def write(claim: Claim, verdict: Verdict, folder: Path, **facts: Any) -> None:
    """Write a claim's numbers and plot, and put its line into the tables.

    Args:
        claim: The claim.
        verdict: What its run came to.
        folder: Made where it is missing; lines of other claims in it stay.
        **facts: `seconds` the run took, and whether it was `full`.

    Raises:
        DiskFull, StoreError: A file cannot be written.
    """
    make(folder)
    files.write(folder / f"{claim.id}.csv", numbers_csv(verdict.numbers))
    with style():
        figure = Figure(figsize=(8.0, 4.2), layout="constrained")
        verdict.plot(figure)
        for _ in save(figure, folder / claim.id):
            pass
    line = (claim.id, claim.source, verdict.word, claim.sentence, verdict.sentence)
    rows = _before(folder) | {claim.id: dict(zip(_HEAD, line, strict=False)) | facts}
    told = {id: rows[id] for id in REGISTRY if id in rows}
    files.write(
        folder / "verdicts.csv", _csv(_HEAD, [r.values() for r in told.values()])
    )
    files.write(folder / "verdicts.md", table(told))
    files.write(folder / "in-short.md", in_short(told))
    files.write(folder / "run.json", json.dumps(_machine(), indent=1) + "\n")


def make(folder: Path) -> None:
    """Make the folder.

    Raises:
        StoreError: The system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.refused("make", folder, error) from error


def numbers_csv(numbers: Any) -> str:
    """Return the numbers as CSV, doubles to the last digit, nan left empty."""
    rows = [["" if cell != cell else cell for cell in number] for number in numbers]
    return _csv(Number._fields, rows)


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of verdicts in Markdown, a line a claim."""
    head = ("claim", "source", "the sentence", "verdict", "what the numbers say")
    return _markdown(head, [(*_said(row), row["finding"]) for row in rows.values()])


def in_short(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of verdicts without what the numbers say."""
    head = ("claim", "source", "the sentence", "verdict")
    return _markdown(head, [_said(row) for row in rows.values()])


def _said(row: Mapping[str, Any]) -> tuple[str, ...]:
    claim, verdict = f"`{row['claim']}`", f"**{row['verdict']}**"
    return claim, row["source"], row["sentence"], verdict


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    rule = "|---" * len(head) + "|"
    return "\n".join([line(head), rule, *map(line, rows)]) + "\n"


def _before(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / "verdicts.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["claim"]: row for row in csv.DictReader(file)}


def _csv(head: Any, rows: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _machine() -> dict[str, Any]:
    import os

    import jax

    device = jax.devices()[0]
    kind = {"platform": device.platform, "kind": device.device_kind}
    return {"versions": versions(), "device": kind, "processors": os.cpu_count()}
