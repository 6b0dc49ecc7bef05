"""Optimizers by name: the factory, its search space, and the optimizer it makes."""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

import optax

import factories
from factories import FactoryError

from .contract import NotApplicable, WithAnswer
from .masks import is_mask, mask
from .optax_names import SPACES, check_ranges, refuse_known, with_answer
from .optimistix_solvers import SOLVERS
from .registry import REGISTRY, SCHEDULES, Factory
from .settings import LogUniform, check_plain

_OPTAX = ("optax", "optax.contrib")
_SCHEDULES = ("optax", "optax.schedules")
_INSIDE = ("base_optimizer", "optimizer", "inner", "opt")
_PEAKS = ("peak_value", "init_value", "value")
"""The arguments of schedules that hold the greatest rate, the first one decides."""

Settings = Mapping[str, Any]
Space = Mapping[str, LogUniform]

# The search space of a factory that states no range.
GENERAL: Space = {"learning_rate": LogUniform(1e-5, 1e1)}


def names() -> list[str]:
    """Return the names of the registry, sorted."""
    return sorted(REGISTRY)


def factory(name: str) -> Factory:
    """Return the factory of a name.

    Args:
        name: One of `names()`, `"optax.X"`, `"optax.contrib.X"`, `"optimistix.X"`,
            `"package.module:factory"` or `"path/to/file.py:factory"`.

    Raises:
        FactoryError: Nothing of that name is there.
    """
    return SOLVERS.get(name) or factories.find(name, REGISTRY, _OPTAX)


def space(name: str, settings: Settings | None = None) -> Space:
    """Return the settings to tune, each with its range.

    Args:
        name: As in `factory`. Ranges are the annotations of the factory's arguments. If
            there are none, its `learning_rate` is tuned if it has one.
        settings: As for `make`. Where one of them is a schedule, its greatest value is
            tuned, if it is an argument; of a list of optimizers, as in `chain`, the
            settings of each.

    Returns:
        The ranges by the paths of the settings: "learning_rate.peak_value".

    Raises:
        FactoryError: Nothing of that name is there.
    """
    if not settings:
        return _space(name)
    tuned = {_peak(key, settings.get(key)): r for key, r in _space(name).items()}
    ranges = {path: r for path, r in tuned.items() if path is not None}
    for place, part in _tables(name, settings):
        inner = space(str(part["name"]), part)
        ranges |= {f"{place}.{path}": ends for path, ends in inner.items()}
    return ranges


def _space(name: str) -> Space:
    if name in SPACES:
        return SPACES[name]
    build = factory(name)
    if ranges := factories.metadata(build, LogUniform):
        return ranges
    return GENERAL if "learning_rate" in signature(build).parameters else {}


def _peak(key: str, value: Any) -> str | None:
    """Return the path of what is tuned for a setting; None for nothing."""
    if not isinstance(value, Mapping):
        return key
    if "schedule" not in value:
        return None
    arguments = signature(_schedule(value["schedule"])).parameters
    peak = next((name for name in _PEAKS if name in arguments), None)
    return None if peak is None or value.get(peak) == 0 else f"{key}.{peak}"


def _tables(name: str, settings: Settings) -> Iterator[tuple[str, Settings]]:
    """Yield the optimizers in a list of optimizers, each with its path."""
    if not hasattr(factory(name), "beside"):
        return
    for key, held in settings.items():
        for place, part in enumerate(held if isinstance(held, list | tuple) else ()):
            if isinstance(part, Mapping) and "name" in part:
                yield f"{key}.{place}", part


def arguments(name: str, settings: Settings, path: str) -> dict[str, Any]:
    """Return what the factory of a setting at a path takes, as `factories.defaults`.

    Args:
        name, settings: Of the optimizer.
        path: For example "learning_rate.peak_value": its factory is a schedule.

    Raises:
        FactoryError: There is no such table, or nothing of its name.
    """
    build = factory(name)
    for held in factories.inside(settings, path)[1:]:
        if isinstance(held, Mapping) and "name" in held:
            build = factory(held["name"])
        elif isinstance(held, Mapping) and "schedule" in held:
            build = _schedule(held["schedule"])
    return factories.defaults(build)


def check(name: str, settings: Settings) -> None:
    """Check settings against the factory, nested ones too, by making it once.

    Args:
        name: As for `factory`.
        settings: Concrete numbers, strings and booleans.

    Raises:
        FactoryError: A name or a setting is unknown, missing or out of its range.
        NotApplicable: The optimizer is known not to fit the loop.
    """
    try:
        make(name, **settings)
    except (FactoryError, NotApplicable):
        raise
    except (Exception, SystemExit) as error:
        raise FactoryError(f"{name}: {factories.explained(error)}") from error


