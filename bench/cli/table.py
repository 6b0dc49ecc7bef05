"""The verb `table`."""

from pathlib import Path

import click

from .options import FOLDER, existing_run, help_option


@click.command(add_help_option=False)
@click.argument("run", type=FOLDER)
@help_option
def table(run: Path) -> None:
    """Make the tables of the folder RUN again and print all of them."""
    from ..report.tables.summary import write

    click.echo(write(existing_run(run)))
