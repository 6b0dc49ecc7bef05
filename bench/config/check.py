"""Hold a config's keys, types and ranges against the schema and each other."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from factories import nearest

from .positions import Path
from .schema import Config, OptimizerEntry, TargetTable

_MOST_TRIALS = 100_000
Fault = tuple[Path, str]
_OF_THE_RUN = [("budget", key) for key in ("target", "compile_seconds")]


def shape(plain: Mapping[str, Any]) -> tuple[Config | None, list[Fault]]:
    """Return the config, or None and everything that is wrong with its shape."""
    try:
        return Config.model_validate(plain), []
    except ValidationError as error:
        return None, [_fault(dict(e)) for e in error.errors()]
    except (OverflowError, RecursionError) as error:
        return None, [((), f": cannot be read: {error}")]


def _fault(error: dict[str, Any]) -> Fault:
    path = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        if path[-2:] in _OF_THE_RUN:
            return path, ": belongs to the run's [budget], for all optimizers"
        return path, f": unknown key.{nearest(str(path[-1]), _keys_beside(path))}"
    if error["type"] == "missing":
        return path, " is missing"
    own = error.get("ctx", {}).get("error")  # of a validator of the schema's own
    message = str(own or error["msg"].removeprefix("Input "))
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
    models = (_model(argument) for argument in get_args(annotation))
    return next((model for model in models if model), None)


def combinations(config: Config) -> Iterator[Fault]:
    """Yield what does not go together, before any factory is asked."""
    yield from _targets(config)
    yield from _size(config)
    yield from _tuning(config)


def _targets(config: Config) -> Iterator[Fault]:
    stated: dict[Path, TargetTable | None] = {
        ("problems", index, "target"): problem.target
        for index, problem in enumerate(config.problems)
    }
    stated["budget", "target"] = config.budget.target
    words = ": takes either a loss or a suboptimality"
    for path, target in stated.items():
        if target and (target.loss is None) == (target.suboptimality is None):
            yield path, words


def _size(config: Config) -> Iterator[Fault]:
    problems, optimizers = (
        sum(entry.count for entry in entries)
        for entries in (config.problems, config.optimizers)
    )
    trials = problems * optimizers * len(config.seeds) * config.rounds
    if trials > _MOST_TRIALS:
        yield (), f": {trials:,} trials are more than {_MOST_TRIALS:,}"


def _tuning(config: Config) -> Iterator[Fault]:
    """Yield what is wrong with what is to be tuned, and how."""
    for index, entry in enumerate(config.optimizers):
        yield from ((("optimizers", index, *path), why) for path, why in _ranges(entry))
        if entry.space is not None and config.tuning is None:
            words = ": is searched by [tuning], which this config has not"
            yield ("optimizers", index, "space"), words
        if entry.grid and config.tuning is not None:
            words = ': [tuning] chooses the settings: give ranges as "space" instead'
            yield ("optimizers", index, "grid"), words
    yield from _seeds_and_criterion(config)


def _ranges(entry: OptimizerEntry) -> Iterator[Fault]:
    for name, ends in (entry.space or {}).items():
        if ends.low >= ends.high:
            yield ("space", name), f": low = {ends.low:g} is not below high"


def _seeds_and_criterion(config: Config) -> Iterator[Fault]:
    tuning = config.tuning
    if tuning is None:
        return
    for name in ("seeds", "score_seeds"):
        if set(config.seeds) & set(getattr(tuning, name)):
            words = ": must differ from the run's, or the winner's score is biased"
            yield ("tuning", name), words
    if set(tuning.seeds) & set(tuning.score_seeds):
        yield ("tuning", "score_seeds"), ": must differ from those that choose"
    have_targets = all(p.target or config.budget.target for p in config.problems)
    if tuning.criterion == "cost" and not have_targets:
        words = ' = "cost": needs a target on every problem; or take "final_loss"'
        yield ("tuning", "criterion"), words
