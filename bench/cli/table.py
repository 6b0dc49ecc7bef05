"""The verb `table`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option

if TYPE_CHECKING:
    from ..store.run import Run

_NAMED = 3


@click.command(cls=Verb, add_help_option=False)
@click.argument("run", type=FOLDER)
@click.option(
    "--out", type=FOLDER, help="Write the tables into this folder, without the trials."
)
@help_option
def table(run: Path, out: Path | None) -> None:
    """Make the tables of the folder RUN again and print all of them."""
    from ..report.groups import Results
    from ..report.tables.summary import Tables
    from ..store import made, reading
    from ..store.folder import ONLY_TABLES
    from ..store.run import load

    loaded = load(existing_run(run))
    for line in of_earlier_plans(loaded):
        click.echo(line, err=True)
    if loaded.record.only_tables and out is None:
        text = reading.content(run / "summary.md").decode()
        click.echo(f"{run}: {ONLY_TABLES}: shown as they are", err=True)
    elif out is None:
        text = Tables(Results(loaded)).write()
    else:
        made.refuse_loss(loaded, "tables", ())
        contents = Tables(Results(loaded)).contents()
        made.keep(loaded, out, contents)
        text = str(contents["summary.md"])
    click.echo(text)


def of_earlier_plans(run: "Run") -> Iterator[str]:
    """Yield a line on trials of the folder that its last plan, and no table, has."""
    counts = Counter(f"{s.label} on {s.problem_label}" for s in run.left_out)
    if not counts:
        return
    named = [f"{name} {count}" for name, count in counts.most_common(_NAMED)]
    more = len(counts) - len(named)
    words = ", ".join([*named, *([f"{more} more"] if more else [])])
    yield (
        f"{run.folder} also holds {counts.total()} trials of earlier plans, which are "
        f"in no table: {words}; run the config that has all of them, to see them"
    )
