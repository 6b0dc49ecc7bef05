"""Run folders whose reports the browser opens."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.core.readings import ALWAYS, READINGS
from bench.core.records import AtTarget, Origin, TuningRecord
from bench.core.spec import Named
from bench.report.groups import Results
from bench.report.tables.summary import Tables
from bench.store import folder as run_folder
from bench.store import landscapes, made, trials
from bench.store.run import Run, in_memory, load

from ...synthetic_run import (
    Course,
    Racer,
    change,
    key_of,
    plan,
    record_of,
    remove,
    spec_of,
    write_run,
)

KINDS = ("quickstart", "several", "tuned", "failing", "beside", "kept")
"""The functions here whose reports have every part."""
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "\"double\" and 'single' & co",
    "\u202eright to left\u202c",
    "<b>bold</b> $x^2$ %{y}",
    "a </script> end",
)
"""Labels that a page could take for markup, or for a template of plotly."""


def quickstart(folder: Path) -> Run:
    """One problem, four optimizers, five seeds, two targets and a held-out metric."""
    course = Course("bowl", steps=300, metrics=("held_out_accuracy",))
    racers = [
        Racer("adam", 0.9),
        Racer("newton", 0.2, calls={"gradient": 1, "hessian": 1}),
        Racer("line search", 0.7, calls={"forward": 6, "gradient": 1}),
        Racer("sgd", 0.99),
    ]
    machine = {"processor": "one", "memory_gigabytes": 8.3, "xla_threads": 2}
    write_run(folder, [course], racers, seeds=5, machine=machine)
    run = load(folder)
    for record in run.records:
        easier = _at(run.trace(record.key), 0.11)
        change(folder, record.key, targets=[easier, *record.targets])
    return load(folder)


def _at(trace: pd.DataFrame, loss: float) -> AtTarget:
    """Return what a trial spent until a loss."""
    there = trace.loc[trace["loss"] <= loss]
    if not len(there):
        return AtTarget(loss)
    row = there.iloc[0]
    readings = {kind: int(row[kind]) for kind in ALWAYS}
    return AtTarget(loss, int(row["step"]), float(row["seconds"]), readings, True)


def several(folder: Path, seeds: int = 7) -> Run:
    """Three problems, of which one is not solved by all, and costs that cross."""
    courses = [
        Course("bowl", steps=100),
        Course("valley", steps=40),
        Course("dish", optimum=None, target=1e-3, steps=200),
    ]
    racers = [
        Racer("few", 0.5, calls={"forward": 8, "gradient": 1}),
        Racer("many", 0.8),
        Racer("slow", 0.95),
    ]
    write_run(folder, courses, racers, seeds=seeds)
    for seed in range(seeds):
        key = key_of(courses[1], racers[1], seed)
        change(folder, key, end="skipped", steps_to_target=None, targets=[])
    for spec in plan(folder):
        run_folder.add_facts(folder, spec, {"parameters": 9})
    return load(folder)


def tuned(folder: Path) -> Run:
    """Two tuned optimizers beside untuned ones, on a landscape; two draw seeds."""
    courses = [Course("bowl", steps=100), Course("dish", steps=80)]
    racers = [
        Racer("sgd", 0.6, family="sgd", tuned=True, draw_seeds=(0,)),
        Racer(
            *("sgd", 0.7), family="sgd", tuned=True, draw_seeds=(1,), settings={"a": 2}
        ),
        Racer("sgd, untuned", 0.95, family="sgd", tuned=False),
        Racer("momentum", 0.5, family="momentum", tuned=True, draw_seeds=(0, 1)),
    ]
    write_run(folder, courses, racers, seeds=3)
    for spec in plan(folder):
        if spec.problem_label == "bowl":
            _give_path(folder, spec.key)
    _give_landscape(folder)
    for draw_seed in (0, 1):
        for label, names in (
            ("sgd", ["learning_rate"]),
            ("momentum", ["learning_rate", "decay"]),
        ):
            trials.write_tuning(folder, _tuning(label, names, draw_seed))
    return load(folder)


def _give_landscape(folder: Path) -> None:
    """Give the problem `bowl` of a run the losses on a grid."""
    x = np.linspace(-2, 2, 41)
    plain: dict[str, Any] = {"x1": [-2.0, 2.0], "x2": [-2.0, 2.0]}
    losses = (x[None] ** 2 + 10 * x[:, None] ** 2).tolist()
    landscapes.add(folder, "bowl", plain | {"minimisers": [[0, 0]], "loss": losses})


def _give_path(folder: Path, key: str) -> None:
    """Add params to a trial's trace: a spiral into the minimiser."""
    trace = load(folder).trace(key)
    angle = np.linspace(0, 6, len(trace))
    radius = 1.5 * np.exp(-angle / 2)
    trace["x1"], trace["x2"] = radius * np.cos(angle), radius * np.sin(angle)
    record = trials.read_trial(folder, key)
    trials.write_trial(folder, record, trace.to_dict("records"))