def make(
    name: str, /, **settings: Any
) -> optax.GradientTransformationExtraArgs | WithAnswer:
    """Make an optimizer; traced numbers are allowed, and are not checked.

    Args:
        name: As for `factory`.
        **settings: The factory's arguments. A dict with the key `name` is made into
            an optimizer first, one with the key `schedule` into a schedule, and a
            setting `..._mask` that is a dict of patterns into a `Mask`; in lists too.

    Returns:
        A transformation whose `update` takes any keyword.

    Raises:
        FactoryError: A name or a setting is unknown, missing or out of its range.
        NotApplicable: The optimizer is known not to fit the loop.
    """
    refuse_known(name, settings)
    build, settings = factory(name), _with_paths(settings)
    for key in settings.keys() & {"base", *_INSIDE}:
        _require_name(key, settings[key])
    beside = getattr(build, "beside", None)
    nested = {key: _nested(key, value, beside) for key, value in settings.items()}
    arguments = _rename_base(build, nested)
    check_plain(build, arguments)
    check_ranges(name, arguments)
    optimizer = build(**arguments)
    if not hasattr(optimizer, "init") or not hasattr(optimizer, "update"):
        raise FactoryError(f'"{name}" does not make an optimizer')
    return with_answer(name, optimizer)


def _with_paths(settings: Settings) -> dict[str, Any]:
    """Return settings with paths that lead to their files; nested ones are made so."""
    own = {key: value for key, value in settings.items() if isinstance(value, str)}
    return {**settings, **factories.with_paths(own)}


def _rename_base(build: Factory, settings: dict[str, Any]) -> dict[str, Any]:
    """Rename the setting `base` to the factory's own name for the inner optimizer."""
    parameters = signature(build).parameters
    if "base" not in settings or "base" in parameters:
        return settings
    name = next((name for name in _INSIDE if name in parameters), "base")
    return {name if key == "base" else key: v for key, v in settings.items()}


def _require_name(key: str, value: Any) -> None:
    if isinstance(value, Mapping) and "name" not in value:
        raise FactoryError('"name" is missing: which optimizer?', f"{key}.name")


def _nested(key: str, value: Any, beside: str | None = None) -> Any:
    """Make what a nested table or list describes.

    Args:
        key: The setting; an error's key is the path from it.
        value: Its value.
        beside: As of `contract.takes_parts`; None outside of lists of optimizers.
    """
    is_list = type(value) in (list, tuple)
    if not isinstance(value, Mapping) and not is_list:
        return value
    try:
        if is_list and beside is not None:
            return [_part(str(i), each, beside) for i, each in enumerate(value)]
        if is_list:
            made = [_nested(str(i), each) for i, each in enumerate(value)]
            return made if isinstance(value, list) else tuple(made)
        return _made(key, dict(value))
    except FactoryError as error:
        raise _inside(key, error) from error


def _made(key: str, table: dict[str, Any]) -> Any:
    """Make what a table describes: an optimizer, a schedule, a mask, or a table."""
    if is_mask(key, table):
        return mask(table)
    if "name" in table:
        return make(table.pop("name"), **table)
    if "schedule" in table:
        build = _schedule(table.pop("schedule"))
        settings = {k: _nested(k, v) for k, v in table.items()}
        check_plain(build, settings)
        return build(**settings)
    return {k: _nested(k, v) for k, v in table.items()}


def _part(place: str, value: Any, beside: str) -> Any:
    """Make an optimizer of a list, paired with the value of its key `beside`."""
    if not isinstance(value, Mapping):
        return value
    _require_name(place, value)
    table = dict(value)
    if not beside:
        return _nested(place, table)
    own = table.pop(beside, None)
    if own is not None and beside in factories.defaults(factory(table["name"])):
        words = (
            f"is a key of the list, and {table['name']} has an argument of that name: "
            'put it into { name = "chain", chain = [{ ... }] }'
        )
        raise FactoryError(words, f"{place}.{beside}")
    made = _nested(place, table)
    try:
        return made, _nested(beside, own)
    except FactoryError as error:
        raise _inside(place, error) from error


def _inside(key: str, error: FactoryError) -> FactoryError:
    """Return an error of a nested table as one of the settings around it."""
    place = ".".join(filter(None, (key, error.key)))
    outer = FactoryError(error.explained(), place, value=error.value)
    outer.more = tuple(_inside(key, further) for further in error.more)
    return outer


def _schedule(name: str) -> Factory:
    return factories.find(name, SCHEDULES, _SCHEDULES)
