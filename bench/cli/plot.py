"""The verb `plot`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("run", type=FOLDER)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Every plot; without it a panel for each problem, and the profiles.",
)
@click.option("--svg", is_flag=True, help="Each plot as svg too.")
@help_option
def plot(run: Path, every: bool, svg: bool) -> int:
    """Make the plots of the folder RUN again and print their paths.

    Exit status: 1 if a plot could not be drawn.
    """
    from ..report.plots import draw

    drawn = draw(existing_run(run), every, svg)
    for path in drawn.paths:
        click.echo(path)
    for line in drawn.failed:
        click.echo(line, err=True)
    return 1 if drawn.failed else 0
