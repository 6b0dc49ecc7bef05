"""Check a config's names and settings against the factories."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from factories import FactoryError, nearest

from .check import Fault, short
from .oracle import DEFAULTS, split, split_problem
from .positions import Path
from .schema import Config, Entry, OptimizerEntry
from .scipy_methods import find, is_outside
from .tuning_task import default_settings, ranges

Check = Callable[[str, Mapping[str, Any]], None]
_MOST_VARIANTS = 200
_NO_OPTIMUM = (
    ": a suboptimality needs a certified optimum, which this problem has not: give it "
    "a target of its own, { loss = ... }"
)
_BESIDE = ("label", "grid", "target", "budget", "space", *DEFAULTS)


def refusals(config: Config) -> Iterator[Fault]:
    """Yield every name, setting and value that its factory refuses; then, targets.

    An optimizer that cannot run in this loop is no fault: its trials end `skipped`.
    """
    faults = list(_entries("problems", config.problems, _problem))
    faults += _optimizers(config)
    yield from faults or _targets(config)


def _optimizers(config: Config) -> Iterator[Fault]:
    """Yield the faults of the optimizers, and of the ranges they are tuned in."""
    tuned = [_with_defaults(e) if config.tuning else e for e in config.optimizers]
    faults = list(_entries("optimizers", tuned, _optimizer))
    yield from faults
    for index, entry in enumerate(config.optimizers if not faults else ()):
        for path, words in _refused_ends(entry):
            yield ("optimizers", index, *path), words


def _entries(kind: str, entries: Sequence[Entry], check: Check) -> Iterator[Fault]:
    clean = True
    for index, entry in enumerate(entries):
        for fault in _entry((kind, index), entry, check):
            clean = False
            yield fault
    if clean:
        yield from _doubles(kind, entries)


def _doubles(kind: str, entries: Sequence[Entry]) -> Iterator[Fault]:
    """Yield entries that repeat one before them, and labels of two different names."""
    for index, first in _repeated(entries):
        if index == first:
            yield (kind, index, "grid"), ": the same settings are listed twice"
            continue
        aside = _budget(entries[index]) != _budget(entries[first])
        words = f": the same as {kind}.{first}{', budget aside' if aside else ''}"
        yield (kind, index), words
    named: dict[str, tuple[int, str]] = {}
    for index, entry in enumerate(entries):
        label = entry.label or entry.name
        first, name = named.setdefault(label, (index, entry.name))
        if name != entry.name:
            words = f' = "{label}": {kind}.{first}, {name}, is called that too'
            yield (kind, index, "label" if entry.label else "name"), words


def _targets(config: Config) -> Iterator[Fault]:
    """Yield targets that hang on an optimum which a problem is known not to have."""
    import problems

    for index, entry in enumerate(config.problems):
        target = entry.target or config.budget.target
        if target is None or target.suboptimality is None:
            continue
        points = (split_problem(settings)[0] for settings in entry.points())
        if any(problems.without_optimum(entry.name, own) for own in points):
            yield ("problems", index, "target"), _NO_OPTIMUM


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
    if is_outside(name):
        find(name, own)
        return
    try:
        optimizers.check(name, own)
    except optimizers.NotApplicable:
        return


def _entry(path: Path, entry: Entry, check: Check) -> Iterator[Fault]:
    faults: dict[Path, str] = {}
    for inner, words in _plainness(entry):
        faults.setdefault((*path, *inner), words)
    if not faults:
        for inner, words in _settings(entry, check):
            faults.setdefault((*path, *inner), words)
    yield from faults.items()


def _plainness(entry: Entry) -> Iterator[Fault]:
    """Yield dates, and keys that are both fixed and in the grid."""
    for key in entry.grid.keys() & entry.settings.keys():
        yield ("grid", key), ": is in the table and in its grid"
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
    """Yield the faults of the fixed settings, else of the grid's values and points."""
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
    keys = tuple(key.split("."))
    if keys[0] in entry.grid:
        return ("grid", keys[0]) if index is None else ("grid", keys[0], index)
    return keys


def _all(
    check: Check, name: str, settings: Mapping[str, Any]
) -> Iterator[tuple[str | None, str]]:
    """Yield the setting at fault, None for the name itself, and what is wrong."""
    try:
        check(name, settings)
    except FactoryError as error:
        for each in (error, *error.more):
            yield each.key, _words(each, settings)
    except Exception as error:  # a user's own factory may raise anything
        yield None, f': "{name}" cannot be made: {type(error).__name__}: {error}'


def _words(error: FactoryError, settings: Mapping[str, Any]) -> str:
    """Return what a line says after the key."""
    beside = nearest(str(error.key), _BESIDE) if error.choices else ""
    words = error.explained(beside)
    if isinstance(settings.get(error.key or ""), list):
        words += '. To vary it, write the list in the entry\'s "grid"'
    value = "" if error.value is None else f" = {error.value}"
    return f"{value}: {words}"


def _with_defaults(entry: OptimizerEntry) -> OptimizerEntry:
    """Return an entry with the settings that tuning would find for it filled in."""
    try:
        return entry.model_copy(update=default_settings(entry))
    except FactoryError:  # it has no such name, which its own check tells
        return entry


def _refused_ends(entry: OptimizerEntry) -> Iterator[Fault]:
    """Yield the first end of a search space that the factory does not take."""
    defaults = default_settings(entry)
    for name, ends in (ranges(entry) if entry.space else {}).items():
        for end, value in ends._asdict().items():
            for _, words in _all(_optimizer, entry.name, defaults | {name: value}):
                yield ("space", name, end), words
                return


def _one_at_a_time(entry: Entry) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield each value of the grid once, beside the first value of the other keys."""
    first = {key: values[0] for key, values in entry.grid.items()}
    for key, values in entry.grid.items():
        for index, value in enumerate(values):
            yield key, index, entry.settings | first | {key: value}


def _repeated(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Yield the index of each entry that repeats one before it, and of that one."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        for settings in entry.points():
            plain = [entry.name, settings, entry.model_dump().get("target")]
            text = json.dumps(plain, sort_keys=True)
            if text in seen:
                yield index, seen[text]
                break
            seen[text] = index
