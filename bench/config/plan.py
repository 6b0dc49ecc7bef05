"""Turn a config into the trials of a run, each with its key, and what tunes them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from factories import is_own

from ..core.spec import Budget, Named, Spec
from ..core.text import file_word
from . import targets
from .fingerprint import fingerprint
from .oracle import DEFAULTS, split, split_problem
from .schema import Config, Entry, OptimizerEntry, OwnBudgetTable, TuningTable
from .tuning_task import (
    TuningTask,
    default_settings,
    ranges,
    untuned_values,
    with_values,
    without_values,
)

Chosen = Mapping[str, dict[str, float]]
"""The settings that tuning chose, by the key of its task."""


class Point(NamedTuple):
    """One entry of a config at one point of its grid.

    Attributes:
        varying: The settings that differ from those of other points of the entry.
        family, label: As in `Spec`.
        oracle: Gradient source and batch, as fields of a `Spec`.
        tuned, draw_seeds: As in `Spec`.
    """

    entry: Entry
    named: Named
    varying: dict[str, Any]
    family: str
    label: str
    oracle: dict[str, Any]
    tuned: bool | None = None
    draw_seeds: tuple[int, ...] = ()


Digest = Callable[[Spec], str]
"""Returns a digest of the arrays of a spec's problem; an optimizer is not needed."""


class Plan:
    """The trials and tuning tasks of a config on one kind of device.

    Args:
        config: A checked config; where it runs, `devices` is a number, and "all" stands
            for one where nothing runs.
        device_kind: The kind of device, which is part of the keys.
        arrays: Called for each problem of a user's own; without it, keys do not
            depend on the arrays that these problems hold.

    Attributes:
        tasks: One tuning task for each problem, optimizer and draw seed.
    """

    def __init__(
        self, config: Config, device_kind: str, arrays: Digest = lambda spec: ""
    ):
        self._config, self._device_kind = config, device_kind
        self._devices = 1 if config.devices == "all" else config.devices
        self._fingerprints: dict[str, str] = {}
        points = list(_points(config.problems, split_problem))
        self._problems = [
            problem._replace(named=self._with_fingerprint(problem.named, arrays))
            for problem in map(_with_remark, _with_distinct_labels(points))
        ]
        entries = config.optimizers
        self._entries = _distinct(entries) if config.tuning else entries
        self._tasks = {
            (place, index): self._tasks_of(problem, entry, config.tuning)
            for place, problem in enumerate(self._problems)
            for index, entry in enumerate(self._entries)
            if config.tuning and ranges(entry)
        }
        self.tasks = [task for tasks in self._tasks.values() for task in tasks]

    def specs(
        self, chosen: Chosen | None = None, rounds: int | None = None
    ) -> list[Spec]:
        """Return the trials of a run.

        Optimizers vary fastest, then problems, seeds and rounds.

        Args:
            chosen: The settings that tuning chose; None if nothing is tuned yet. A
                task without chosen settings has its default ones.
            rounds: Replaces the config's.
        """
        pairs = [
            (problem, optimizer)
            for place, problem in enumerate(self._problems)
            for optimizer in self._optimizers(place, chosen)
        ]
        turns = range(self._config.rounds if rounds is None else rounds)
        order = product(turns, self._config.seeds, pairs)
        return [self._spec(*pair, seed, turn) for turn, seed, pair in order]

    def _with_fingerprint(self, named: Named, arrays: Digest | None = None) -> Named:
        """Return a problem or an optimizer with its fingerprint, computed once."""
        place = repr((named, arrays is None))
        if place not in self._fingerprints:
            held = ""
            if arrays is not None and is_own(named.name):
                held = arrays(self._bare(named))
            made = fingerprint(named.name, named.settings, held)
            self._fingerprints[place] = made
        return replace(named, fingerprint=self._fingerprints[place])

    def _bare(self, problem: Named) -> Spec:
        """Return a spec to make a problem from, which no trial has."""
        config = self._config
        return Spec(
            problem,
            Named(""),
            Budget(compile_seconds=config.budget.compile_seconds),
            **config.dtypes,
            matmul_precision=config.matmul_precision,
            devices=self._devices,
        )

    def _optimizers(self, place: int, chosen: Chosen | None) -> Iterator[Point]:
        """Yield the optimizers of a problem: tuned for it, and untuned."""
        for index, entry in enumerate(self._entries):
            tasks = self._tasks.get((place, index))
            if tasks is None:
                yield from _points([entry], split)
                continue
            # The factory's defaults are stated too: one program then runs all values.
            untuned = with_values(default_settings(entry), tasks[0].untuned)
            best = [(chosen or {}).get(task.key, {}) for task in tasks]
            for own in [own for i, own in enumerate(best) if own not in best[:i]]:
                alike = zip(tasks, best, strict=True)
                seeds = tuple(task.draw_seed for task, other in alike if other == own)
                yield _point(entry, with_values(untuned, own), split)._replace(
                    varying={"tuned": "yes"}, tuned=True, draw_seeds=seeds
                )
            beside = tasks[0].table.untuned and (any(best) or chosen is None)
            if beside:
                point = _point(entry, untuned, split)
                yield point._replace(
                    label=f"{point.family}, untuned",
                    varying={"tuned": "no"},
                    tuned=False,
                )

    def _tasks_of(
        self, problem: Point, entry: OptimizerEntry, table: TuningTable
    ) -> list[TuningTask]:
        """Return a task for each draw seed."""
        space = ranges(entry)
        fixed = without_values(entry.settings, space)
        spec = self._spec(problem, _point(entry, fixed, split), 0, 0)
        budget = replace(spec.budget, seconds=table.seconds)
        spec = replace(spec, budget=budget, timed=True, key="")
        of_trial = key(spec, self._device_kind, {})
        untuned = untuned_values(entry)
        return [
            TuningTask.of(spec, space, table, draw_seed, untuned, of_trial)
            for draw_seed in table.draw_seeds
        ]

    def _spec(self, problem: Point, optimizer: Point, seed: int, turn: int) -> Spec:
        config = self._config
        spec = Spec(
            problem=problem.named,
            optimizer=self._with_fingerprint(optimizer.named),
            budget=_budget(config, problem.entry, optimizer.entry),
            seed=seed,
            round=turn,
            **config.dtypes,
            matmul_precision=config.matmul_precision,
            every_step=config.every_step,
            label=optimizer.label,
            problem_label=problem.label,
            problem_class=getattr(problem.entry, "problem_class", None) or "",
            family=optimizer.family,
            tuned=optimizer.tuned,
            draw_seeds=optimizer.draw_seeds,
            evaluation=targets.every(config.evaluation),
            timed=config.timed,
            devices=self._devices,
            **_oracle(problem, optimizer),
        )
        varying = problem.varying | optimizer.varying
        return replace(spec, key=key(spec, self._device_kind, varying))