def _tuning(label: str, names: list[str], draw_seed: int) -> TuningRecord:
    rates = [0.001, 0.01, 0.1, 1.0]
    origins: list[Origin] = ["range"] * len(rates)
    costs = [80.0, 20.0 * len(names), 10.0 + draw_seed, None]
    return TuningRecord(
        key=f"bowl-{label}-{draw_seed}",
        problem_label="bowl",
        label=label,
        problem=Named("bowl"),
        optimizer=Named(label),
        table={"criterion": "cost", "unit": "gradient", "budget": 100.0},
        draw_seed=draw_seed,
        ranges={name: [0.001, 1.0] for name in names},
        settings=[
            {name: rate * (1 + place) for place, name in enumerate(names)}
            for rate in rates
        ],
        origins=origins,
        scores=[
            {part: _scores(cost) for part in ("choose", "score")} for cost in costs
        ],
        winner=2,
    )


def _scores(cost: float | None) -> list[dict[str, Any]]:
    end = "diverged" if cost is None else "target"
    return [{"end": end, "cost": cost and cost * k} for k in (1.0, 1.1, 1.2)]


def failing(folder: Path) -> Run:
    """Trials with every end, under labels that look like markup."""
    courses = [Course(HOSTILE[0], steps=50), Course(HOSTILE[3], steps=50)]
    racers = [Racer(label, 0.5 + 0.08 * i) for i, label in enumerate(HOSTILE)]
    racers.append(Racer("diverging", 3.0))
    write_run(folder, courses, racers, seeds=2)
    ends = ("failed", "lost", "skipped", "stalled")
    for end, racer in zip(ends, racers, strict=False):
        key = key_of(courses[0], racer, 0)
        reason = f"{end}: <i>why</i> & how"
        output = "Traceback: <b>here</b>" if end == "failed" else ""
        ended = {"end": end, "reason": reason, "output": output}
        change(folder, key, **ended, steps_to_target=None, targets=[])
    remove(folder, key_of(courses[1], racers[0], 1))
    return load(folder)


def long_names(folder: Path) -> Run:
    """Problems and optimizers with names of 80 letters, and costs that cross."""
    courses = [Course(f"{name} {name * 79}", steps=60) for name in "pq"]
    calls = {"forward": 8, "gradient": 1}
    racers = [
        Racer("a" * 80, 0.5, calls=calls),
        Racer("b " * 40, 0.7),
        Racer("c" * 80, 0.999),
    ]
    write_run(folder, courses, racers, seeds=2)
    return load(folder)


def large(optimizers: int = 10, problems: int = 10, seeds: int = 10, rows: int = 1000):
    """Return a run of many trials, held in memory: 1,000 trials of 1,000 rows each."""
    records, traces = [], {}
    draw = np.random.default_rng(0)
    courses = [
        Course(f"problem {p}", steps=rows - 1, metrics=(), target=1e-6)
        for p in range(problems)
    ]
    racers = [Racer(f"optimizer {o}", 0.986 + 0.0012 * o) for o in range(optimizers)]
    for course in courses:
        for racer in racers:
            for seed in range(seeds):
                trace = _noisy(course, racer, rows, draw)
                ends = trace.iloc[[0, -1]].to_dict("records")
                record = record_of(course, ends, spec_of(course, racer, seed))
                records.append(record)
                traces[record.key] = trace
    return in_memory("large", [r.spec for r in records], records, traces)


def _noisy(course: Course, racer: Racer, rows: int, draw: Any) -> pd.DataFrame:
    """Return a trace that falls at its racer's rate, with noise, to its target."""
    step, least = np.arange(rows), course.optimum or 0.0
    pace = racer.rate ** (1 + 0.2 * draw.random())
    noise, jitter = np.exp(0.1 * draw.normal(size=(2, rows)))
    gap = (course.start - least) * pace**step * noise
    calls = {kind: step * racer.calls.get(kind, 0) for kind in READINGS}
    columns = {"step": step, "seconds": np.cumsum(racer.step_seconds * jitter)}
    columns |= {"measured": 1, "loss": least + gap, "suboptimality": gap}
    frame = pd.DataFrame(columns | calls | {"examples": 100 * sum(calls.values())})
    met = np.flatnonzero(gap <= (course.target or 0.0))
    return frame.iloc[: met[0] + 1] if len(met) else frame


def beside(folder: Path) -> list[Run]:
    """Two runs on two machines, with optimizers, problems and a landscape in common."""
    courses = [Course("bowl", steps=100), Course("dish", steps=80)]
    adam, sgd, newton = Racer("adam", 0.6), Racer("sgd", 0.9), Racer("newton", 0.3)
    opened = []
    for name, racers in (("before", [adam, sgd]), ("after", [newton, adam])):
        own = write_run(folder / name, courses, racers, machine={"processor": name})
        for spec in plan(own):
            run_folder.add_facts(own, spec, {"parameters": 9})
            if spec.problem_label == "bowl":
                _give_path(own, spec.key)
        _give_landscape(own)
        opened.append(load(own))
    return opened


def kept(folder: Path) -> Run:
    """The tables of several problems alone, with the costs of each trial."""
    run = several(folder / "whole")
    made.keep(run, folder / "tables", Tables(Results(run)).contents())
    return load(folder / "tables")
