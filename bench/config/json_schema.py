"""The JSON Schema of a config, by which editors complete and check it."""

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

import factories
import optimizers
import problems
from problems.sets import CLASSES, SETS

from ..core.spec import SCIPY
from . import schema
from .horizon import WORD
from .oracle import DEFAULTS, OWN, oracle_settings
from .schema import Config, Entry, OptimizerEntry, ProblemEntry
from .scipy_methods import METHODS

Schema = dict[str, Any]
_ELSEWHERE = {"type": "string", "pattern": r"^[^:]+:[A-Za-z_]\w*$"}
"""A name of the user's own: path/to/file.py:factory or package.module:factory."""
_OF_LIBRARIES = {"type": "string", "pattern": r"^(optax|optimistix)\.[\w.]+$"}
_STEPS = {
    "anyOf": [
        {"const": WORD},
        {
            "type": "object",
            "properties": {
                WORD: {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
            },
            "required": [WORD],
            "additionalProperties": False,
        },
    ]
}
"""What stands for a number of steps."""


def config_schema() -> Schema:
    """Return the JSON Schema of a config, as plain tables.

    It knows each problem and optimizer by name, with its settings and their types and
    ranges; of a user's own factory it knows the keys of every entry. Rules that concern
    several keys are beyond it: `check` knows them.
    """
    whole = factories.of_toml(Config.model_json_schema())
    _describe(whole)
    whole["$defs"] |= {
        "ProblemEntry": _problem(whole["$defs"]["ProblemEntry"]),
        "OptimizerEntry": _optimizer(whole["$defs"]["OptimizerEntry"]),
    }
    for kind in ("problems", "optimizers"):
        whole["properties"][kind]["minItems"] = 1
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "A config of Gradmeter",
        **whole,
    }


def _describe(whole: Schema) -> None:
    """Add the text below each key in the source, which pydantic would read at import.

    That takes as long as all else of a command that checks a config.
    """
    tree = ast.parse(inspect.getsource(schema))
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    own = {node.name: dict(_described(node)) for node in classes}
    for name in ("ProblemEntry", "OptimizerEntry"):
        own[name] |= own["Entry"]
    for name, texts in own.items():
        table = whole if name == "Config" else whole["$defs"].get(name, {})
        for key, about in table.get("properties", {}).items():
            if text := texts.get(key, texts.get(f"problem_{key}")):
                about["description"] = text


def _described(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield each annotated name of a class with the text below it."""
    for field, below in pairwise(node.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, text


def _problem(entry: Schema) -> Schema:
    """Return the schema of `[[problems]]`: a problem by its name, or a set."""
    oracle = {key: oracle_schemas()[key] for key in ("batch",)}
    common = {**entry["properties"], **oracle, OWN: {"type": "object"}}
    common |= {"stress": {"type": "object"}, "best_known": {"type": "number"}}
    of_set = {"required": ["set"], "not": {"required": ["name"]}, "properties": _SET}
    alone = {"set": False, "class": common.pop("class")}
    by_name = {"required": ["name"], "properties": alone}
    del entry["required"]
    common["class"] = True
    named = {name: _settings(problems, name) for name in problems.names()}
    entry = _entry(entry, common, named, [_ELSEWHERE], ProblemEntry)
    choice = {"if": {"required": ["set"]}, "then": of_set, "else": by_name}
    return {**entry, "allOf": [choice, *entry["allOf"]]}


def _optimizer(entry: Schema) -> Schema:
    """Return the schema of `[[optimizers]]`."""
    common = {**entry["properties"], **oracle_schemas(), OWN: {"type": "object"}}
    named = {
        name: {k: _or_share(v) for k, v in _settings(optimizers, name).items()}
        for name in optimizers.names()
    }
    named |= {
        f"{SCIPY}{name}": factories.schemas(method.options)
        for name, method in METHODS.items()
    }
    others = [_OF_LIBRARIES, _ELSEWHERE]
    return _entry(entry, common, named, others, OptimizerEntry)


def _entry(
    entry: Schema,
    common: Schema,
    named: Mapping[str, Mapping[str, Schema]],
    others: Iterable[Schema],
    kind: type[Entry],
) -> Schema:
    """Return the schema of an entry, which depends on its name.

    Args:
        entry: As pydantic states it.
        common: The keys that an entry of any name may have.
        named: The settings of each known name.
        others: The schemas of other names.
        kind: Whose docstring describes it.
    """
    about = {"description": common["name"]["description"]}
    common["name"] = {**about, "anyOf": [{"enum": [*named]}, *others]}
    rules = [_rule(name, settings, common) for name, settings in named.items()]
    described = (kind.__doc__ or "").partition("\n\n")[0]
    return {**entry, "description": described, "properties": common, "allOf": rules}


def _rule(name: str, settings: Mapping[str, Schema], common: Schema) -> Schema:
    """Return what holds for the entries of one name."""
    own = {key: value for key, value in settings.items() if key not in common}
    varied = {**own, **{k: common[k] for k in DEFAULTS if k in common}, OWN: {}}
    lists = {k: {"type": "array", "items": v} for k, v in varied.items()}
    grid = {"properties": lists, "additionalProperties": False}
    stated = {"properties": dict(settings), "additionalProperties": False}
    then = {
        "properties": {**dict.fromkeys(common, True), **own, "grid": grid, OWN: stated},
        "additionalProperties": False,
    }
    named = {"properties": {"name": {"const": name}}, "required": ["name"]}
    return {"if": named, "then": then}


def _settings(package: Any, name: str) -> dict[str, Schema]:
    """Return the schema of each setting, with its default."""
    found = factories.schemas(package.factory(name))
    found.pop("dtype" if package is problems else "", None)  # of the whole run
    defaults = factories.defaults(package.factory(name))
    stated = {
        k: v for k, v in defaults.items() if isinstance(v, bool | int | float | str)
    }
    return {
        key: {**kind, "default": stated[key]} if key in stated else kind
        for key, kind in found.items()
    }


def oracle_schemas() -> dict[str, Schema]:
    """Return the schemas of gradient source and batch."""
    return factories.schemas(oracle_settings)


def _or_share(kind: Schema) -> Schema:
    """Return the schema of a setting that may be a share of the budget's steps."""
    if kind.get("type") != "integer":
        return kind
    return {"anyOf": [kind, *_STEPS["anyOf"]]}


def _one_or_list(kind: Schema) -> Schema:
    return {"anyOf": [kind, {"type": "array", "items": kind, "minItems": 1}]}


_TEXTS = _one_or_list({"type": "string"})
_SET: dict[str, Schema] = {
    "set": {"enum": [*SETS]},
    "only": _TEXTS,
    "except": _TEXTS,
    "dimension": _one_or_list({"type": "integer"}),
    "class": _one_or_list({"enum": [*CLASSES]}),
}
