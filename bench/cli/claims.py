"""The verb `claims`."""

from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from .environment import Verb
from .options import FOLDER, help_option


def _complete(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a claim's id."""
    from claims.registry import IDS

    del context, parameter
    return [CompletionItem(id) for id in IDS if id.startswith(incomplete)]


@click.command(cls=Verb, add_help_option=False)
@click.argument("ids", metavar="[ID|FILE]...", nargs=-1, shell_complete=_complete)
@click.option("--list", "listed", is_flag=True, help="List every claim's sentence.")
@click.option("--all", "every", is_flag=True, help="Run all claims.")
@click.option("--full", is_flag=True, help="Use the sources' own sizes.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("results/claims"),
    help="Where numbers, plots and verdicts go [results/claims].",
)
@help_option
def claims(ids: Sequence[str], listed: bool, every: bool, full: bool, out: Path) -> int:
    """List the claims of the literature, or run some or --all of them.

    FILE is a Python file with claims of your own. Of a few claims the checks that
    decide are printed, of many the verdicts; the files in --out hold everything.
    """
    if listed and (ids or every):
        raise click.UsageError("--list runs nothing: give no claims and no --all")
    if every and ids:
        raise click.UsageError("give claims or --all, not both")
    if full and not (every or ids):
        raise click.UsageError("--full needs claims to run: give some, or --all")
    from claims import verb
    from claims.registry import select

    chosen = select(ids, every)
    if chosen:
        return verb.run(chosen, out, full)
    for line in verb.listing() if listed else verb.overview():
        click.echo(line)
    return 0
