"""Turn a config into the trials of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from . import asked
from .keys import key
from .schema import Config, Entry, OwnBudgetTable
from .spec import Budget, Named, Spec, Target
from .vary import variants


class Setting(NamedTuple):
    """One entry of a config at one point of its grid."""

    entry: Entry
    named: Named
    varying: dict[str, Any]
    label: str
    asked: dict[str, Any]


def plan(config: Config, device_kind: str) -> list[Spec]:
    """Return the trials of a run.

    Optimizers vary fastest, then problems, seeds and rounds: so they are listed. They
    are done in the order of `todo.in_rounds`.

    Args:
        config: A checked config.
        device_kind: What the keys say the trials were measured on.
    """
    problems = _told_apart(list(map(_problem, _points(config.problems))))
    optimizers = list(map(_optimizer, _points(config.optimizers)))
    order = product(range(config.rounds), config.seeds, problems, optimizers)
    return [
        _spec(config, problem, optimizer, seed, turn, device_kind)
        for turn, seed, problem, optimizer in order
    ]


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
    varying = {key: settings[key] for key in entry.grid}
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
