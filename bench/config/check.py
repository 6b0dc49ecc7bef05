"""Check a config's keys, types, combinations, names and settings."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

import factories
from factories import FactoryError, closest, explained, nearest, shown, wanted

from ..core.spec import SCIPY, is_scipy
from . import criterion, targets
from .claimed import claimed, place
from .oracle import DEFAULTS, OWN, split, split_problem
from .positions import Path
from .schema import Config, Entry, OptimizerEntry
from .scipy_methods import METHODS, find
from .tuning_task import default_settings, own_settings, ranges, with_values

_MOST_TRIALS = 100_000
Fault = tuple[Path, str]
_OF_THE_RUN = [("budget", key) for key in ("target", "compile_seconds")]


def shape(plain: Mapping[str, Any]) -> tuple[Config | None, list[Fault]]:
    """Return the config, or None and all errors of keys, types and ranges."""
    try:
        return Config.model_validate(plain), []
    except ValidationError as error:
        return None, _faults([dict(each) for each in error.errors()])
    except (OverflowError, RecursionError) as error:
        return None, [((), f": cannot be read: {error}")]


def _faults(errors: list[dict[str, Any]]) -> list[Fault]:
    """Return all faults, without the missing keys that unknown ones are near to."""
    unknown = [tuple(e["loc"]) for e in errors if e["type"] == "extra_forbidden"]
    meant = {
        (*path[:-1], closest(str(path[-1]), _keys_beside(path))) for path in unknown
    }
    is_meant = (e["type"] == "missing" and tuple(e["loc"]) in meant for e in errors)
    return [_fault(e) for e, skip in zip(errors, is_meant, strict=True) if not skip]


def _fault(error: dict[str, Any]) -> Fault:
    path = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        if path[-2:] in _OF_THE_RUN:
            return path, ": belongs to the run's [budget], for all optimizers"
        return path, f": unknown key.{nearest(str(path[-1]), _keys_beside(path))}"
    if error["type"] == "missing":
        return path, " is missing"
    words = wanted([error | {"loc": ()}])
    if path in (("problems",), ("optimizers",)):
        words = f"should be tables, each below its own [[{path[0]}]]"
    return path, f" = {short(error['input'])}: {words}"


def short(value: Any) -> str:
    """Return a value as text that fits into one line."""
    text = shown(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys_beside(path: Path) -> Iterator[str]:
    """Return the keys that the table at `path[:-1]` may have."""
    model = Config
    for key in path[:-1]:
        if isinstance(key, str) and key in model.model_fields:
            model = _model(model.model_fields[key].annotation) or model
    yield from model.model_fields


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model(argument) for argument in get_args(annotation))
    return next((model for model in models if model), None)


def combinations(config: Config) -> Iterator[Fault]:
    """Yield invalid combinations, before any factory is called."""
    yield from targets.faults(config)
    yield from _dtypes(config)
    yield from _size(config)
    yield from _tuning(config)


def _dtypes(config: Config) -> Iterator[Fault]:
    """Yield dtypes of a step that are wider than those of the run."""
    for name, dtype in config.precision or ():
        if dtype == "float64" and config.dtype != "float64":
            yield ("precision", name), ' = "float64": needs dtype = "float64"'


def _size(config: Config) -> Iterator[Fault]:
    problems, optimizers = (
        sum(entry.count for entry in entries)
        for entries in (config.problems, config.optimizers)
    )
    trials = problems * optimizers * len(config.seeds) * config.rounds
    if trials > _MOST_TRIALS:
        yield (), f": {trials:,} trials are more than {_MOST_TRIALS:,}"


def _tuning(config: Config) -> Iterator[Fault]:
    """Yield the errors of search spaces and of `[tuning]`."""
    for index, entry in enumerate(config.optimizers):
        yield from ((("optimizers", index, *path), why) for path, why in _ranges(entry))
        if entry.space is not None and config.tuning is None:
            words = ": is a search space, but this config has no [tuning]"
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
            words = ": must differ from the run's, or the best score is biased"
            yield ("tuning", name), words
    if set(tuning.seeds) & set(tuning.score_seeds):
        yield ("tuning", "score_seeds"), ": must differ from `seeds`, which choose"
    have_targets = all(p.target or config.budget.target for p in config.problems)
    if tuning.criterion == "cost" and not have_targets:
        words = ' = "cost": needs a target on every problem; or take "final_loss"'
        yield ("tuning", "criterion"), words
    for words in criterion.faults(tuning):
        yield ("tuning", "criterion"), f' = "{tuning.criterion}": {words}'


Check = Callable[[str, Mapping[str, Any]], None]
_MOST_VARIANTS = 200
_BESIDE = ("label", "grid", "target", "budget", "space", "class", OWN, *DEFAULTS)


def refusals(config: Config, places: Sequence[int] | None = None) -> Iterator[Fault]:
    """Yield each name, setting and value that a factory refuses, then bad targets.

    An optimizer that cannot run in this loop is no error: its trials end `skipped`.

    Args:
        config: The config, without sets.
        places: Of each problem in the config as it is written, if that has sets.
    """
    faults = list(_entries("problems", config.problems, _problem, places))
    faults += _optimizers(config)
    yield from faults or (*targets.impossible(config), *criterion.impossible(config))


def _optimizers(config: Config) -> Iterator[Fault]:
    """Yield the errors of the optimizers and of their search spaces."""
    tuned = [_with_defaults(e) if config.tuning else e for e in config.optimizers]
    faults = list(_entries("optimizers", tuned, _optimizer))
    yield from faults
    for index, entry in enumerate(config.optimizers if not faults else ()):
        for path, words in _refused_ends(entry):
            yield ("optimizers", index, *path), words


def _entries(
    kind: str,
    entries: Sequence[Entry],
    check: Check,
    places: Sequence[int] | None = None,
) -> Iterator[Fault]:
    clean = True
    for index, entry in enumerate(entries):
        for fault in _entry((kind, index), entry, check):
            clean = False
            yield fault
    if clean:
        yield from _doubles(kind, entries, places or range(len(entries)))


def _doubles(
    kind: str, entries: Sequence[Entry], places: Sequence[int]
) -> Iterator[Fault]:
    """Yield entries that repeat an earlier one, and labels of two different names."""
    for index, first in _repeated(entries):
        if index == first:
            yield (kind, index, "grid"), ": the same settings are listed twice"
            continue
        aside = _budget(entries[index]) != _budget(entries[first])
        words = (
            f": the same as {kind}.{places[first]}{' but for budget' if aside else ''}"
        )
        yield (kind, index), words
    named: dict[str, tuple[int, str]] = {}
    for index, entry in enumerate(entries):
        label = entry.label or entry.name
        first, name = named.setdefault(label, (index, entry.name))
        if name != entry.name:
            words = f' = "{label}": is also the label of {kind}.{places[first]}, {name}'
            yield (kind, index, "label" if entry.label else "name"), words


def _budget(entry: Entry) -> Any:
    return getattr(entry, "budget", None)


def _problem(name: str, settings: Mapping[str, Any]) -> None:
    import problems

    if "dtype" in settings:
        raise FactoryError("is a top-level key, for all optimizers", "dtype")
    own, _ = split_problem(settings)
    problems.check(name, own)


def _optimizer(name: str, settings: Mapping[str, Any]) -> None:
    import optimizers

    own, _ = split(settings)
    if is_scipy(name):
        find(name, own)
        return
    if name in METHODS:
        hint = f' Did you mean "{SCIPY}{name}"?'
        raise FactoryError(f'unknown name "{name}".', hint=hint)
    try:
        optimizers.check(name, own)
    except optimizers.NotApplicable:
        return


def _entry(path: Path, entry: Entry, check: Check) -> Iterator[Fault]:
    faults: dict[Path, str] = {}
    for inner, words in (*_plainness(entry), *_claimed(path[0], entry)):
        faults.setdefault((*path, *inner), words)
    if not faults:
        for inner, words in _settings(entry, check):
            faults.setdefault((*path, *inner), words)
    yield from faults.items()


def _claimed(kind: str | int, entry: Entry) -> Iterator[Fault]:
    """Yield keys that the entry's factory claims too; none if there is no factory."""
    import optimizers
    import problems

    package = problems if kind == "problems" else optimizers
    if is_scipy(entry.name):
        return
    try:
        build = package.factory(entry.name)
    except FactoryError:  # the check of the name reports this
        return
    yield from claimed(entry, build)


