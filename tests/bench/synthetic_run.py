"""A run folder as a run leaves it, made of formulas instead of trials."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from pathlib import Path
from typing import Any

from bench.core.at_target import AtTarget
from bench.core.footprint import Footprint
from bench.core.metrics import metric
from bench.core.readings import READINGS
from bench.core.records import MetricScores, RunRecord, TrialRecord
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.core.text import file_word
from bench.store import folder as run_folder
from bench.store import run_file, trials

EXAMPLES = 100
"""That a call reads."""
RATIOS = {"forward": 1, "point": 0.2, "gradient": 2.5, "jvp": 1.5, "hvp": 4}
"""Price of a call in forward passes; a Hessian has none."""
BATCH_RATIOS = RATIOS | {"gradient": 2}
FORWARD_SECONDS = 2e-6
MOST = {"flops_per_second": 1e9, "bytes_per_second": 1e10}
"""The roofline."""


FORMULAS = {
    "held_out_loss": lambda gap, step: 0.2 + gap + 1e-3 * step,
    "held_out_accuracy": lambda gap, step: 1 - 0.9 * min(1.0, gap),
    "held_out_perplexity": lambda gap, step: exp(min(9.0, 0.2 + gap + 1e-3 * step)),
}
"""Metrics at a suboptimality, by column; the loss and the perplexity overfit."""
LOOKS = {0, *(round(10 ** (j / 8)) for j in range(60))}
RESOLUTION = 8
"""Steps between evaluations, of every target on a metric."""


@dataclass(frozen=True)
class Racer:
    """An optimizer that multiplies its suboptimality by `rate` at every step."""

    label: str
    rate: float
    step_seconds: float = 1e-5
    calls: dict[str, int] = field(default_factory=lambda: {"gradient": 1})
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    family: str = ""
    tuned: bool | None = None
    draw_seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Course:
    """A problem: its start, its optimum, what is to be reached and in how long."""

    label: str = "bowl"
    start: float = 0.7
    optimum: float | None = 0.1
    target: float | None = 1e-6
    steps: int = 400
    dtype: str = "float32"
    batch: Batch | None = None
    metrics: tuple[str, ...] = ()
    on: str = ""
    kind: str = field(default="", repr=False)
    best_known: bool = field(default=False, repr=False)

    @property
    def target_loss(self) -> float | None:
        """What is to be reached: a loss, or a value of the metric `on`."""
        if self.target is None or self.on:
            return self.target
        return (self.optimum or 0.0) + self.target

    @property
    def stated_target(self) -> Target | None:
        """The target as a spec has it."""
        if self.target is None:
            return None
        if not self.on:
            return Target(loss=self.target_loss)
        better = metric(self.on).higher_is_better
        return Target(metric=self.on, value=self.target, higher_is_better=better)

    def is_met(self, gap: float, step: int, room: float = 1.0) -> bool:
        """Return whether the target is met at a suboptimality."""
        if self.target is None:
            return False
        if not self.on:
            return gap <= self.target * room
        return metric(self.on).is_met(FORMULAS[self.on](gap, step), self.target)


def spec_of(course: Course, racer: Racer, seed: int, round: int = 0) -> Spec:
    """Return the spec of a trial."""
    return Spec(
        Named(_first_word(course), _settings(course)),
        Named(racer.name or racer.label, racer.settings),
        Budget(steps=course.steps, target=course.stated_target),
        seed=seed,
        round=round,
        dtype=course.dtype,
        label=racer.label,
        problem_label=course.label,
        family=racer.family,
        tuned=racer.tuned,
        draw_seeds=racer.draw_seeds,
        key=key_of(course, racer, seed, round),
        batch=course.batch,
        problem_class=course.kind,
    )


def _settings(course: Course) -> dict:
    known = {"best_known": course.optimum} if course.best_known else {}
    return {"rows": EXAMPLES, **known}


def key_of(course: Course, racer: Racer, seed: int, round: int = 0) -> str:
    """Return a trial's key: words, seed, and a hash of what else it depends on."""
    varying = [f"{name}_{value}" for name, value in racer.settings.items()]
    words = [_first_word(course), racer.name or racer.label, *varying]
    words += [f"seed_{seed}"] + [f"round_{round}"] * bool(round)
    digest = hashlib.sha256(repr((course, racer, seed, round)).encode()).hexdigest()
    return "-".join([*map(file_word, words), digest[:12]])


def _first_word(course: Course) -> str:
    return [*course.label.split(), "blank"][0]


def write_trial(
    folder: Path, course: Course, racer: Racer, seed: int, round: int = 0
) -> TrialRecord:
    """Write one trial's two files and return its record."""
    rows = _rows(course, racer, seed, round)
    record = record_of(course, rows, spec_of(course, racer, seed, round))
    return trials.write_trial(folder, record, rows)


