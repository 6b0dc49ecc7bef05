"""Turn a config into the trials of a run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from ..tuning.task import Task, ranges, untuned
from ..tuning.words import UNTUNED
from . import asked
from .keys import key
from .schema import Config, Entry, OptimizerEntry, OwnBudgetTable
from .spec import Budget, Named, Spec, Target
from .vary import variants


class Setting(NamedTuple):
    """One entry of a config at one point of its grid."""

    entry: Entry
    named: Named
    varying: dict[str, Any]
    label: str
    asked: dict[str, Any]


def plan(
    config: Config, device_kind: str, chosen: Mapping[str, dict[str, Any]] | None = None
) -> list[Spec]:
    """Return the trials of a run.

    Optimizers vary fastest, then problems, seeds and rounds: so they are listed. They
    are done in the order of `todo.in_rounds`.

    Args:
        config: A checked config.
        device_kind: What the keys say the trials were measured on.
        chosen: What tuning chose, by the key of its task; what it holds nothing for
            is as it is untuned.
    """
    pairs = [
        (problem, optimizer)
        for problem in _problems(config)
        for optimizer in _field(config, problem, device_kind, chosen)
    ]
    order = product(range(config.rounds), config.seeds, pairs)
    return [_spec(config, *pair, seed, turn, device_kind) for turn, seed, pair in order]


def tasks(config: Config, device_kind: str) -> list[Task]:
    """Return the sweeps that a config asks for, one a problem and optimizer."""
    return [
        _task(config, problem, entry, device_kind)
        for problem in _problems(config)
        for entry in config.optimizers
        if config.tuning and ranges(entry)
    ]


def _problems(config: Config) -> list[Setting]:
    return _told_apart(list(map(_problem, _points(config.problems))))


def _field(
    config: Config,
    problem: Setting,
    device_kind: str,
    chosen: Mapping[str, dict[str, Any]] | None,
) -> Iterator[Setting]:
    """Yield the optimizers of a problem: as tuned for it, and as they are without."""
    for entry in config.optimizers:
        if not (config.tuning and ranges(entry)):
            yield from map(_optimizer, _points([entry]))
            continue
        plain = untuned(entry)
        task = _task(config, problem, entry, device_kind)
        best = {} if chosen is None else chosen.get(task.key, {})
        tuned = _optimizer((entry, plain | best))
        yield tuned._replace(varying={"tuned": "yes"})
        if config.tuning.untuned and (best or chosen is None):
            again = {"label": tuned.label + UNTUNED, "varying": {"tuned": "no"}}
            yield _optimizer((entry, plain))._replace(**again)


def _task(
    config: Config, problem: Setting, entry: OptimizerEntry, device_kind: str
) -> Task:
    assert config.tuning is not None
    sought = ranges(entry)
    fixed = {k: v for k, v in entry.settings.items() if k not in sought}
    optimizer = _optimizer((entry, fixed))
    spec = _spec(config, problem, optimizer, 0, 0, device_kind)
    budget = replace(spec.budget, seconds=config.tuning.seconds)
    spec = replace(spec, budget=budget, key="")
    return Task.of(spec, sought, config.tuning, device_kind)


def _points(entries: Sequence[Entry]) -> Iterator[tuple[Entry, dict[str, Any]]]:
    for entry in entries:
        for settings in variants(entry):
            yield entry, settings


def _problem(point: tuple[Entry, dict[str, Any]]) -> Setting:
    entry, settings = point
    return _setting(entry, settings, *asked.of_problem(settings))


def _optimizer(point: tuple[Entry, dict[str, Any]]) -> Setting:
    entry, settings = point
    return _setting(entry, settings, *asked.part(settings))


def _setting(entry: Entry, settings: dict, own: dict, beside: dict) -> Setting:
    varying = {key: settings[key] for key in entry.grid if key in settings}
    label = entry.label or entry.name
    return Setting(entry, Named(entry.name, own), varying, label, beside)


def _told_apart(problems: list[Setting]) -> list[Setting]:
    """Add to a label what differs, where several problems have the same one."""
    labels = [problem.label for problem in problems]
    shared = {label for label in labels if labels.count(label) > 1}
    return [
        problem._replace(label=_label(problem, problems))
        if problem.label in shared
        else problem
        for problem in problems
    ]


def _label(problem: Setting, problems: list[Setting]) -> str:
    beside = [p.named.settings for p in problems if p.label == problem.label]
    words = [
        f"{key}={value}"
        for key, value in problem.named.settings.items()
        if any(key not in other or other[key] != value for other in beside)
    ]
    return " ".join([problem.label, *words])


def _spec(
    config: Config,
    problem: Setting,
    optimizer: Setting,
    seed: int,
    turn: int,
    device_kind: str,
) -> Spec:
    spec = Spec(
        problem=problem.named,
        optimizer=optimizer.named,
        budget=_budget(config, problem.entry, optimizer.entry),
        seed=seed,
        round=turn,
        dtype=config.dtype,
        matmul_precision=config.matmul_precision,
        every_step=config.every_step,
        label=optimizer.label,
        problem_label=problem.label,
        **_asked(problem, optimizer),
    )
    return replace(
        spec, key=key(spec, device_kind, problem.varying | optimizer.varying)
    )


def _asked(problem: Setting, optimizer: Setting) -> dict[str, Any]:
    """Return what the optimizer's entry asks; without a batch there, the problem's."""
    if optimizer.asked["batch"] is not None:
        return optimizer.asked
    return optimizer.asked | problem.asked


def _budget(config: Config, problem: Entry, optimizer: Entry) -> Budget:
    """Return the run's budget, over it the problem's target, the optimizer's bounds."""
    own = getattr(optimizer, "budget", None) or OwnBudgetTable()
    plain = config.budget.model_dump() | own.model_dump(exclude_none=True)
    target = getattr(problem, "target", None) or config.budget.target
    plain["target"] = Target(**target.model_dump()) if target else None
    return Budget(**plain)