def _plainness(entry: Entry) -> Iterator[Fault]:
    """Yield dates, and keys that are both in the entry and in its grid."""
    for key in entry.grid.keys() & entry.settings.keys():
        yield ("grid", key), ": is in the entry and in its grid"
    for key, value in entry.settings.items():
        yield from _dates((key,), value)
    for key, value in entry.grid.items():
        yield from _dates(("grid", key), value)


def _dates(path: Path, value: Any) -> Iterator[Fault]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _dates((*path, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _dates((*path, index), inner)
    elif not isinstance(value, str | bool | int | float):
        yield path, f" = {short(str(value))}: no setting is a date or a time"


def _settings(entry: Entry, check: Check) -> Iterator[Fault]:
    """Yield errors of the fixed settings, or else of the grid's values and points."""
    clean = True
    first = next(entry.points())
    for key, words in _all(check, entry.name, first):
        clean = False
        yield _within(entry, key, 0), words
    for key, index, settings in _one_at_a_time(entry) if clean else ():
        for _, words in _all(check, entry.name, settings):
            clean = False
            yield ("grid", key, index), words
    for settings in entry.points(_MOST_VARIANTS) if clean and entry.grid else ():
        for key, words in _all(check, entry.name, settings):
            yield _within(entry, key, None), words


def _within(entry: Entry, key: str | None, index: int | None) -> Path:
    if key is None:
        return ("name",)
    keys = place(entry.settings, key)
    if keys[0] in entry.grid:
        return ("grid", keys[0]) if index is None else ("grid", keys[0], index)
    return keys


def _all(
    check: Check, name: str, settings: Mapping[str, Any]
) -> Iterator[tuple[str | None, str]]:
    """Yield the invalid setting, or None for the name itself, and the error."""
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for results only
            check(name, settings)
    except FactoryError as error:
        for each in (error, *error.more):
            yield each.key, _words(each, settings)
    except Exception as error:  # a user's own factory may raise anything
        yield None, f': "{name}" cannot be made: {explained(error)}'


_OF_LISTS = ("item ", "should be a list", "should have ")


def _words(error: FactoryError, settings: Mapping[str, Any]) -> str:
    """Return the part of an error line after the key."""
    beside = nearest(str(error.key), _BESIDE) if error.choices else ""
    words = error.explained(beside)
    scalar = error.value is not None and not words.startswith(_OF_LISTS)
    if scalar and isinstance(settings.get(error.key or ""), list):
        words += '. To vary it, write the list in the entry\'s "grid"'
    value = "" if error.value is None else f" = {error.value}"
    return f"{value}: {words}"


def _with_defaults(entry: OptimizerEntry) -> OptimizerEntry:
    """Return an entry with a valid value for each setting that tuning chooses."""
    try:
        return entry.model_copy(update=default_settings(entry))
    except FactoryError:  # the check of the name reports this
        return entry


def _refused_ends(entry: OptimizerEntry) -> Iterator[Fault]:
    """Yield the first bound of a search space that the factory refuses."""
    import optimizers

    own = own_settings(entry.settings)
    for path in entry.space or ():
        try:
            factories.inside(own, path)
        except FactoryError as error:
            yield ("space", path), f": {error.explained()}"
            return
    defaults = default_settings(entry)
    for path, ends in (ranges(entry) if entry.space else {}).items():
        known = optimizers.arguments(entry.name, own, path)
        for end, value in ends._asdict().items():
            settings = with_values(defaults, {path: value})
            for _, words in _all(_optimizer, entry.name, settings):
                unknown = path.rpartition(".")[2] not in known
                yield (("space", path) if unknown else ("space", path, end)), words
                return


def _one_at_a_time(entry: Entry) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield each value of the grid once, with the first value of the other keys."""
    first = {key: values[0] for key, values in entry.grid.items()}
    for key, values in entry.grid.items():
        for index, value in enumerate(values):
            yield key, index, entry.settings | first | {key: value}


def _repeated(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Yield the index of each entry that repeats an earlier one, and of that one."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        for settings in entry.points():
            plain = [entry.name, settings, entry.model_dump().get("target")]
            text = json.dumps(plain, sort_keys=True)
            if text in seen:
                yield index, seen[text]
                break
            seen[text] = index
