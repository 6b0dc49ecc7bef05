"""The JSON Schema of a factory's settings, which follows from its signature."""

from itertools import chain
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticOmit, SchemaError

from .check import annotations
from .find import Factory

Schema = dict[str, Any]
SCHEDULE: Schema = {
    "type": "object",
    "properties": {"schedule": {"type": "string"}},
    "required": ["schedule"],
}
"""Of a callable setting."""
_CONFIG = ConfigDict(arbitrary_types_allowed=True)


class _Plain(GenerateJsonSchema):
    """A callable is a schedule; what else is no plain value is left out."""

    def callable_schema(self, schema: Any) -> Schema:
        """Return the schema of a schedule."""
        del schema
        return dict(SCHEDULE)

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> Schema:
        """Leave out what a config cannot state."""
        raise PydanticOmit

    def call_schema(self, schema: Any) -> Schema:
        """Leave out named tuples, as transformations are: a table becomes one."""
        raise PydanticOmit


def schemas(factory: Factory) -> dict[str, Schema]:
    """Return the JSON Schema of each setting; an empty one allows any value.

    A setting of which no value can be stated as plain values allows any: a table may
    stand for an object.
    """
    return {key: _schema(kind) for key, kind in annotations(factory).items()}


def _schema(annotation: Any) -> Schema:
    if annotation is Any or isinstance(annotation, str):
        return {}
    try:
        adapter = TypeAdapter(annotation, config=_CONFIG)
        made = adapter.json_schema(schema_generator=_Plain)
    except (PydanticUserError, PydanticOmit, SchemaError):
        return {}
    return {} if "$defs" in made else of_toml(made)


def of_toml(schema: Any) -> Any:
    """Return a schema without titles, and without null, which TOML does not have."""
    if isinstance(schema, list):
        return [of_toml(each) for each in schema if each != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: of_toml(value)
        for key, value in schema.items()
        if not _is_left_out(key, value)
    }
    if plain.get("type") == "array" and "minLength" in plain:  # pydantic's, of Len
        plain["minItems"] = plain.pop("minLength")
    return _joined(plain)


def _is_left_out(key: str, value: Any) -> bool:
    """Return whether a title, or a default that is no plain value; not of a setting."""
    if key == "title":
        return isinstance(value, str)
    return key == "default" and (value is None or isinstance(value, dict))


def _joined(schema: Schema) -> Schema:
    """Return a schema with one alternative, or with names alone, without `anyOf`."""
    several = schema.pop("anyOf", None)
    if several is None:
        return schema
    names = [each.get("enum", [each.get("const")]) for each in several]
    if len(several) > 1 and all(None not in each for each in names):
        return {**schema, "type": several[0]["type"], "enum": [*chain(*names)]}
    return {**schema, **(several[0] if len(several) == 1 else {"anyOf": several})}
