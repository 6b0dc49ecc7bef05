"""A sweep beside its trials one by one, and prices beside the roofline."""

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.core.spec import Budget, Named, Spec
from bench.measurement.prices import facts
from bench.measurement.runtime import Runtime, SpecTrial
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
    runtime = Runtime()
    yield Figure.number(
        f"{RATES} x {SEEDS} trials one by one over a sweep of them, wall, "
        f"{runtime.device.device_kind}",
        "",
        one_by_one(runtime) / in_one(runtime),
    )
    for name, problem in PROBLEMS.items():
        for call, share in achieved(runtime, problem).items():
            yield Figure.number(f"{call} of {name}, share of the roofline", "", share)


def trials() -> list[SweepTrial]:
    """Return the trials."""
    rates = np.geomspace(1e-4, 1.0, RATES)
    return [
        SweepTrial({"learning_rate": float(rate)}, seed)
        for rate in rates
        for seed in range(SEEDS)
    ]


def _spec(trial: SweepTrial | None = None) -> Spec:
    problem = Named("logistic_regression", {"dataset": "breast_cancer"})
    settings = dict(trial.settings) if trial else {}
    seed = trial.seed if trial else 0
    return Spec(problem, Named("adam", settings), Budget(steps=STEPS), seed=seed)


def one_by_one(runtime: Runtime) -> float:
    """Return the wall seconds of the trials one after the other, on one program."""
    start = time.perf_counter()
    for trial in trials():
        SpecTrial(runtime, _spec(trial)).run()
    return time.perf_counter() - start


def in_one(runtime: Runtime) -> float:
    """Return the wall seconds of the same trials as one sweep, compiled and all."""
    start = time.perf_counter()
    sweep(runtime, _spec(), trials())
    return time.perf_counter() - start


def achieved(runtime: Runtime, problem: Named) -> dict[str, float]:
    """Return by kind of call the larger of its shares of the roofline's rates."""
    spec = Spec(problem, Named("sgd", {"learning_rate": 0.1}))
    return {price["call"]: _share(price) for price in facts(runtime, spec)["prices"]}


def _share(price: dict[str, Any]) -> float:
    rates = ("flops_per_second", "bytes_per_second")
    known = [price[r] / price[f"most_{r}"] for r in rates if price[r] is not None]
    return max(known, default=math.nan)
