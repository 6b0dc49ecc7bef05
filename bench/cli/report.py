"""The verb `report`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option, host_names_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("runs", metavar="RUN [RUN ...]", nargs=-1, required=True, type=FOLDER)
@click.option(
    "--out",
    type=FOLDER,
    help="The file [RUN/report.html; of several runs report.html in this folder].",
)
@host_names_option
@help_option
def report(runs: tuple[Path, ...], out: Path | None, names_machines: bool) -> None:
    """Make one HTML file of the folders RUN, and print its path.

    It holds all charts and tables of the runs, side by side, and opens in a browser
    without network.
    """
    from ..report.html import write
    from ..store.run import load

    folders = list(dict.fromkeys(existing_run(run) for run in runs))
    click.echo(write([load(folder) for folder in folders], out, names_machines))