def _points(entries: Sequence[Entry], parts: Any) -> Iterator[Point]:
    for entry in entries:
        for settings in entry.points():
            yield _point(entry, settings, parts)


def _point(entry: Entry, settings: dict[str, Any], parts: Any) -> Point:
    """Return one point of an entry.

    Args:
        parts: Splits the settings into the factory's own and those of the oracle.
    """
    own, oracle = parts(settings)
    varying = {key: settings[key] for key in entry.grid if key in settings}
    label = entry.label or entry.name
    return Point(entry, Named(entry.name, own), varying, label, label, oracle)


def _with_distinct_labels(problems: list[Point]) -> list[Point]:
    """Add the differing settings to a label that several problems share.

    Problems of which remarks are added that differ do not share it.
    """
    labels = [_with_remark(problem).label for problem in problems]
    return [
        problem._replace(label=_label(problem, label, problems, labels))
        if labels.count(label) > 1
        else problem
        for problem, label in zip(problems, labels, strict=True)
    ]


def _with_remark(problem: Point) -> Point:
    """Add what a problem's settings oblige its label to say."""
    import problems

    remark = problems.remark(problem.named.name, problem.named.settings)
    return problem._replace(label=f"{problem.label}, {remark}") if remark else problem


def _label(
    problem: Point, label: str, problems: list[Point], labels: Sequence[str]
) -> str:
    pairs = zip(problems, labels, strict=True)
    alike = [p.named.settings for p, other in pairs if other == label]
    return _with_differing(problem.label, problem.named.settings, alike)


