"""What is wrong with a config's tuning, and with the ranges it is to search."""

from collections.abc import Callable, Iterator
from typing import Any

from factories import FactoryError

from ..planning.locate import Path
from ..planning.schema import Config, OptimizerEntry
from .task import ranges, untuned

Fault = tuple[Path, str]
Refusals = Callable[[str, dict[str, Any]], Iterator[tuple[str | None, str]]]


def settled(entry: OptimizerEntry) -> OptimizerEntry:
    """Return an entry with the settings that tuning would find for it filled in."""
    try:
        return entry.model_copy(update=untuned(entry))
    except FactoryError:  # it has no such name: as it stands it will be told
        return entry


def faults(config: Config) -> Iterator[Fault]:
    """Yield what does not go together, before any factory is asked."""
    for index, entry in enumerate(config.optimizers):
        yield from ((("optimizers", index, *path), why) for path, why in _entry(entry))
        if entry.space is not None and config.tuning is None:
            words = ": is searched by [tuning], which this config has not"
            yield ("optimizers", index, "space"), words
        if entry.grid and config.tuning is not None:
            words = ': [tuning] chooses the settings: give ranges as "space" instead'
            yield ("optimizers", index, "grid"), words
    yield from _table(config)


def _entry(entry: OptimizerEntry) -> Iterator[Fault]:
    for name, ends in (entry.space or {}).items():
        if ends.low >= ends.high:
            yield ("space", name), f": low = {ends.low:g} is not below high"


def _table(config: Config) -> Iterator[Fault]:
    tuning = config.tuning
    if tuning is None:
        return
    of_a_run = set(config.seeds)
    for name in ("seeds", "score_seeds"):
        if of_a_run & set(getattr(tuning, name)):
            words = ": are to be others than the run's, or they flatter the winner"
            yield ("tuning", name), words
    if set(tuning.seeds) & set(tuning.score_seeds):
        yield ("tuning", "score_seeds"), ": are to be others than those that choose"
    aimed = all(p.target or config.budget.target for p in config.problems)
    if tuning.criterion == "cost" and not aimed:
        words = ' = "cost": needs a target on every problem; or take "final_loss"'
        yield ("tuning", "criterion"), words


def refused(entry: OptimizerEntry, refusals: Refusals) -> Iterator[Fault]:
    """Yield the ends of ranges that the factory does not take.

    Args:
        entry: One whose settings are right.
        refusals: (name, settings) -> what the factory says.
    """
    plain = untuned(entry)
    for name, ends in (ranges(entry) if entry.space else {}).items():
        for end, value in ends._asdict().items():
            for _, words in refusals(entry.name, plain | {name: value}):
                yield ("space", name, end), words
                return
