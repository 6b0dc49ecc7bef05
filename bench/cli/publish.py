"""The verb `publish`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option, host_names_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("runs", metavar="RUN...", type=FOLDER, nargs=-1, required=True)
@click.option("--out", type=FOLDER, default="site", help="The pages' folder [site].")
@click.option("--title", default="Runs", help="The title of the index [Runs].")
@host_names_option
@help_option
def publish(
    runs: tuple[Path, ...], out: Path, title: str, names_machines: bool
) -> None:
    """Write static pages of the folders RUN and print the path of their index.

    There is an index, and for each run its report, tables, plots, machine and files.
    Any host of pages can serve the folder, and a browser can open it as it is.
    """
    from ..report import site
    from ..store.run import load

    loaded = [load(existing_run(run)) for run in runs]
    click.echo(site.publish(loaded, out, title, names_machines))
