"""The verb `merge`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.text import number_of
from .environment import Verb
from .options import FOLDER, existing_run, help_option

if TYPE_CHECKING:
    from ..store.merged import Merged

MOST = 5
"""Trials that are named; the file has all."""


@click.command(cls=Verb, add_help_option=False)
@click.argument("runs", type=FOLDER, nargs=-1, required=True, metavar="RUN RUN ...")
@click.option("--out", type=FOLDER, required=True, help="The new folder.")
@click.option(
    "--prefer",
    type=FOLDER,
    metavar="RUN",
    help="The run whose results alone are kept where those of others differ.",
)
@click.option("--mix", is_flag=True, help="Also runs made with other versions.")
@help_option
def merge(runs: tuple[Path, ...], out: Path, prefer: Path | None, mix: bool) -> None:
    """Merge run folders, also of several machines, into the new folder OUT.

    A trial that several runs have is kept once if its results are the same to the last
    bit, seconds too. Otherwise each is kept, those of later runs in another round.
    """
    from ..report.groups import Results
    from ..report.tables.summary import Tables
    from ..store import merged
    from ..store.run import load

    if len(runs) < 2:
        raise click.UsageError("merge needs two runs or more")
    done = merged.merge([existing_run(run) for run in runs], out, prefer, mix)
    for line in _lines(done, out):
        click.echo(line, err=True)
    tables = Tables(Results(load(out)))
    tables.write()
    click.echo(tables.short())
    click.echo(f"All tables: {out / 'summary.md'}")


def _lines(done: "Merged", out: Path) -> Iterator[str]:
    """Yield what was merged, and what was in several runs with other results."""
    from ..store.merge import unplanned
    from ..store.merged import AGAIN

    for number, name in enumerate(done.names):
        own = sum(kept.run == number for kept in done.joined.kept)
        others = unplanned(done.runs[number])
        left = f" ({others} of another plan left out)" if others else ""
        yield f"{number_of(own, 'trial')} of {name}{left}"
    if done.joined.repeated:
        count = number_of(done.joined.repeated, "trial")
        yield f"{count} the same in several runs, kept once"
    if done.again:
        count = number_of(len(done.again), "trial")
        yield f"{count} with other results in several runs, kept as further rounds:"
        yield from _named(done)
    if done.joined.left_out:
        count = number_of(len(done.joined.left_out), "trial")
        yield f"{count} left out: another run is preferred"
    if done.again or done.joined.left_out:
        yield f"all of these: {out / AGAIN}"


def _named(done: "Merged") -> Iterator[str]:
    """Yield some trials that were moved, first those that differ in calls or ends."""
    for kept in sorted(done.again, key=lambda kept: not kept.differences)[:MOST]:
        spec, words = kept.there.spec, "; ".join(kept.differences)
        yield (
            f"  {spec.label} on {spec.problem_label}, seed {spec.seed}: round "
            f"{spec.round} of {done.names[kept.run]} is round {kept.here.spec.round} "
            f"({words or 'seconds alone differ'})"
        )