def _distinct(entries: Sequence[OptimizerEntry]) -> list[OptimizerEntry]:
    """Add the differing settings to a label that several tuned optimizers share.

    The label then names one optimizer on all problems, whatever tuning chooses there.
    """
    labels = [entry.label or entry.name for entry in entries]
    alike = {
        label: [
            e.settings
            for e, other in zip(entries, labels, strict=True)
            if other == label
        ]
        for label in labels
    }
    return [
        entry.model_copy(
            update={"label": _with_differing(label, entry.settings, alike[label])}
        )
        if len(alike[label]) > 1
        else entry
        for entry, label in zip(entries, labels, strict=True)
    ]


def _with_differing(
    label: str, own: Mapping[str, Any], alike: Sequence[Mapping[str, Any]]
) -> str:
    words = [
        f"{key}={value}"
        for key, value in own.items()
        if any(key not in other or other[key] != value for other in alike)
    ]
    return " ".join([label, *words])


def _oracle(problem: Point, optimizer: Point) -> dict[str, Any]:
    """Return gradient source and batch; by default the problem's batch."""
    if optimizer.oracle["batch"] is not None:
        return optimizer.oracle
    return optimizer.oracle | problem.oracle


def _budget(config: Config, problem: Entry, optimizer: Entry) -> Budget:
    """Return the run's budget with the problem's target and the optimizer's limits."""
    own = getattr(optimizer, "budget", None) or OwnBudgetTable()
    plain = config.budget.model_dump() | own.model_dump(exclude_none=True)
    stated = getattr(problem, "target", None) or config.budget.target
    plain["target"] = targets.target(stated, config.evaluation)
    return Budget(**plain)


_HASH = 12
_WORDS = 100


def key(spec: Spec, device_kind: str, varying: Mapping[str, Any]) -> str:
    """Return a file-name safe key of at most 113 characters.

    The description is for people. The hash covers the problem and the optimizer with
    their fingerprints, gradient source, batch, budget, dtypes, device kind, the number
    of devices if it is not one, seed and round; neither labels nor versions.

    Args:
        spec: The trial; its field `key` is ignored.
        device_kind: JAX's name of it: `cpu`, `NVIDIA H100 80GB HBM3`.
        varying: The settings from a grid, which the description names.
    """
    parts = [_short(spec.problem.name), _short(spec.optimizer.name)]
    parts += [f"{name}_{value}" for name, value in varying.items()]
    parts += [f"seed_{spec.seed}"]
    parts += [f"round_{spec.round}"] if spec.round else []
    words = "-".join(file_word(part, _WORDS) for part in parts)
    return f"{words[:_WORDS]}-{_hash(spec, device_kind)}"


def in_round(spec: Spec, turn: int, device_kind: str) -> Spec:
    """Return a trial as one of another round, with the key that it has there."""
    words = spec.key.rpartition("-")[0].removesuffix(f"-round_{spec.round}")
    moved = replace(spec, round=turn)
    words += f"-round_{turn}" if turn else ""
    return replace(moved, key=f"{words[:_WORDS]}-{_hash(moved, device_kind)}")


def identity(key: str) -> str:
    """Return the hash in a key; two trials are the same if theirs are equal."""
    return key[-_HASH:]


def _short(name: str) -> str:
    """Return the factory's own name, without its file or module."""
    return name.rpartition(":")[2] or name


def _hash(spec: Spec, device_kind: str) -> str:
    depends: dict[str, Any] = spec.to_json() | {"device_kind": device_kind}
    depends.pop("problem_class", None)
    for name in ("key", "label", "problem_label", "family", "tuned", "draw_seeds"):
        del depends[name]
    depends["repeat"] = depends.pop("round")
    for name, default in DEFAULTS.items():
        if depends[name] == default:
            del depends[name]
    made = [depends[kind].pop("fingerprint") for kind in ("problem", "optimizer")]
    depends["files"] = made if any(made) else []
    text = json.dumps(depends, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]
