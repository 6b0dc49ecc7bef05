"""A sweep beside its trials one by one, and prices beside ceilings, on any device."""

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.core.spec import Budget, Named, Spec
from bench.measurement.prices import facts
from bench.measurement.run_trial import SpecTrial
from bench.measurement.runtime import Runtime
from bench.measurement.sweep import SweepTrial, sweep

from .figure import Figure

RATES, SEEDS, STEPS = 64, 16, 200
PROBLEMS = {
    "least squares, 1e6 x 11": Named("linear_regression", {"dataset": "blog"}),
    "digits": Named("softmax_regression", {"dataset": "digits"}),
    "ReLU net, 1e5 x 10": Named(
        "mlp", {"rows": 100_000, "columns": 10, "hidden": [10] * 4}
    ),
}


def figures() -> Iterator[Figure]:
    """Yield a sweep of 64 learning rates x 16 seeds, and what calls achieve."""
    lab = Runtime()
    yield Figure.number(
        f"{RATES} x {SEEDS} trials one by one over a sweep of them, wall, "
        f"{lab.device.device_kind}",
        "",
        one_by_one(lab) / in_one(lab),
    )
    for name, problem in PROBLEMS.items():
        for call, share in achieved(lab, problem).items():
            yield Figure.number(f"{call} of {name}, share of the ceiling", "", share)


def lanes() -> list[Lane]:
    """Return the trials."""
    rates = np.geomspace(1e-4, 1.0, RATES)
    return [
        SweepTrial({"learning_rate": float(rate)}, seed)
        for rate in rates
        for seed in range(SEEDS)
    ]


def _spec(lane: Lane | None = None) -> Spec:
    problem = Named("logistic_regression", {"dataset": "breast_cancer"})
    settings = dict(lane.settings) if lane else {}
    seed = lane.seed if lane else 0
    return Spec(problem, Named("adam", settings), Budget(steps=STEPS), seed=seed)


def one_by_one(lab: Runtime) -> float:
    """Return the wall seconds of the trials one after the other, on one program."""
    start = time.perf_counter()
    for lane in lanes():
        SpecTrial(lab, _spec(lane)).run()
    return time.perf_counter() - start


def in_one(lab: Runtime) -> float:
    """Return the wall seconds of the same trials as one sweep, compiled and all."""
    start = time.perf_counter()
    sweep(lab, _spec(), lanes())
    return time.perf_counter() - start


def achieved(lab: Runtime, problem: Named) -> dict[str, float]:
    """Return by kind of call the larger of its shares of the two ceilings."""
    told = facts(lab, Spec(problem, Named("sgd", {"learning_rate": 0.1})))
    return {price["call"]: _share(price) for price in told["prices"]}


def _share(price: dict[str, Any]) -> float:
    rates = ("flops_per_second", "bytes_per_second")
    known = [price[r] / price[f"most_{r}"] for r in rates if price[r] is not None]
    return max(known, default=math.nan)
