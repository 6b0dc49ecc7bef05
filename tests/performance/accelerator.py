"""Steps without the host, a sweep beside its trials, and calls beside the roofline."""

import math
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

from bench.core.fit import Fit
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement import masked
from bench.measurement.budget import NO_LIMITS, NO_TARGET
from bench.measurement.clock import Ledger, limits, timed
from bench.measurement.prices import facts
from bench.measurement.runtime import Runtime, SpecTrial, context
from bench.measurement.sweep import SweepTrial, sweep

from .figure import Figure
from .pairs import Ratio, ratio

CANCER = Named("logistic_regression", {"dataset": "breast_cancer"})
NET = Named("mlp", {"rows": 1000, "columns": 10, "hidden": [10] * 4})
RATE = {"learning_rate": 1e-3}
STEPPED = {
    "sgd, breast_cancer": Spec(CANCER, Named("sgd", RATE)),
    "adam, breast_cancer": Spec(CANCER, Named("adam", RATE)),
    "adam, breast_cancer, batches of 32": Spec(
        CANCER, Named("adam", RATE), batch=Batch(32)
    ),
    "adam, ReLU net, 1e3 x 10": Spec(NET, Named("adam", RATE)),
}
"""Trials whose steps are short, so that the host's answers count."""
FIXED_STEPS = 8192
RATES, SEEDS, STEPS = 64, 16, 200
PROBLEMS = {
    "least squares, 1e6 x 11": Named("linear_regression", {"dataset": "blog"}),
    "digits": Named("softmax_regression", {"dataset": "digits"}),
    "ReLU net, 1e5 x 10": Named(
        "mlp", {"rows": 100_000, "columns": 10, "hidden": [10] * 4}
    ),
}


def figures() -> Iterator[Figure]:
    """Yield fixed loops' seconds, those of 64 x 16 trials, and what calls achieve."""
    runtime = Runtime()
    kind, on_cpu = runtime.device.device_kind, runtime.device.platform == "cpu"
    for name, spec in STEPPED.items():
        words = f"loops of fixed length over one that asks the host, {name}, {kind}"
        yield Figure.of(words, "", fixed_over_while(spec))
    apart, (together, fit) = one_by_one(runtime), in_one(runtime)
    words = f"{RATES} x {SEEDS} trials one by one over one program, wall, {kind}"
    yield Figure.number(words, "" if on_cpu else ">= 20", apart / together)
    words = f"bytes that {fit.together} of {fit.trials} trials at a time need"
    yield Figure.number(words, "", math.nan if fit.bytes is None else fit.bytes)
    for name, problem in PROBLEMS.items():
        for call, share in achieved(runtime, problem).items():
            yield Figure.number(f"{call} of {name}, share of the roofline", "", share)


def fixed_over_while(spec: Spec, pairs: int = 9) -> Ratio:
    """Return the seconds of a chunk in loops of fixed length over those without."""
    platform = Runtime().device.platform

    def chunk(fixed: int):
        with mock.patch.dict(masked.FIXED, {platform: fixed}):
            runtime = Runtime()  # keeps programs
            with context(spec, runtime.device):
                problem, params = runtime.problem(spec), runtime.start(spec)
                program, numbers, *_ = runtime.ready(spec, problem, params, Ledger())
                few = limits(FIXED_STEPS, NO_TARGET, NO_LIMITS, program.dtype)
                call = program, problem, numbers, program.start(params), few
        assert program.fixed == fixed
        return lambda: timed(*call)[0]

    return ratio(chunk(16), chunk(1), pairs)


def trials() -> list[SweepTrial]:
    """Return the trials."""
    rates = np.geomspace(1e-4, 1.0, RATES)
    return [
        SweepTrial({"learning_rate": float(rate)}, seed)
        for rate in rates
        for seed in range(SEEDS)
    ]


def _spec(trial: SweepTrial | None = None) -> Spec:
    settings = dict(trial.settings) if trial else {}
    seed = trial.seed if trial else 0
    return Spec(CANCER, Named("adam", settings), Budget(steps=STEPS), seed=seed)


def one_by_one(runtime: Runtime) -> float:
    """Return the wall seconds of the trials one after the other, on one program."""
    start = time.perf_counter()
    for trial in trials():
        SpecTrial(runtime, _spec(trial)).run()
    return time.perf_counter() - start


def in_one(runtime: Runtime) -> tuple[float, Fit]:
    """Return the wall seconds of the same trials in one program, and their memory.

    The program is compiled in these seconds.
    """
    fits: list[Fit] = []
    start = time.perf_counter()
    sweep(runtime, _spec(), trials(), by="vmap", tell=fits.append)
    seconds = time.perf_counter() - start
    (fit,) = fits
    return seconds, fit


def achieved(runtime: Runtime, problem: Named) -> dict[str, float]:
    """Return by kind of call the larger of its shares of the roofline's rates."""
    spec = Spec(problem, Named("sgd", {"learning_rate": 0.1}))
    return {price["call"]: _share(price) for price in facts(runtime, spec)["prices"]}


def _share(price: dict[str, Any]) -> float:
    rates = ("flops_per_second", "bytes_per_second")
    known = [price[r] / price[f"most_{r}"] for r in rates if price[r] is not None]
    return max(known, default=math.nan)
