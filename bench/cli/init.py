"""The verb `init`: a config to start from, and the file that goes with it."""

from pathlib import Path

import click

from ..core.errors import ConfigError
from .environment import Verb
from .options import FOLDER, Choice, help_option

TEMPLATES = Path(__file__).with_name("templates")
KINDS = ("own-optimizer", "own-model", "sweep")
FIRST = "first"
"""The template without a kind."""


@click.command(cls=Verb, add_help_option=False)
@click.argument("kind", type=Choice(KINDS), required=False)
@click.option(
    "--out", type=FOLDER, default=Path(), help="Write here, not into this folder."
)
@help_option
def init(kind: str | None, out: Path) -> None:
    """Write a commented config to start from.

    It runs as it is. Without a KIND it compares three optimizers; own-optimizer and
    own-model come with a Python file of an optimizer or a model, and sweep tunes what
    it compares. No file is replaced.
    """
    from ..store import files

    contents = {out / name: text for name, text in template(kind or FIRST).items()}
    if there := [str(path) for path in contents if path.exists()]:
        words = f"{', '.join(there)}: there already, and nothing is replaced"
        raise ConfigError(f"{words}: remove it, or give another folder with --out")
    files.make_folder(out)
    files.write_all(contents)
    for path in contents:
        click.echo(path)
    config = next(path for path in contents if path.suffix == ".toml")
    click.echo(f"next: python -m bench run {config}", err=True)


def template(kind: str) -> dict[str, str]:
    """Return the texts of a template by the names of their files."""
    files = sorted((TEMPLATES / kind).glob("*.*"))
    return {file.name: file.read_text(encoding="utf-8") for file in files}
