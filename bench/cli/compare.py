"""The verb `compare`."""

from pathlib import Path

import click

from .environment import Verb
from .options import FOLDER, Choice, existing_run, help_option


@click.command(cls=Verb, add_help_option=False)
@click.argument("a", type=FOLDER)
@click.argument("b", type=FOLDER)
@click.option(
    "--format",
    "form",
    type=Choice(["text", "json", "markdown", "junit"]),
    default="text",
    help="What is printed; all of them say the same [text].",
)
@help_option
def compare(a: Path, b: Path, form: str) -> int:
    """Report what is worse, better or the same in run B compared with A.

    Exit status: 1 if something is worse.
    """
    from ..report.compare import compare_runs
    from ..report.compare.formats import FORMATS

    report = compare_runs(existing_run(a), existing_run(b))
    click.echo(FORMATS[form](report), nl=False)
    return 1 if report.worse else 0
