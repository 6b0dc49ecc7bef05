"""Optimizers by name: the factory, its search space, and the optimizer it makes."""

from collections.abc import Mapping
from inspect import signature
from typing import Any

import optax

import factories
from factories import FactoryError

from .contract import NotApplicable, WithAnswer
from .optax_names import SPACES, check_ranges, refuse_known, with_answer
from .registry import REGISTRY, SCHEDULES, Factory
from .settings import LogUniform, check_plain

_OPTAX = ("optax", "optax.contrib")
_SCHEDULES = ("optax", "optax.schedules")
_INSIDE = ("base_optimizer", "optimizer", "inner", "opt")

Space = Mapping[str, LogUniform]

# The search space of a factory that states no range.
GENERAL: Space = {"learning_rate": LogUniform(1e-5, 1e1)}


def names() -> list[str]:
    """Return the names of the registry, sorted."""
    return sorted(REGISTRY)


def factory(name: str) -> Factory:
    """Return the factory of a name.

    Args:
        name: One of `names()`, `"optax.X"`, `"optax.contrib.X"`,
            `"package.module:factory"` or `"path/to/file.py:factory"`.

    Raises:
        FactoryError: Nothing of that name is there.
    """
    return factories.find(name, REGISTRY, _OPTAX)


def space(name: str) -> Space:
    """Return the settings to tune, each with its range.

    Args:
        name: As in `factory`. Ranges are the annotations of the factory's arguments. If
            there are none, its `learning_rate` is tuned if it has one.

    Raises:
        FactoryError: Nothing of that name is there.
    """
    if name in SPACES:
        return SPACES[name]
    build = factory(name)
    if ranges := factories.metadata(build, LogUniform):
        return ranges
    return GENERAL if "learning_rate" in signature(build).parameters else {}


def check(name: str, settings: Mapping[str, Any]) -> None:
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
            an optimizer first, one with the key `schedule` into a schedule.

    Returns:
        A transformation whose `update` takes any keyword.

    Raises:
        FactoryError: A name or a setting is unknown, missing or out of its range.
        NotApplicable: The optimizer is known not to fit the loop.
    """
    refuse_known(name, settings)
    build = factory(name)
    for key in settings.keys() & {"base", *_INSIDE}:
        _require_name(key, settings[key])
    nested = {key: _nested(key, value) for key, value in settings.items()}
    arguments = _rename_base(build, nested)
    check_plain(build, arguments)
    check_ranges(name, arguments)
    optimizer = build(**arguments)
    if not hasattr(optimizer, "init") or not hasattr(optimizer, "update"):
        raise FactoryError(f'"{name}" does not make an optimizer')
    return with_answer(name, optimizer)


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


def _nested(key: str, value: Any) -> Any:
    """Make what a nested table describes; an error's key is the path to the setting."""
    if not isinstance(value, Mapping):
        return value
    inner = dict(value)
    try:
        if "name" in inner:
            return make(inner.pop("name"), **inner)
        if "schedule" in inner:
            return _schedule(inner.pop("schedule"), inner)
        return {k: _nested(k, v) for k, v in inner.items()}
    except FactoryError as error:
        raise _inside(key, error) from error


def _inside(key: str, error: FactoryError) -> FactoryError:
    """Return an error of a nested table as one of the settings around it."""
    place = ".".join(filter(None, (key, error.key)))
    outer = FactoryError(error.explained(), place, value=error.value)
    outer.more = tuple(_inside(key, further) for further in error.more)
    return outer


def _schedule(name: str, settings: dict[str, Any]) -> Any:
    build = factories.find(name, SCHEDULES, _SCHEDULES)
    check_plain(build, settings)
    return build(**settings)
