"""The types of a config's keys: what each accepts, and how it is written."""

import math
import re
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from ..core.costs import COSTS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
MOST_SEEDS = 100_000


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("should be finite")
    return value


def _safe(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("names a folder: letters, digits, . _ - only, at most 80")
    return name


def _one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("should be one line of text")
    return text


def _list(value: Any) -> Any:
    """Turn a count of seeds into the seeds 0, 1, ..., count - 1."""
    if isinstance(value, bool) or not isinstance(value, int | list):
        raise ValueError("should be a count or a list of whole numbers")
    if isinstance(value, list):
        if not value or len(set(map(repr, value))) < len(value):
            raise ValueError("should list at least one seed, and none twice")
        return value
    if not 1 <= value <= MOST_SEEDS:
        raise ValueError(f"should be from 1 to {MOST_SEEDS:,}")
    return list(range(value))


def seeds_from(first: int) -> BeforeValidator:
    """Return what turns a count into seeds; those of a tuning are far from a run's.

    Args:
        first: The first seed of a count.
    """

    def listed(value: Any) -> Any:
        seeds = _list(value)
        return seeds if isinstance(value, list) else [first + seed for seed in seeds]

    return BeforeValidator(listed, json_schema_input_type=_CountOrSeeds)


def _levels(value: Any) -> Any:
    """Check a list here, so that the error is one line and not one per union member."""
    values = value if isinstance(value, list) else [value]
    if not values or len(set(map(repr, values))) < len(values):
        raise ValueError("should list at least one value, and none twice")
    for each in values:
        if isinstance(each, bool) or not isinstance(each, int | float):
            raise ValueError("should be a number or a list of numbers")
        finite(each)
    floats = [float(each) for each in values]
    return floats if isinstance(value, list) else floats[0]


def _above_zero(value: Any) -> Any:
    if min(value if isinstance(value, list) else [value]) <= 0:
        raise ValueError("should be greater than 0")
    return value


def _share(value: Any) -> Any:
    if max(value if isinstance(value, list) else [value]) >= 1:
        raise ValueError("should be less than 1, which is that of the start")
    return _above_zero(value)


def steps_as_table(value: Any) -> Any:
    """Turn a number of steps into a table."""
    if isinstance(value, bool) or not isinstance(value, int | dict):
        raise ValueError(
            "should be a number of steps, or { epochs = 1 } or { growth = 1.1 }"
        )
    return {"steps": value} if isinstance(value, int) else value


def _number_or_all(value: Any) -> Any:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if value != "all" and not (whole and value >= 1):
        raise ValueError('should be a whole number, at least 1, or "all"')
    return value


def filled(values: list[Any]) -> list[Any]:
    if not values:
        raise ValueError("should list at least one value")
    return values


def _tunes(name: str) -> str:
    if name not in _UNITS:
        *first, last = (f"'{unit}'" for unit in _UNITS)
        raise ValueError(f"should be {', '.join(first)} or {last}")
    return name


_UNITS = [cost.name for cost in COSTS.values() if cost.tunes]


def _number_or_list(**bounds: float) -> WithJsonSchema:
    """Return the JSON Schema of `Levels`, as validators of `Any` state none."""
    number = {"type": "number", **bounds}
    several = {"type": "array", "items": number, "minItems": 1, "uniqueItems": True}
    return WithJsonSchema({"anyOf": [number, several]})


Unit = Annotated[str, AfterValidator(_tunes), WithJsonSchema({"enum": _UNITS})]
Positive = Annotated[float, Gt(0), AfterValidator(finite)]
Levels = Annotated[Any, AfterValidator(_levels), _number_or_list()]
Count = Annotated[int, Ge(1)]
Devices = Annotated[
    Any,
    AfterValidator(_number_or_all),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]}),
]
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]
Words = Annotated[str, AfterValidator(_one_line)]
Name = Annotated[
    str,
    AfterValidator(_safe),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"}),
]
Filled = Annotated[
    list[Any],
    AfterValidator(filled),
    WithJsonSchema({"type": "array", "minItems": 1}),
]
Suboptimality = Annotated[
    Levels, AfterValidator(_above_zero), _number_or_list(exclusiveMinimum=0)
]
Relative = Annotated[
    Levels,
    AfterValidator(_share),
    _number_or_list(exclusiveMinimum=0, exclusiveMaximum=1),
]
_DISTINCT = Field(min_length=1, json_schema_extra={"uniqueItems": True})
_CountOrSeeds = Annotated[int, Ge(1), Le(MOST_SEEDS)] | Annotated[list[Seed], _DISTINCT]
Seeds = Annotated[list[Seed], seeds_from(0)]
