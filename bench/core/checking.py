"""Records made of plain values, whose types are checked."""

import json
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")
ADDED = {"added": True}
"""Marks a field that older records do not have."""


class RecordError(ValueError):
    """A record is not valid; the message does not name the file."""


def complete(kind: type[T], plain: Mapping[str, Any]) -> T:
    """As `checked`, but every field is there: a default would hide a damaged file.

    Raises:
        RecordError: As `checked`.
    """
    for part in fields(kind):  # pyright: ignore[reportArgumentType]
        if part.name not in plain and part.metadata != ADDED:
            raise RecordError(f"no {part.name!r}")
    return checked(kind, plain)


def checked(kind: type[T], plain: Mapping[str, Any]) -> T:
    """Make a record of plain values, checking their types; unknown ones are ignored.

    Raises:
        RecordError: A value is missing, or of another type.
    """
    try:
        return _adapter(kind).validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"] if part != "spec")
        if first["type"] == "missing":
            raise RecordError(f"no {name!r}") from error
        raise RecordError(f"{name!r} is {first['input']!r}") from error


@cache
def _adapter(kind: type) -> TypeAdapter:
    return TypeAdapter(kind)
