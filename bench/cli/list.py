"""The verb `list`: problems, optimizers, sets and configs, and what each takes."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from ..core.errors import ConfigError
from ..core.text import number_of
from .environment import Verb
from .options import Choice, help_option

SETS, CONFIGS = "sets", "configs"
KINDS = ("problems", "optimizers", SETS, CONFIGS)


@click.command("list", cls=Verb, add_help_option=False)
@click.argument("kind", type=Choice(KINDS), required=False)
@click.option("--set", "name", metavar="NAME", help="List the problems of a set.")
@help_option
def list_(kind: str | None, name: str | None) -> None:
    """List problems, optimizers, sets and configs.

    Of a problem or an optimizer every setting is listed with its default, the values
    that it takes, and the range in which it is tuned. Of a set `list problems --set
    NAME` lists every problem with its size, class, least loss, and settings.
    """
    if name is not None:
        if kind not in (None, "problems"):
            raise click.UsageError(f"--set lists problems, not {kind}")
        lines = of_set(name)
    else:
        lines = listing((kind,) if kind else KINDS)
    for line in lines:
        click.echo(line)


def of_set(name: str) -> Iterator[str]:
    """Yield a table of the problems of a set.

    Raises:
        ConfigError: There is no such set; the nearest is named.
    """
    from factories import nearest
    from problems.sets import SETS

    if name not in SETS:
        raise ConfigError(f"--set {name}: no set has this name.{nearest(name, SETS)}")
    one = SETS[name]
    yield f"{name}: {one.summary}"
    yield f"  from: {one.source}"
    columns = [("problem", "n", "m", "class", "least loss", "from", "stated as")]
    for member in one.members(None):
        terms = "" if member.terms is None else str(member.terms)
        least = "" if member.least is None else f"{member.least:.10g}"
        settings = {"name": member.problem, **member.settings}
        stated = ", ".join(f"{key} = {toml(x)}" for key, x in settings.items())
        known = member.kind, least, member.source, stated
        columns.append((member.name, str(member.parameters), terms, *known))
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    for row in columns:
        cells = zip(row, widths, _ALIGNED, strict=True)
        yield "  " + "  ".join(f"{x:{side}{n}}" for x, n, side in cells).rstrip()


_ALIGNED = "<>><<<<"


def listing(kinds: tuple[str, ...] = KINDS) -> Iterator[str]:
    """Yield lines: a name with its sentence, then a line for each setting.

    A problem also has a line with the number of its parameters, and a set one with how
    to list its problems.
    """
    for number, kind in enumerate(kinds):
        if number:
            yield ""
        if kind == SETS:
            yield from _sets()
        elif kind == CONFIGS:
            yield from _configs()
        else:
            yield from _factories(kind)


def _configs() -> Iterator[str]:
    from ..config import shipped

    yield "configs, which `run`, `check` and `profile` take by name:"
    for name in shipped.names():
        yield f"  {name}: {shipped.summary(name)}"


def _sets() -> Iterator[str]:
    from problems.sets import SETS

    yield "sets:"
    for name, one in SETS.items():
        count = len(one.members(None))
        yield f"  {name}: {one.summary}"
        yield f"      {count} problems, `list problems --set {name}` lists them"


def _factories(kind: str) -> Iterator[str]:
    from factories import defaults, schemas

    from ..config.oracle import oracle_settings

    package = _package(kind)
    yield f"{kind}:"
    for name in package.names():
        yield f"  {name}: {_sentence(package.factory(name))}"
        if kind == "problems" and name in package.PARAMETERS:
            yield f"      {_parameters(package.PARAMETERS[name])}"
        ranges = package.space(name) if kind == "optimizers" else {}
        kinds = schemas(package.factory(name))
        for key, value in _settings(package, name).items():
            takes = f"{_takes(kinds[key])}{_range(ranges, key)}"
            yield f"      {key}{_default(value)}{takes}"
    if kind == "optimizers":
        yield from _of_other_packages()
        yield "  any optimizer also takes:"
        kinds = schemas(oracle_settings)
        for key, value in defaults(oracle_settings).items():
            yield f"      {key}{_default(value)}{_takes(kinds[key])}"


def _of_other_packages() -> Iterator[str]:
    """Yield the names of optax, SciPy and Optimistix, and what is tuned of optax."""
    import optimizers

    from ..config.scipy_methods import METHODS
    from ..core.spec import SCIPY

    yield "  optax.NAME, optax.contrib.NAME: any of optax; what is tuned:"
    for name, ranges in optimizers.SPACES.items():
        tuned = (
            f"{key} from {low:g} to {high:g}" for key, (low, high) in ranges.items()
        )
        yield f"      {name}: {', '.join(tuned) or 'nothing'}"
    for key, (low, high) in optimizers.GENERAL.items():
        yield f"      any other: {key} from {low:g} to {high:g}, if it has one"
    yield f"  of SciPy: {', '.join(SCIPY + name for name in METHODS)}"
    yield f"  of Optimistix: {', '.join(optimizers.SOLVERS)}"


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
    return f"{number_of(count, 'parameter')} with these settings"


def _range(ranges: Mapping[str, tuple[float, float]], key: str) -> str:
    if key not in ranges:
        return ""
    low, high = ranges[key]
    return f"; tuned from {low:g} to {high:g}"


def _takes(schema: Mapping[str, Any]) -> str:
    words = in_words(schema)
    return f": {words}" if words else ""


def in_words(schema: Mapping[str, Any], ending: str = "") -> str:
    """Return the values that a setting takes; nothing if its schema does not say.

    Args:
        schema: Its JSON Schema.
        ending: Of the word for its type: `s` for several.
    """
    if "anyOf" in schema:
        return ", or ".join(filter(None, map(in_words, schema["anyOf"])))
    if names := schema.get("enum", [schema["const"]] if "const" in schema else []):
        listed = [toml(name) for name in names[:_MOST_NAMES]]
        more = len(names) - len(listed)
        return ", ".join(listed) + (f" and {more} more" if more else "")
    if "schedule" in schema.get("required", ()):
        return "schedule"
    kind = schema.get("type")
    if kind == "array":
        inner = in_words(schema.get("items", {}), "s")
        return f"list of {inner}" if inner else "list"
    bounds = [words.format(schema[key]) for key, words in _BOUNDS if key in schema]
    if kind not in _TYPES:
        return ""
    return f"{_TYPES[kind]}{ending} {' and '.join(bounds)}".strip()


_MOST_NAMES = 12
_TYPES = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "table",
    "string": "text",
}
_BOUNDS = (
    ("exclusiveMinimum", "above {:g}"),
    ("minimum", "at least {:g}"),
    ("exclusiveMaximum", "below {:g}"),
    ("maximum", "at most {:g}"),
    ("multipleOf", "a multiple of {:g}"),
)


def toml(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return repr(value)
