"""The verb `table`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option


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
