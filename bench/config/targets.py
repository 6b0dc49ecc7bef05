"""Targets and evaluations as a config states them: checked, and as fields of a spec."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from factories import FactoryError, nearest, wanted

from ..core.metrics import (
    AT_MOST_ONE,
    HELD_OUT,
    HIGHER_IS_BETTER,
    TRAIN,
    VALIDATION,
    X_DISTANCE,
    DirectionError,
    Metric,
    metric,
    placed,
)
from ..core.spec import Every, Target
from .oracle import split_problem
from .positions import Path
from .schema import Config, EvaluationTable, TargetTable

Fault = tuple[Path, str]
_KINDS = ("loss", "suboptimality", "relative_suboptimality")
NO_OPTIMUM = (
    "a suboptimality needs a certified optimum, which this problem lacks: give it a "
    "target of its own, { loss = ... }, or the lowest loss known, best_known = ..."
)


class _OnMetric(NamedTuple):
    """A target on a metric: the key that states its name, the metric, its values."""

    key: str
    metric: Metric
    values: Any


def target(table: TargetTable | None, evaluation: EvaluationTable) -> Target | None:
    """Return a checked target as a field of a budget.

    Args:
        table: As the config states it; None for none.
        evaluation: Of the run: how long a target must be kept, if it does not say.
    """
    if table is None:
        return None
    kept = table.kept or evaluation.kept
    on = _on_metric(table)
    if on is None:
        losses = {name: getattr(table, name) for name in _KINDS}
        return Target(**losses, kept=kept)
    if on.metric.is_training_loss:
        return Target(on.values, kept=kept)
    better = on.metric.higher_is_better
    return Target(None, None, on.metric.column, on.values, better, kept)


def of_table(plain: Mapping[str, Any]) -> Target | None:
    """Return a target from a table as a config has it.

    Raises:
        FactoryError: Something in it is wrong.
    """
    try:
        table = TargetTable.model_validate(dict(plain))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(("target", *map(str, first["loc"])))
        raise FactoryError(f"{key}: {wanted([dict(first)])}", "target") from error
    for path, why in _wrong(table):
        key = ".".join(("target", *map(str, path)))
        raise FactoryError(f"{key}{why}", "target")
    return target(table, EvaluationTable())


def every(evaluation: EvaluationTable) -> Every:
    """Return the steps of evaluations as a field of a spec."""
    stated = evaluation.every
    return Every() if stated is None else Every(**stated.model_dump())


def _on_metric(table: TargetTable) -> _OnMetric | None:
    """Return what is stated of a metric.

    Raises:
        DirectionError: Its direction is not known.
    """
    for name, values in table.by_name.items():
        return _OnMetric(name, metric(name), values)
    if table.metric is None:
        return None
    high = table.below is None
    stated = metric(table.metric, "above" if high else "below")
    return _OnMetric("metric", stated, table.above if high else table.below)


def faults(config: Config) -> Iterator[Fault]:
    """Yield the errors of targets and of `[evaluation]`, before anything is made."""
    for path, table in _stated(config):
        yield from (((*path, *key), why) for key, why in _wrong(table))
    stated = config.evaluation.every
    if stated and len(stated.model_dump(exclude_none=True)) != 1:
        yield ("evaluation", "every"), ": takes one of steps, epochs and growth"


def _stated(config: Config) -> Iterator[tuple[Path, TargetTable]]:
    for index, problem in enumerate(config.problems):
        if problem.target is not None:
            yield ("problems", index, "target"), problem.target
    if config.budget.target is not None:
        yield ("budget", "target"), config.budget.target


def _wrong(table: TargetTable) -> Iterator[Fault]:
    """Yield what is wrong with one target, each with its key."""
    values = [table.above, table.below]
    kinds = [name for name in _KINDS if getattr(table, name) is not None]
    kinds += [*table.by_name, *(["metric"] if table.metric is not None else [])]
    if len(kinds) != 1:
        yield (
            (),
            ": takes one of loss, suboptimality, relative_suboptimality and a metric",
        )
    elif kinds == ["metric"] and sum(x is not None for x in values) != 1:
        words = f' = "{table.metric}": needs either above = ... or below = ...'
        yield ("metric",), words
    elif kinds != ["metric"] and any(x is not None for x in values):
        yield (), ': above and below go with metric = "..."'
    else:
        yield from _wrong_metric(table)


def _wrong_metric(table: TargetTable) -> Iterator[Fault]:
    try:
        on = _on_metric(table)
    except DirectionError as error:
        (key,) = table.by_name
        yield (key,), f": {error}.{_near(placed(key)[1], [*_KINDS, *HIGHER_IS_BETTER])}"
        return
    if on is None:
        return
    if on.metric.split == VALIDATION:
        words = (
            ": validation examples are for tuning; a target is on held-out or train_"
        )
        yield (on.key,), words
    values = on.values if isinstance(on.values, list) else [on.values]
    beyond = [x for x in values if x > 1 and on.metric.name in AT_MOST_ONE]
    if beyond:
        yield (on.key,), f" = {beyond[0]:g}: {on.metric.name} is at most 1"
    if on.metric.name == X_DISTANCE and on.metric.split != TRAIN:
        yield (on.key,), f": is of the params, not of examples: write {X_DISTANCE}"
    if on.metric.is_training_loss and on.metric.higher_is_better:
        yield (on.key,), ": the training loss is minimised: its target is below"


def impossible(config: Config) -> Iterator[Fault]:
    """Yield targets that problems are known to rule out before they are made."""
    import problems

    for index, entry in enumerate(config.problems):
        stated = target(entry.target or config.budget.target, config.evaluation)
        if stated is None:
            continue
        points = [split_problem(settings)[0] for settings in entry.points()]
        if stated.needs_optimum:
            if any(problems.without_optimum(entry.name, own) for own in points):
                yield ("problems", index, "target"), f": {NO_OPTIMUM}"
        elif stated.metric:
            known = [problems.metric_names(entry.name, own) for own in points]
            why = next(filter(None, (unknown(stated.metric, x) for x in known)), "")
            bare = (problems.without_held_out(entry.name, own) for own in points)
            if not why and placed(stated.metric)[0] == HELD_OUT and any(bare):
                why = no_held_out(stated.metric)
            if why:
                yield ("problems", index, "target"), f": {why}"


def no_held_out(column: str) -> str:
    """Return why a problem without held-out examples has no such target."""
    return f"the target is on {column}, and the problem has no held-out examples"


def unknown(column: str, names: list[str] | None) -> str:
    """Return why a problem has no such metric; empty if it has, or if none is known.

    Args:
        column: Of a target.
        names: Of the problem's metrics; None if they are not known.
    """
    name = metric(column, "above").name
    if names is None or name in ("loss", *names):
        return ""
    near = _near(name, ["loss", *names])
    listed = ", ".join(f'"{each}"' for each in names)
    has = f"its metrics are {listed}" if names else "it has none but the loss"
    return f'the problem has no metric "{name}": {has}.{near}'


def _near(name: str, names: list[str]) -> str:
    """Return the nearest of some names in words; one that begins so comes first."""
    return nearest(name, [each for each in names if each.startswith(name)] or names)
