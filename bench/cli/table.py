"""The verb `table`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, help_option, opened, runs_argument


@click.command(cls=Verb, add_help_option=False)
@runs_argument
@click.option(
    "--out", type=FOLDER, help="Write the tables into this folder, without the trials."
)
@help_option
def table(runs: tuple[Path, ...], out: Path | None) -> None:
    """Make the tables of the folder RUN again and print all of them.

    Of several runs they are printed side by side, and no folder of a run is changed.
    """
    from ..report.groups import Results
    from ..report.tables.summary import Tables
    from ..store import made, reading
    from ..store.folder import ONLY_TABLES

    loaded = opened(runs)
    if len(runs) > 1 and out is None:
        text = Tables(Results(loaded)).texts()["summary.md"]
    elif loaded.record.only_tables and out is None:
        text = reading.content(loaded.folder / "summary.md").decode()
        click.echo(f"{loaded.folder}: {ONLY_TABLES}: shown as they are", err=True)
    elif out is None:
        text = Tables(Results(loaded)).write()
    else:
        made.refuse_loss(loaded, "tables", ())
        contents = Tables(Results(loaded)).contents()
        made.keep(loaded, out, contents)
        text = str(contents["summary.md"])
    click.echo(text)
