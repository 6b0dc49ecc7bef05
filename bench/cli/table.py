"""The verb `table`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import StoreError
from ..core.formats import TABLES
from .environment import Verb
from .options import FOLDER, Choice, help_option, opened, refuse_run, runs_argument

if TYPE_CHECKING:
    from ..store.run import Run

_NAMED = 3


@click.command(cls=Verb, add_help_option=False)
@runs_argument
@click.option(
    "--out",
    type=FOLDER,
    help="Write the tables into this folder: without --format as a run folder without "
    "trials, with it a file for each table.",
)
@click.option(
    "--format",
    "form",
    type=Choice(list(TABLES)),
    help="Print tables as csv, json, latex or markdown, and leave RUN as it is.",
)
@click.option(
    "--table",
    "names",
    multiple=True,
    metavar="NAME",
    help="Print or write this table alone, such as comparison; docs/export.md lists "
    "them. Repeatable.",
)
@help_option
def table(
    runs: tuple[Path, ...], out: Path | None, form: str | None, names: Sequence[str]
) -> None:
    """Make the tables of the folder RUN again and print all of them.

    Of several runs they are printed side by side, and no folder of a run is changed.
    csv and json hold raw numbers in SI units: csv the table `summary`, json all; latex
    prints those of the problems. --table chooses others.
    """
    from ..report.groups import Results
    from ..report.tables.formats import refuse_unknown
    from ..report.tables.summary import Tables
    from ..store import made, reading
    from ..store.folder import ONLY_TABLES
    from ..store.nameless import nameless

    loaded = opened(runs)
    for line in of_earlier_plans(loaded):
        click.echo(line, err=True)
    if form or (names and out is None):
        if loaded.record.only_tables:
            raise StoreError(
                f"{loaded.folder}: {ONLY_TABLES}: a format needs the trials"
            )
        _print(loaded, form or "markdown", names, out)
        return
    if len(runs) > 1 and out is None:
        text = Tables(Results(loaded)).texts()["summary.md"]
    elif loaded.record.only_tables and out is None:
        text = reading.content(loaded.folder / "summary.md").decode()
        click.echo(f"{loaded.folder}: {ONLY_TABLES}: shown as they are", err=True)
    elif out is None:
        text = Tables(Results(loaded)).write()
    else:
        made.refuse_loss(loaded, "tables", ())
        (shared,) = nameless([loaded])
        tables = Tables(Results(shared))
        refuse_unknown(names, tables.named())
        contents = tables.contents(names)
        made.keep(shared, out, contents)
        text = str(contents["summary.md"])
    click.echo(text)


def _print(run: "Run", form: str, names: Sequence[str], out: Path | None) -> None:
    """Print tables of a run in a format, or write them and print their paths."""
    from ..report.groups import Results
    from ..report.tables.formats import files_of, text_of
    from ..report.tables.summary import Tables
    from ..store import files

    tables = Tables(Results(run))
    if out is None:
        click.echo(text_of(tables, form, names), nl=False)
        return
    refuse_run(out)
    written = {out / name: text for name, text in files_of(tables, form, names).items()}
    files.make_folder(out)
    files.write_all(written)
    for path in written:
        click.echo(path)


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
