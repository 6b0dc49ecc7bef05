"""The verb `plot`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("run", type=FOLDER)
@help_option
def plot(run: Path) -> None:
    """Make the plots of the folder RUN again and print their paths."""
    from ..report.plots import draw

    for path in draw(existing_run(run)):
        click.echo(path)
