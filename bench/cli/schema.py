"""The verb `schema`."""

import json

import click

from .environment import Verb
from .options import help_option


@click.command(cls=Verb, add_help_option=False)
@help_option
def schema() -> None:
    """Print the JSON Schema of a config, for editors.

    It is the same until problems, optimizers or keys change.
    """
    from ..config.json_schema import config_schema

    click.echo(json.dumps(config_schema(), indent=1, ensure_ascii=False))
