"""The verb `compare`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, existing_run, help_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("a", type=FOLDER)
@click.argument("b", type=FOLDER)
@help_option
def compare(a: Path, b: Path) -> int:
    """Report what is worse, better or the same in run B compared with A.

    Exit status: 1 if something is worse.
    """
    from ..report.compare import compare_runs

    section = compare_runs(existing_run(a), existing_run(b))
    click.echo(section.text, nl=False)
    return 1 if section.worse else 0
