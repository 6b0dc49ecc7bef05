"""A field of three optimizers on three problems, and runs to rank in it."""

from dataclasses import replace
from pathlib import Path

from bench.core.spec import Batch
from bench.report.ranking.joined import Joined
from bench.report.ranking.verdict import Verdict
from bench.report.tables.summary import write
from bench.store.field import load_field
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

COURSES = [
    Course("bowl", steps=100, kind="convex"),
    Course("valley", optimum=None, target=1e-3, kind="convex"),
    Course("ridge", steps=100, kind="network"),
    Course("gorge", steps=100, kind="network"),
    Course("noise", steps=100, batch=Batch(32)),
    Course("haze", steps=100, batch=Batch(32)),
]
SEEDS = 3
CONFIG = {
    "name": "kept",
    "seeds": [0, 1, 2],
    "tuning": {
        "budget": 300.0,
        "unit": "forward_equivalents",
        "trials": 6,
        "refine": 3,
        "seeds": [10, 11],
    },
}


def versions(label: str, rate: float, **more) -> list[Racer]:
    """Return an optimizer tuned and untuned."""
    tuned = Racer(
        label, rate, tuned=True, family=label, draw_seeds=(0,), settings={"rate": rate}
    )
    tuned = replace(tuned, **more)
    plain = replace(
        tuned,
        label=f"{label}, untuned",
        rate=rate**0.25,
        tuned=False,
        draw_seeds=(),
        settings={"rate": 1.0},
    )
    return [tuned, plain]


FIELD = [
    *versions("swift", 0.5),
    *versions("steady", 0.8),
    Racer("plain", 0.9),
]


def field_of(folder: Path, racers=FIELD, courses=COURSES) -> Path:
    """Write the run folder of a field, with its tables."""
    write_run(folder, courses, racers, SEEDS, config=CONFIG)
    write(folder)
    return folder


def verdict_on(field: Path, folder: Path, racers, courses=COURSES) -> Verdict:
    """Return the verdict on the first of some optimizers that have run."""
    write_run(folder, courses, racers, SEEDS, priced=False, config=CONFIG)
    joined = Joined(load_field(field), load(folder), racers[0].family, {})
    return Verdict(joined)
