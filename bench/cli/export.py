"""The verb `export`."""

from pathlib import Path

import click

from ..core.text import number_of
from ..report.export.destinations import DESTINATIONS
from ..report.export.destinations import export as write
from .environment import Verb
from .options import FOLDER, Choice, existing_run, help_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("run", type=FOLDER)
@click.option(
    "--to",
    required=True,
    type=Choice(list(DESTINATIONS)),
    help="The program, which has to be installed.",
)
@click.option(
    "--out", type=FOLDER, help="A new folder for its files [RUN/exports/PROGRAM]."
)
@help_option
def export(run: Path, to: str, out: Path | None) -> None:
    """Write each trial of RUN as a run of TensorBoard, Weights & Biases or MLflow.

    Settings become hyperparameters, and traces scalars against steps and seconds.
    Nothing is sent anywhere.
    """
    from ..store.run import load

    loaded = load(existing_run(run))
    folder = run / "exports" / to if out is None else out
    count = write(loaded, to, folder)
    click.echo(folder)
    shown = DESTINATIONS[to].show.format(folder=folder)
    click.echo(f"{number_of(count, 'trial')}; next: {shown}", err=True)
