"""The config that runs one trial of a run again."""

from dataclasses import asdict
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from ...config.oracle import DEFAULTS, OWN
from ...config.schema import Entry, OptimizerEntry, ProblemEntry
from ...core.spec import Budget, Spec, Target


def config_of(spec: Spec) -> str:
    """Return the config of a trial as TOML, without its `name` and its `seeds`.

    The tables of a config come after its keys: a `name` and `seeds` in front complete
    it. Settings that tuning chose stand in it as numbers.

    Args:
        spec: Of one of the trials that differ in nothing but seed and round.
    """
    made = tomlkit.document()
    for key, value in _keys(spec).items():
        made.add(key, value)
    made.add("budget", _table(_budget(spec.budget)))
    if every := _stated(asdict(spec.evaluation)):
        made.add("evaluation", _table({"every": every}))
    made.add("problems", _only(_problem(spec)))
    made.add("optimizers", _only(_optimizer(spec)))
    return tomlkit.dumps(made)


def _keys(spec: Spec) -> dict[str, Any]:
    keys: dict[str, Any] = {"dtype": spec.dtype}
    if spec.precision is not None:
        keys["precision"] = _inline(asdict(spec.precision))
    keys["matmul_precision"] = spec.matmul_precision
    if spec.devices > 1:
        keys["devices"] = spec.devices
    return keys | ({"every_step": True} if spec.every_step else {})


def _budget(budget: Budget) -> dict[str, Any]:
    plain = _stated(asdict(budget) | {"target": None})
    if budget.target is not None:
        plain["target"] = _target(budget.target)
    return plain


def _target(target: Target) -> dict[str, Any]:
    names = ("loss", "suboptimality", "relative_suboptimality")
    plain = {name: getattr(target, name) for name in names}
    if target.metric:
        side = "above" if target.higher_is_better else "below"
        plain |= {"metric": target.metric, side: target.value}
    return _stated(plain | {"kept": target.kept if target.kept > 1 else None})


def _problem(spec: Spec) -> dict[str, Any]:
    named = spec.problem
    own = _entry(named.name, spec.problem_label, named.settings, ProblemEntry)
    return own | ({"class": spec.problem_class} if spec.problem_class else {})


def _optimizer(spec: Spec) -> dict[str, Any]:
    named = spec.optimizer
    own = _entry(named.name, spec.label, named.settings, OptimizerEntry)
    batch = None if spec.batch is None else asdict(spec.batch)
    source = None if spec.gradient == DEFAULTS["gradient"] else spec.gradient
    oracle = {"gradient": source, "gradient_step": spec.gradient_step, "batch": batch}
    return own | _stated(oracle)


def _entry(
    name: str, label: str, settings: dict[str, Any], kind: type[Entry]
) -> dict[str, Any]:
    """Return an entry; settings with the name of a key of the config stand apart."""
    taken = {*kind.model_fields, *DEFAULTS, OWN}
    plain = {"name": name} | ({} if label == name else {"label": label})
    plain |= {k: v for k, v in settings.items() if k not in taken}
    apart = {k: v for k, v in settings.items() if k in taken}
    return plain | ({OWN: apart} if apart else {})


def _stated(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if value is not None}


def _only(plain: dict[str, Any]) -> AoT:
    tables = tomlkit.aot()
    tables.append(_table(plain))
    return tables


def _table(plain: dict[str, Any]) -> Table:
    made = tomlkit.table()
    for key, value in plain.items():
        made.add(key, _inline(value))
    return made


def _inline(value: Any) -> Any:
    """Return a value whose tables stand in one line."""
    if isinstance(value, dict):
        made = tomlkit.inline_table()
        for key, inner in value.items():
            made.add(key, _inline(inner))
        return made
    if isinstance(value, list | tuple):
        return [_inline(inner) for inner in value]
    return value
