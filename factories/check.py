"""The check of settings against a factory's signature, which is their schema."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import SchemaError

from .errors import FactoryError, closest, nearest
from .find import Factory
from .wanted import shown, wanted

T = TypeVar("T")

_STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def check(factory: Factory, settings: Mapping[str, Any]) -> None:
    """Check settings against a factory's signature: names, types and ranges.

    Types and ranges are those of the annotations (`Annotated[float, Gt(0)]`),
    checked strictly: neither `true` nor `"0.1"` is a number.

    Raises:
        FactoryError: A setting is unknown, missing or out of its range; `more` holds
            further errors.
    """
    first, *more = [*_errors(factory, settings), None]
    if first is not None:
        first.more = tuple(error for error in more if error is not None)
        raise first


def _errors(factory: Factory, settings: Mapping[str, Any]) -> Iterator[FactoryError]:
    """Yield all errors, in the order of the settings.

    A missing setting that an unknown one is near to is that one's hint, no other error.
    """
    parameters = _parameters(factory)
    meant = set()
    swallows = any(
        p.kind is inspect.Parameter.VAR_KEYWORD
        for p in inspect.signature(factory).parameters.values()
    )
    for key, value in settings.items():
        if key in parameters:
            yield from _value_errors(key, value, parameters[key].annotation)
        elif not swallows:
            meant.add(closest(key, parameters))
            yield FactoryError(
                f'unknown setting "{key}".',
                key,
                hint=nearest(key, parameters),
                choices=list(parameters),
            )
    for key, parameter in parameters.items():
        is_needed = parameter.default is inspect.Parameter.empty
        if is_needed and key not in settings and key not in meant:
            yield FactoryError(f'setting "{key}" is missing')


def defaults(factory: Factory) -> dict[str, Any]:
    """Return the settings a factory takes, with their defaults (`...`: none)."""
    return {
        key: ... if p.default is inspect.Parameter.empty else p.default
        for key, p in _parameters(factory).items()
    }


def annotations(factory: Factory) -> dict[str, Any]:
    """Return the annotation of each setting; `Any` if it has none."""
    found = {key: p.annotation for key, p in _parameters(factory).items()}
    return {k: Any if v is inspect.Parameter.empty else v for k, v in found.items()}


def metadata(factory: Factory, kind: type[T]) -> dict[str, T]:
    """Return the metadata of a type, `Annotated[..., metadata]`, of each argument.

    Args:
        factory: Any callable with annotated arguments.
        kind: The type of metadata.

    Returns:
        The first of that type, by the name of the argument; no entry if there is none.
    """
    first = {}
    for key, parameter in _parameters(factory).items():
        for each in getattr(parameter.annotation, "__metadata__", ()):
            if isinstance(each, kind):
                first.setdefault(key, each)
    return first


def _parameters(factory: Factory) -> dict[str, inspect.Parameter]:
    try:
        signature = inspect.signature(factory, eval_str=True)
    except Exception:  # an annotation that only a type checker can resolve
        signature = inspect.signature(factory)
    return {key: p for key, p in signature.parameters.items() if p.kind in _NAMED}


def _value_errors(key: str, value: Any, annotation: Any) -> Iterator[FactoryError]:
    if annotation is inspect.Parameter.empty or isinstance(annotation, str):
        return
    try:
        adapter = TypeAdapter(annotation, config=_STRICT)
    except PydanticUserError:  # e.g. a TypedDict, which has its own config
        adapter = TypeAdapter(annotation)
    except SchemaError:  # a type that pydantic knows no schema for
        return
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        faults = [dict(fault) for fault in error.errors()]
        yield FactoryError(wanted(faults), key, value=shown(value))
