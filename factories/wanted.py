"""What a wrong value should be, in the words of a config."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import nearest

_TYPES = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "dataclass_type": "a table",
    "typed_dict_type": "a table",
    "callable_type": "a schedule, {{ schedule = ... }}",
    "finite_number": "a finite number",
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}
"""The words for pydantic's types of errors, with the names of their context."""
_BE = "should be "
_FEW = 12
"""Names that are all listed where another was given."""
_SHORT = "should have at least {min_length} {things}"
_LONG = "should have at most {max_length} {things}"


def wanted(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return what a value should be, as one phrase.

    Args:
        errors: Pydantic's errors of the value; several for a union of types.
    """
    inside = [error for error in errors if _index(error) is not None]
    known = [error for error in inside or errors if error["type"] != "none_required"]
    known = known or errors
    choices = [error for error in known if error["type"] == "literal_error"]
    words = [_phrase(error) for error in known if error not in choices]
    hint = ""
    if choices:
        listed, hint = _choice(choices)
        words.append(listed)
    phrases = list(dict.fromkeys(words))
    simple = [p.removeprefix(_BE) for p in phrases if p.startswith(_BE)]
    joined = [_BE + " or ".join(simple)] if simple else []
    other = [phrase for phrase in phrases if not phrase.startswith(_BE)]
    place = f"item {_index(inside[0])} " if inside else ""
    return place + "; or ".join([*joined, *other]) + hint


def _choice(errors: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return what literals allow, as one phrase, and the nearest name as a hint.

    Args:
        errors: Of one value; several for a union of literals.
    """
    allowed = list(dict.fromkeys(part for error in errors for part in _allowed(error)))
    names = [part.strip("'") for part in allowed if part.startswith("'")]
    given = errors[0].get("input")
    near = nearest(given, names) if isinstance(given, str) else ""
    if len(names) > _FEW and near:
        return f"no such name.{near}", ""
    *others, last = allowed
    listed = f"{', '.join(others)} or {last}" if others else last
    return f"{_BE}{listed}", f".{near}" if near else ""


def _index(error: Mapping[str, Any]) -> int | None:
    """Return the place within a list that an error is about."""
    return next((part for part in error["loc"] if isinstance(part, int)), None)


def _phrase(error: Mapping[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if own := context.get("error"):  # of a validator of the schema's own
        return str(own)
    if kind in _TYPES:
        return f"{_BE}{_TYPES[kind].format(**context)}"
    if kind in ("too_short", "string_too_short"):
        return _counted(_SHORT, kind, context["min_length"], context)
    if kind in ("too_long", "string_too_long"):
        return _counted(_LONG, kind, context["max_length"], context)
    return str(error["msg"]).removeprefix("Input ")


def _allowed(error: Mapping[str, Any]) -> list[str]:
    """Return what a literal allows, as written, which pydantic has as one text only."""
    parts = re.findall(r"'[^']*'|[^\s,]+", error["ctx"]["expected"])
    return [part for part in parts if part != "or"]


def _counted(words: str, kind: str, count: int, context: Mapping[str, Any]) -> str:
    thing = "character" if kind.startswith("string") else "item"
    return words.format(things=f"{thing}{'s' * (count != 1)}", **context)


def shown(value: Any) -> str:
    """Return a value as text in one line, true and false as in TOML."""
    try:
        return str(value).lower() if isinstance(value, bool) else repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        return "a number of thousands of digits"
