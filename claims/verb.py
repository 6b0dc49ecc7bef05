"""List claims and run them, for the command line."""

import textwrap
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import click

import bench
from factories import explained

from .claim import Claim, Evidence, counts, spare_in_words
from .registry import IDS, SOURCES, every, source

MOST_SHOWN = 4
"""Checks that are printed; the file has all."""
FEW = 3
"""Claims whose checks are printed; of more, a line for each verdict."""
WIDTH = 100


def listing() -> Iterator[str]:
    """Yield a line for each claim: its id, its source, its sentence."""
    width = max(map(len, IDS))
    for claim in every():
        yield f"{claim.id:<{width}}  {claim.source:<5}  {claim.sentence}"


def overview() -> Iterator[str]:
    """Yield the sources with the ids of their claims, and where the rest is."""
    for name, known in SOURCES.items():
        yield f"{name}: {known.title}"
        lines = textwrap.wrap(known.ids, WIDTH, break_on_hyphens=False)
        yield from (f"  {line}" for line in lines)
    yield f"`claims --list` prints the {len(IDS)} sentences, `claims ID` tests one"


def run(claims: Sequence[Claim], folder: Path, full: bool) -> int:
    """Run claims one after the other, print their results, and write them to a folder.

    Returns:
        The exit status: 1 if a run raised an error, whatever the verdicts.
    """
    from .write import refuse_loss, write

    bench.make_folder(folder)
    refuse_loss(folder, [claim.id for claim in claims])
    broken = 0
    for number, claim in enumerate(claims, 1):
        click.echo(f"[{number}/{len(claims)}] {claim.id}", err=True)
        start = perf_counter()
        try:
            evidence = claim.run(full)
            if not isinstance(evidence, Evidence):
                raise TypeError(f"a claim returns Evidence, not {evidence!r}")
            seconds = f"{perf_counter() - start:.1f}"
            write(claim, evidence, folder, seconds=seconds, full=full)
        except (Exception, SystemExit) as error:
            if isinstance(error, bench.BenchError) and error.status == 1:
                raise  # of the machine: no further claim would run
            for line in _explained(claim, error):
                click.echo(f"{claim.id}: {line}", err=True)
            broken = 1
            continue
        if len(claims) > FEW:
            click.echo(f"{claim.id}: {claim.verdict(evidence.checks)}")
        else:
            click.echo("\n".join(lines(claim, evidence, folder)))
    click.echo(f"verdicts: {folder / 'verdicts.md'}", err=True)
    return broken


def _explained(claim: Claim, error: BaseException) -> Iterator[str]:
    """Yield what a claim's run raised: a line of a user's claim, or a traceback."""
    if isinstance(error, bench.BenchError):
        yield from error.lines
    elif claim.id not in IDS:
        yield f"the run broke down: {explained(error)}"
    else:
        yield f"the run broke down\n{''.join(traceback.format_exception(error))}"


def lines(claim: Claim, evidence: Evidence, folder: Path) -> Iterator[str]:
    """Yield ten lines: a claim's verdict, the checks that decide it, and the files.

    The checks whose numbers are nearest to turning come first.
    """
    checks = evidence.checks
    yield f"{claim.id}: {claim.sentence}"
    yield f"  source: {source(claim)}"
    yield f"  verdict: {claim.verdict(checks)}"
    turning = claim.turns(checks)
    yield f"  to spare: {spare_in_words(turning)}{f' ({turning})' if turning else ''}"
    yield f"  {counts(checks)}"
    ordered = sorted(checks, key=lambda check: (check.form == "beside", check.spare))
    shown = list({check.what: check for check in reversed(ordered)}.values())
    shown = shown[::-1][:MOST_SHOWN]
    width = max(len(check.what) for check in shown)
    for check in shown:
        wanted = f", {check.criterion.words}: " if check.criterion else ""
        met = {True: "met", False: "not met", None: ""}[check.met]
        number = f"{check.number}{wanted}{met}"
        yield f"    {check.form:<12}  {check.what:<{width}}  {number}"
    yield f"  all {len(checks)} numbers, and the plot: {folder / claim.id}.csv, .png"
