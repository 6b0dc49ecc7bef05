"""The verb `list`: problems and optimizers with settings, defaults and ranges."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from .environment import Verb
from .options import help_option

KINDS = ("problems", "optimizers")


@click.command("list", cls=Verb, add_help_option=False)
@click.argument("kind", type=click.Choice(KINDS), required=False)
@help_option
def list_(kind: str | None) -> None:
    """List problems and optimizers: every setting, its default and tuned range."""
    for line in listing((kind,) if kind else KINDS):
        click.echo(line)


def listing(kinds: tuple[str, ...] = KINDS) -> Iterator[str]:
    """Yield lines: a name with its sentence, then a line for each setting.

    A problem also has a line with the number of its parameters.
    """
    from factories import defaults

    from ..config.oracle import oracle_settings

    for number, kind in enumerate(kinds):
        if number:
            yield ""
        package = _package(kind)
        yield f"{kind}:"
        for name in package.names():
            yield f"  {name}: {_sentence(package.factory(name))}"
            if kind == "problems" and name in package.PARAMETERS:
                yield f"      {_parameters(package.PARAMETERS[name])}"
            ranges = package.space(name) if kind == "optimizers" else {}
            for key, value in _settings(package, name).items():
                yield f"      {key}{_default(value)}{_range(ranges, key)}"
        if kind == "optimizers":
            yield "  any optimizer also takes:"
            for key, value in defaults(oracle_settings).items():
                yield f"      {key}{_default(value)}"


def _package(kind: str) -> Any:
    if kind == "problems":
        import problems

        return problems
    import optimizers

    return optimizers


def _settings(package: Any, name: str) -> dict[str, Any]:
    """Return settings and defaults; for a problem, with those of its data set."""
    from factories import defaults

    if hasattr(package, "defaults"):
        return package.defaults(name)
    return defaults(package.factory(name))


def _sentence(factory: Any) -> str:
    """Return the first paragraph of a docstring as one line."""
    return " ".join((factory.__doc__ or "").split("\n\n")[0].split())


def _default(value: Any) -> str:
    if value is ...:
        return " (required)"
    return " (not set)" if value is None else f" = {toml(value)}"


def _parameters(count: int) -> str:
    return f"{count:,} parameter{'s' * (count != 1)} with these settings"


def _range(ranges: Mapping[str, tuple[float, float]], key: str) -> str:
    if key not in ranges:
        return ""
    low, high = ranges[key]
    return f", tuned from {low:g} to {high:g}"


def toml(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return repr(value)
