"""A run folder as the worker leaves it, made of formulas instead of trials."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

READINGS = ("forward", "point", "gradient", "jvp", "hvp", "hessian")
HEADER = (
    "step,seconds,measured,loss,suboptimality,gradient_norm,held_out_loss,"
    + ",".join(READINGS)
    + ",examples"
)
RATIOS = {"forward": 1, "point": 0.2, "gradient": 2.5, "jvp": 1.5, "hvp": 4}


@dataclass(frozen=True)
class Racer:
    """An optimizer that multiplies its suboptimality by `rate` at every step."""

    label: str
    rate: float
    step_seconds: float = 1e-5
    calls: dict[str, int] = field(default_factory=lambda: {"gradient": 1})
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Course:
    """A problem: its start, its optimum, what is to be reached and in how long."""

    label: str = "bowl"
    start: float = 0.7
    optimum: float | None = 0.1
    target: float | None = 1e-6
    steps: int = 400
    dtype: str = "float32"


def write_trial(folder: Path, course: Course, racer: Racer, seed: int, round=0) -> str:
    """Write one trial's two files and return its key."""
    rows = _rows(course, racer, seed, round)
    text = "\n".join([HEADER, *(",".join(map(_cell, row)) for row in rows)]) + "\n"
    key = key_of(course, racer, seed, round)
    record = _record(course, racer, rows, key, seed, round)
    record["csv_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "trials").mkdir(parents=True, exist_ok=True)
    (folder / "trials" / f"{key}.csv").write_text(text)
    (folder / "trials" / f"{key}.json").write_text(json.dumps(record))
    return key


def key_of(course: Course, racer: Racer, seed: int, round: int = 0) -> str:
    """Return a trial's key: words, seed, and a hash of what else it depends on."""
    varying = [f"{name}_{value}" for name, value in racer.settings.items()]
    words = [course.label.split()[0], racer.name or racer.label, *varying]
    words += [f"seed_{seed}"] + [f"round_{round}"] * bool(round)
    digest = hashlib.sha256(repr((course, racer, seed, round)).encode()).hexdigest()
    return "-".join([*words, digest[:12]]).replace(" ", "_")


def write_run(
    folder: Path,
    courses: Sequence[Course],
    racers: Sequence[Racer],
    seeds: int = 3,
    priced: bool = True,
) -> Path:
    """Write a whole run folder: run.json, trials, prices.csv."""
    keys = [
        write_trial(folder, course, racer, seed)
        for seed in range(seeds)
        for course in courses
        for racer in racers
    ]
    (folder / "run.json").write_text(json.dumps({"name": "synthetic", "trials": keys}))
    if priced:
        write_prices(folder, [course.label for course in courses])
    return folder


def write_prices(folder: Path, problems: Sequence[str]) -> None:
    """Write prices.csv: a forward pass takes 2 µs."""
    lines = [
        f"{problem},{call},{2e-6 * ratio},{100 * ratio},,{ratio}"
        for problem in problems
        for call, ratio in RATIOS.items()
    ]
    header = "problem,call,seconds,flops,bytes,ratio_to_forward"
    (folder / "prices.csv").write_text("\n".join([header, *lines]) + "\n")


def _rows(course: Course, racer: Racer, seed: int, round: int) -> list[list[float]]:
    least = course.optimum or 0.0
    rows = []
    for step in range(course.steps + 1):
        rate = racer.rate ** (1 + 0.1 * (seed - 1))
        gap = (course.start - least) * rate**step * (1 + 0.05 * seed)
        seconds = step * racer.step_seconds * (1 + 0.07 * seed + 0.01 * round)
        counts = [step * racer.calls.get(call, 0) for call in READINGS]
        shown = gap if course.optimum is not None else ""
        rows.append([step, seconds, 1, least + gap, shown, "", "", *counts, step])
        if gap > 1e4 or (course.target and gap <= course.target):
            break
    return rows


def _record(course, racer, rows, key, seed, round) -> dict[str, Any]:
    gap = rows[-1][3] - (course.optimum or 0.0)
    reached = bool(course.target) and gap <= course.target * 1.0001
    end = "target" if reached else "diverged" if gap > 1e4 else "budget"
    readings = dict(zip(READINGS, rows[-1][7:13], strict=True))
    losses = [row[3] for row in rows if isfinite(row[3])]
    return {
        "key": key,
        "problem": {"name": course.label.split()[0], "settings": {"rows": 100}},
        "optimizer": {
            "name": racer.name or racer.label,
            "settings": racer.settings,
        },
        "label": racer.label,
        "problem_label": course.label,
        "seed": seed,
        "round": round,
        "dtype": course.dtype,
        "device": "cpu: 2 cores",
        "end": end,
        "reason": f"ended by {end}",
        "steps": rows[-1][0],
        "seconds": rows[-1][1],
        "compile_seconds": 0.2 if seed == 0 else 0.0,
        "off_clock_seconds": 0.1,
        "readings": readings,
        "examples": rows[-1][0],
        "start_loss": rows[0][3],
        "final_loss": rows[-1][3],
        "best_loss": min(losses),
        "target_loss": None
        if course.target is None
        else (course.optimum or 0.0) + course.target,
        "seconds_to_target": rows[-1][1] if reached else None,
        "steps_to_target": rows[-1][0] if reached else None,
        "readings_to_target": readings if reached else None,
        "replays": [],
        "optimum": course.optimum,
        "attempt": 1,
        "versions": {"python": "3.11"},
    }


def _cell(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)
