"""The files that claims leave in a folder: checks, plots, and the verdicts."""

import json
import os
from collections.abc import Iterable, Sequence
from math import isinf
from pathlib import Path
from textwrap import fill
from typing import Any

import jax
import pandas as pd
from filelock import FileLock
from matplotlib.figure import Figure

import bench

from .check import Check
from .claim import Claim, Evidence, counts, finding, spare_in_words
from .registry import IDS

CHECK = ["form", "what", "measured", "low", "high", "unit"]
CRITERION = ["criterion", "least", "most", "met", "spare"]
TITLE, CAPTION = 105, 125
"""Characters of a line above and below a plot."""


def refuse_loss(folder: Path, ids: Iterable[str]) -> None:
    """Check that claims replace nothing in a folder that no claim made.

    Args:
        folder: Where the files of claims go.
        ids: The claims that are run.

    Raises:
        BenchError: The folder is a run's, or it has tables of something else.
    """
    ours = {*IDS, *ids}
    others = [path for path in _replaced(folder) if path.stem not in ours]
    if (folder / "verdicts.csv").exists():
        _verdicts(folder / "verdicts.csv")
    elif others:
        raise bench.BenchError(
            f"{folder}: has {others[0].name} but no verdicts.csv of claims: "
            "use another --out"
        )


def _replaced(folder: Path) -> list[Path]:
    patterns = ("run.json", "*.csv", "*.md", "machine.json", "*.png", "*.svg")
    return [path for pattern in patterns for path in sorted(folder.glob(pattern))]


def write(claim: Claim, evidence: Evidence, folder: Path, **facts: Any) -> None:
    """Write a claim's checks and plot, and put its line into the tables.

    Args:
        claim, evidence: The claim, and the results of its run.
        folder: Lines of other claims in it are kept.
        **facts: `seconds` the run took, and whether it was `full`.

    Raises:
        DiskFull, StoreError: A file cannot be written.
    """
    checks = evidence.checks
    bench.write_file(folder / f"{claim.id}.csv", checks_csv(checks))
    with bench.plot_style():
        figure = Figure(figsize=(8.0, 5.0), layout="constrained")
        evidence.plot(figure)
        _title(figure, claim, checks)
        list(bench.save_figure(figure, folder / claim.id))
    row = {"claim": claim.id, "source": claim.source, "sentence": claim.sentence}
    row |= {"verdict": claim.verdict(checks)}
    row |= {"to spare": spare_in_words(claim.turns(checks))}
    row |= {"finding": finding(checks)} | facts
    with FileLock(folder / ".verdicts.lock"):  # other processes may add theirs
        verdicts = _with_row(folder / "verdicts.csv", row)
        texts = {
            "verdicts.csv": verdicts.to_csv(index=False),
            "verdicts.md": markdown(verdicts),
            "machine.json": json.dumps(_machine(), indent=1) + "\n",
        }
        for name, text in texts.items():
            bench.write_file(folder / name, text)


def _title(figure: Figure, claim: Claim, checks: Sequence[Check]) -> None:
    """Put the sentence and the verdict above a plot, and the deciding number below."""
    sentence = fill(claim.sentence, TITLE)
    verdict = fill(f"{claim.id}: {claim.verdict(checks)}", TITLE)
    figure.suptitle(f"{sentence}\n{verdict}", fontsize=9)
    turning = claim.turns(checks)
    numbers = f"{counts(checks)} Nearest to turning: {turning}."
    spare = f"To spare: {spare_in_words(turning)}."
    figure.supxlabel(fill(f"{numbers} {spare}", CAPTION), fontsize=8)


def checks_csv(checks: Iterable[Check]) -> str:
    """Return the checks as CSV, with exact numbers; empty for missing ones."""
    table = pd.DataFrame(map(_cells, checks), columns=CHECK + CRITERION)
    return table.to_csv(index=False)


def _cells(check: Check) -> tuple[Any, ...]:
    number = check.form, check.what, *check.seen[:3], check.unit
    if check.criterion is None:
        return number + (None,) * len(CRITERION)
    bounds = check.criterion.least, check.criterion.most
    shown = (None if isinf(bound) else bound for bound in bounds)
    return (*number, check.criterion.words, *shown, check.met, check.spare)


def markdown(verdicts: pd.DataFrame) -> str:
    """Return the verdicts as a Markdown table, with a line for each claim."""
    claims, words = "`" + verdicts.claim + "`", "**" + verdicts.verdict + "**"
    shown = verdicts.assign(claim=claims, verdict=words)
    shown = shown.drop(columns=["seconds", "full"])
    cells = shown.map(lambda cell: cell.replace("|", r"\|")).to_numpy()
    head, *lines = (f"| {' | '.join(row)} |\n" for row in (shown.columns, *cells))
    return "".join([head, "|---" * len(shown.columns) + "|\n", *lines])


def _with_row(path: Path, row: dict[str, Any]) -> pd.DataFrame:
    """Read the verdicts and set a claim's, in the registry's order, own claims last."""
    before = _verdicts(path) if path.exists() else []
    rows = {each["claim"]: each for each in before}
    rows[row["claim"]] = row
    order = [id for id in dict.fromkeys([*IDS, *rows]) if id in rows]
    return pd.DataFrame([rows[id] for id in order], columns=list(row))


def _verdicts(path: Path) -> list[dict[str, Any]]:
    """Read the verdicts of earlier runs."""
    try:
        before = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise bench.BenchError(f"{path}: not a table: {error}") from error
    if "claim" not in before:
        raise bench.BenchError(f"{path}: not the verdicts of claims: use another --out")
    return [dict(row) for row in before.to_dict("records")]


def _machine() -> dict[str, Any]:
    device = jax.devices()[0]
    kind = {"platform": device.platform, "kind": device.device_kind}
    return {"versions": bench.versions(), "device": kind, "processors": os.cpu_count()}
