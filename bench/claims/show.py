"""Run claims from the command line, and say what came of them."""

import traceback
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from time import perf_counter

import click

from ..errors import BenchError
from .claim import Claim, Number, Verdict
from .registry import REGISTRY, SOURCES


def listing() -> Iterator[str]:
    """Yield a line for each claim: its id, its source, its sentence."""
    width = max(map(len, REGISTRY))
    for claim in REGISTRY.values():
        yield f"{claim.id:<{width}}  {claim.source:<5}  {claim.sentence}"


def run(claims: Sequence[Claim], folder: Path, full: bool) -> int:
    """Run claims in turn and write what they leave.

    Returns:
        The exit status: 1 where a run broke down, whatever the verdicts.
    """
    from .write import make, write

    make(folder)
    broken = 0
    for number, claim in enumerate(claims, 1):
        click.echo(f"[{number}/{len(claims)}] {claim.id}", err=True)
        start = perf_counter()
        try:
            verdict = claim.run(full, folder)
            seconds = f"{perf_counter() - start:.1f}"
            write(claim, verdict, folder, seconds=seconds, full=full)
        except BenchError:
            raise
        except Exception:
            click.echo(f"{claim.id}: the run broke down", err=True)
            click.echo(traceback.format_exc(), err=True)
            broken = 1
            continue
        for line in told(claim, verdict):
            click.echo(line)
    click.echo(f"numbers, plots and verdicts: {folder}", err=True)
    return broken


def told(claim: Claim, verdict: Verdict) -> Iterator[str]:
    """Yield what stdout gets: sentence, source, verdict, numbers."""
    yield f"{claim.id}: {claim.sentence}"
    yield f"  source: {SOURCES[claim.source]}"
    yield f"  verdict: {verdict.word}"
    yield f"  {verdict.sentence}"
    width = max(len(number.what) for number in verdict.numbers)
    for number in verdict.numbers:
        yield f"    {number.form:<12}  {number.what:<{width}}  {_figures(number)}"
    yield ""


def _figures(number: Number) -> str:
    parts = [f"measured {number.measured:.4g}"]
    if isfinite(number.low) and isfinite(number.high):
        parts[0] += f" [{number.low:.4g}, {number.high:.4g}]"
    if number.predicted == number.predicted:
        parts.append(f"predicted {number.predicted:.4g}")
    return ", ".join(parts) + (f" ({number.unit})" if number.unit else "")
