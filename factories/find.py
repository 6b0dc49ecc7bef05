"""Find a factory by its name, its module or its file."""

import contextlib
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import FactoryError, nearest

Factory = Callable[..., Any]


def find(
    name: str, registry: Mapping[str, Factory], modules: tuple[str, ...] = ()
) -> Factory:
    """Find a factory.

    Args:
        name: A key of `registry`; `"module.factory"` where `module` is one of
            `modules`; `"package.module:factory"`; or `"path/to/file.py:factory"`,
            the path taken from the working directory.
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
        module = _from_file(place) if place.endswith(".py") else _from_path(place)
        return _attribute(module, attribute, name)
    place, _, attribute = name.rpartition(".")
    if place in modules:
        return _attribute(importlib.import_module(place), attribute, name)
    if name.endswith(".py"):
        raise FactoryError(f'"{name}" is a file: name a factory in it, {name}:FACTORY')
    raise FactoryError(f'unknown name "{name}".', hint=nearest(name, registry))


def _attribute(module: ModuleType, attribute: str, name: str) -> Factory:
    factory = getattr(module, attribute, None)
    if callable(factory):
        return factory
    public = [key for key in vars(module) if not key.startswith("_")]
    place, hint = name[: -len(attribute) - 1], nearest(attribute, public)
    raise FactoryError(f'"{name}": {place} has no factory "{attribute}".', hint=hint)


def _from_path(path: str) -> ModuleType:
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return importlib.import_module(path)
    except (Exception, SystemExit) as error:
        raise FactoryError(f'cannot import "{path}": {error}') from error


def _from_file(path: str) -> ModuleType:
    """Import a file under a name with a hash of its contents."""
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise FactoryError(f'cannot read "{path}": {error.strerror}') from error
    name = f"{Path(path).stem}_{hashlib.sha256(text).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for results only
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise FactoryError(f'cannot import "{path}": {error!r}') from error
    return module
