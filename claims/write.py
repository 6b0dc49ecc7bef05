"""The files that claims leave in a folder: checks, plots, and the verdicts."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import bench

from .check import Check
from .claim import Claim, Evidence, finding
from .registry import IDS

CHECK = ("form", "what", "measured", "low", "high", "unit")
CRITERION = ("criterion", "least", "most", "met")
VERDICT = ("claim", "source", "verdict", "sentence", "finding", "seconds", "full")


def write(claim: Claim, evidence: Evidence, folder: Path, **facts: Any) -> None:
    """Write a claim's checks and plot, and put its line into the tables.

    Args:
        claim: The claim.
        evidence: What its run left.
        folder: Lines of other claims in it stay.
        **facts: `seconds` the run took, and whether it was `full`.

    Raises:
        DiskFull, StoreError: A file cannot be written.
    """
    bench.write_file(folder / f"{claim.id}.csv", checks_csv(evidence.checks))
    with bench.plot_style():
        figure = Figure(figsize=(8.0, 4.2), layout="constrained")
        evidence.plot(figure)
        list(bench.save_figure(figure, folder / claim.id))
    checks = evidence.checks
    line = (claim.id, claim.source, claim.verdict(checks), claim.sentence)
    row = dict(zip(VERDICT, (*line, finding(checks)), strict=False)) | facts
    rows = _in_order(_before(folder) | {claim.id: row})
    texts = {
        "verdicts.csv": _csv(VERDICT, [each.values() for each in rows]),
        "verdicts.md": table(rows),
        "in-short.md": in_short(rows),
        "run.json": json.dumps(_machine(), indent=1) + "\n",
    }
    for name, text in texts.items():
        bench.write_file(folder / name, text)


def make(folder: Path) -> None:
    """Make the folder.

    Raises:
        BenchError: The system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise bench.BenchError(f"cannot make {folder}: {error.strerror}") from error


def checks_csv(checks: Iterable[Check]) -> str:
    """Return the checks as CSV, doubles to the last digit, what there is not empty."""
    return _csv(CHECK + CRITERION, map(_cells, checks))


def _cells(check: Check) -> Iterator[Any]:
    yield from (check.form, check.what)
    yield from ("" if x != x else x for x in check.seen[:3])
    yield check.unit
    if check.criterion:
        bounds = check.criterion.least, check.criterion.most
        yield check.criterion.words
        yield from ("" if abs(x) == float("inf") else x for x in bounds)
        yield check.met
    else:
        yield from [""] * len(CRITERION)


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of verdicts in Markdown, a line a claim."""
    head = ("claim", "source", "the sentence", "verdict", "what the numbers say")
    return _markdown(head, [(*_short(row), row["finding"]) for row in rows])


def in_short(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the table of verdicts without what the numbers say."""
    head = ("claim", "source", "the sentence", "verdict")
    return _markdown(head, map(_short, rows))


def _short(row: Mapping[str, Any]) -> tuple[str, ...]:
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


def _in_order(rows: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in the order of the registry, a user's own claims last."""
    own = [id for id in rows if id not in IDS]
    return [rows[id] for id in [*IDS, *own] if id in rows]


def _csv(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def _machine() -> dict[str, Any]:
    import jax

    device = jax.devices()[0]
    kind = {"platform": device.platform, "kind": device.device_kind}
    return {"versions": bench.versions(), "device": kind, "processors": os.cpu_count()}
