"""Find a factory by its name, its module or its file."""

import inspect
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from .errors import FactoryError, nearest
from .modules import from_file, from_path
from .paths import located

Factory = Callable[..., Any]


def find(
    name: str, registry: Mapping[str, Factory], modules: tuple[str, ...] = ()
) -> Factory:
    """Find a factory.

    Args:
        name: A key of `registry`; `"module.factory"` where `module` is one of
            `modules`; `"package.module:factory"`; or `"path/to/file.py:factory"`,
            the path as `paths.located` takes it.
        registry: The names a package itself offers.
        modules: Modules whose attributes may be named with a dot.

    Raises:
        FactoryError: There is no such factory; the nearest name is suggested.
    """
    if not isinstance(name, str):
        raise FactoryError(f"a name is wanted, not {name!r}")
    if name in registry:
        return registry[name]
    place, colon, attribute = name.rpartition(":")
    if colon:
        return _attribute(_module(name, place, attribute), attribute, name)
    place, _, attribute = name.rpartition(".")
    if place in modules:
        return _attribute(import_module(place), attribute, name)
    if name.endswith(".py"):
        raise FactoryError(f'"{name}" is a file: name a factory in it, {name}:FACTORY')
    near = nearest(name, registry) or nearest(attribute, registry)
    hint = _elsewhere(name, modules) or near
    raise FactoryError(f'unknown name "{name}".', hint=hint)


def _elsewhere(name: str, modules: tuple[str, ...]) -> str:
    """Return a hint to the module that has a factory of this name."""
    having = (m for m in modules if callable(getattr(import_module(m), name, None)))
    return next((f' Did you mean "{module}.{name}"?' for module in having), "")


_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def _module(name: str, place: str, attribute: str) -> ModuleType:
    """Import the place of `place:attribute`."""
    if attribute.isidentifier() and place.endswith(".py"):
        return from_file(located(place))
    if attribute.isidentifier() and _DOTTED.fullmatch(place):
        return from_path(place)
    raise FactoryError(
        f'"{name}": write it as path/to/file.py:FACTORY or package.module:FACTORY'
    )


def _attribute(module: ModuleType, attribute: str, name: str) -> Factory:
    factory = getattr(module, attribute, None)
    if callable(factory) and _has_signature(factory):
        return factory
    if factory is not None:
        raise FactoryError(f'"{name}" is no function with settings')
    public = [k for k, v in vars(module).items() if k[:1] != "_" and callable(v)]
    place, before = name[: -len(attribute) - 1], name[: len(name) - len(attribute)]
    hint = nearest(attribute, public, "" if place.endswith(".py") else before)
    raise FactoryError(f'"{name}": {place} has no factory "{attribute}".', hint=hint)


def _has_signature(factory: Factory) -> bool:
    try:
        return bool(inspect.signature(factory))
    except (TypeError, ValueError):  # some that are built into Python have none
        return False
