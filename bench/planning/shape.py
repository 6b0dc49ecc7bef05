"""Hold a config's keys, types and ranges against the schema."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from factories import nearest

from .locate import Path
from .schema import Config

Fault = tuple[Path, str]
_OF_THE_RUN = [("budget", key) for key in ("target", "compile_seconds")]


def shape(plain: Mapping[str, Any]) -> tuple[Config | None, list[Fault]]:
    """Return the config, or None and everything that is wrong with its shape."""
    try:
        return Config.model_validate(plain), []
    except ValidationError as error:
        return None, [_fault(dict(e)) for e in error.errors()]
    except (OverflowError, RecursionError) as error:
        return None, [((), f"cannot be read: {error}")]


def _fault(error: dict[str, Any]) -> Fault:
    path = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        if path[-2:] in _OF_THE_RUN:
            return path, ": stands in the run's [budget], for all optimizers"
        return path, f": unknown key.{nearest(str(path[-1]), _keys_beside(path))}"
    if error["type"] == "missing":
        return path, " is missing"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return path, f" = {short(error['input'])}: {message}"


def short(value: Any) -> str:
    """Write a value so that it fits into a line."""
    try:
        text = str(value).lower() if isinstance(value, bool) else repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys_beside(path: Path) -> Iterator[str]:
    """Return the keys that the table at `path[:-1]` may have."""
    model = Config
    for key in path[:-1]:
        if isinstance(key, str):
            model = _model(model.model_fields[key].annotation) or model
    yield from model.model_fields


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)