def write_run(
    folder: Path,
    courses: Sequence[Course],
    racers: Sequence[Racer],
    seeds: int = 3,
    rounds: int = 1,
    priced: bool = True,
    **made: Any,
) -> Path:
    """Write a whole run folder: run.json, trials, prices.csv.

    Args:
        folder: Where.
        courses, racers, seeds, rounds: Each racer runs on each course.
        priced: Whether calls have prices.
        **made: Fields of run.json.
    """
    records = [
        write_trial(folder, course, racer, seed, round)
        for round in range(rounds)
        for seed in range(seeds)
        for course in courses
        for racer in racers
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(folder, [record.spec for record in records], **made)
    if priced:
        write_prices(folder)
    return folder


def write_prices(folder: Path) -> None:
    """Write the prices of the calls of a plan, on all examples and on its batches."""
    for spec in run_folder.lacking_prices(folder, plan(folder)):
        ratios = RATIOS if spec.batch is None else BATCH_RATIOS
        run_folder.add_facts(folder, spec, {"prices": _prices(ratios)})


def write_plan(folder: Path, planned: Iterable[Spec], **made: Any) -> None:
    """Write run.json."""
    known = {"config": {}, "versions": {"python": "3.11"}} | made
    run_folder.write(folder, RunRecord("synthetic", planned=list(planned), **known))


def plan(folder: Path) -> list[Spec]:
    """Return the planned specs of a run folder."""
    return run_file.read(folder).planned


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file of a folder but those that hold locks, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def change(folder: Path, key: str, **values: Any) -> TrialRecord:
    """Change a trial's record; its trace stays."""
    changed = replace(trials.read_trial(folder, key), **values)
    trials.amend(folder, changed)
    return changed


def remove(folder: Path, key: str) -> None:
    """Remove a trial's files: it is planned and missing."""
    for suffix in (".json", ".csv"):
        (folder / "trials" / f"{key}{suffix}").unlink()


def _prices(ratios: Mapping[str, float]) -> list[dict[str, Any]]:
    return [
        {
            "call": call,
            "seconds": FORWARD_SECONDS * ratio,
            "flops": 100 * ratio,
            "bytes": None,
            "ratio_to_forward": ratio,
            "flops_per_second": 100 / FORWARD_SECONDS,
            "bytes_per_second": None,
            **{f"most_{name}": rate for name, rate in MOST.items()},
        }
        for call, ratio in ratios.items()
    ]


def _rows(course: Course, racer: Racer, seed: int, round: int) -> list[dict[str, Any]]:
    least = course.optimum or 0.0
    rows = []
    for step in range(course.steps + 1):
        rate = racer.rate ** (1 + 0.1 * (seed - 1))
        gap = (course.start - least) * rate**step * (1 + 0.05 * seed)
        seconds = step * racer.step_seconds * (1 + 0.07 * seed + 0.01 * round)
        counts = {call: step * racer.calls.get(call, 0) for call in READINGS}
        row = {"step": step, "seconds": seconds, "measured": 1, "loss": least + gap}
        row |= {"suboptimality": None if course.optimum is None else gap}
        ended = gap > 1e4 or course.is_met(gap, step) or step == course.steps
        if course.metrics and (step in LOOKS or ended) and gap <= 1e4:
            row |= {name: FORMULAS[name](gap, step) for name in course.metrics}
        rows.append(row | counts | {"examples": EXAMPLES * sum(counts.values())})
        if ended:
            break
    return rows


def record_of(course: Course, rows: list[dict[str, Any]], spec: Spec) -> TrialRecord:
    last = rows[-1]
    gap = last["loss"] - (course.optimum or 0.0)
    reached = course.is_met(gap, last["step"], 1.0001)
    end = "target" if reached else "diverged" if gap > 1e4 else "budget"
    readings = {call: last[call] for call in READINGS}
    spent = (last["step"], last["seconds"], readings) if reached else (None,) * 3
    target = course.target_loss
    return TrialRecord(
        spec,
        end,
        reason=f"ended by {end}",
        device="cpu: 2 cores",
        steps=last["step"],
        seconds=last["seconds"],
        compile_seconds=0.2 if spec.seed == 0 else 0.0,
        off_clock_seconds=0.1,
        readings=readings,
        optimum=course.optimum,
        target_loss=target,
        targets=_targets(course, spent),
        versions={"python": "3.11"},
        examples=last["examples"],
        start_loss=rows[0]["loss"],
        final_loss=last["loss"],
        best_loss=min(row["loss"] for row in rows),
        seconds_to_target=spent[1],
        steps_to_target=spent[0],
        readings_to_target=spent[2],
        footprint=Footprint(8_000, 4_000, 100_000, 50_000, 2e4, 28_000),
        metrics={name: _scores(rows, name) for name in course.metrics},
    )


def _targets(course: Course, spent: tuple) -> list[AtTarget]:
    if course.target_loss is None:
        return []
    apart = RESOLUTION if course.on and spent[0] is not None else None
    return [AtTarget(course.target_loss, *spent, None, apart, course.on)]


def _scores(rows: list[dict[str, Any]], column: str) -> MetricScores:
    seen = [(row["step"], row[column]) for row in rows if column in row]
    values = [value for _, value in seen]
    best = (max if metric(column).higher_is_better else min)(values)
    first = next(step for step, value in seen if value == best)
    final = values[-1] if column in rows[-1] else None
    return {"first": values[0], "final": final, "best": best, "best_step": first}
