"""Repeated steps along one gradient against SGD and Adam, published and repaired."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import bench

from .. import Check, Evidence, Form, below, bracket, claim, lines, near
from ..tuning import costs
from .more_descent import published, rate, spent, traces, tuned

TARGET = 0.2
IMPATIENT = "impatient stepping"
PUBLISHED = [("KS_50_0", "SGD", 1), ("KS_50_0", "Adam", 2), ("KS_50_0", "Adam", 1)]
PUBLISHED += [("KS_10_0", "SGD", 1), ("KS_10_0", "Adam", 2)]
"""Optimizer, rival and the bound of their cost ratio; "near" is less than twice."""
REPAIRED = [(IMPATIENT, "SGD", 1), (IMPATIENT, "Adam", 2), (IMPATIENT, "Adam", 1)]


@claim(
    source="blog",
    sentence="Stepping on along one gradient until the loss worsens beats SGD and "
    "comes near Adam; at most 50 steps beat Adam.",
    condition="moves lengthen, the worse move is undone, and each has its own learning "
    "rate",
)
def keep_stepping(full: bool) -> Evidence:
    """Run figure 9 to 1 % of the variance, at the published learning rate and tuned."""
    fixed = published("figure_9", full, "seeds=10", f"budget.target={{loss={TARGET}}}")
    best = tuned("figures_9_and_10_fair", full)
    checks = [_cheaper(fixed, *case, "as it stands") for case in PUBLISHED]
    checks += [_cheaper(best, *case, "repaired") for case in REPAIRED]
    return Evidence([*checks, *_nets_one_step(fixed)], _plot(fixed, best))


def _cheaper(run: bench.Run, label: str, rival: str, most: int, form: Form) -> Check:
    """Compare costs, paired by seed."""
    rates = f"ε = {rate(run, label):g} and {rate(run, rival):g}"
    ratios = costs(run, label) / costs(run, rival)
    return Check(f"cost of {label} over {rival}'s, {rates}", ratios, below(most), form)


def _nets_one_step(run: bench.Run) -> Iterator[Check]:
    """Check that two moves forward and one back are an SGD step, for four passes."""
    runs, sgd = traces(run, "KS_50_2"), traces(run, "SGD")
    passes = np.concatenate([np.diff(trace.forward) for trace in runs])
    seen = bracket(passes.min(), passes.max())
    what = "forward passes a step of KS_50_2 [least, most]"
    yield Check(what, seen, near(4), "beside")
    pairs = [(a.loss.array, b.loss.array) for a, b in zip(runs, sgd, strict=True)]
    apart = [float(np.max(np.abs(a / b[: len(a)] - 1))) for a, b in pairs]
    what = "largest |loss of KS_50_2 over SGD's - 1| in 100 steps, float32"
    yield Check(what, apart, near(0, abs=1e-6), "beside")


def _plot(fixed: bench.Run, best: bench.Run) -> Callable[[Any], None]:
    chosen = {x: (fixed, x) for x in ("KS_50_0", "KS_10_0", "KS_50_2", "SGD", "Adam")}
    chosen |= {f"{x}, own ε": (best, x) for x in (IMPATIENT, "SGD", "Adam")}
    losses = {name: spent(traces(*of)[0]).iloc[1:] for name, of in chosen.items()}
    curves = {name: (loss.index, loss) for name, loss in losses.items()}
    target = {"target": ([3, 2e3], [TARGET, TARGET])}
    labels = "cost, forward passes (a gradient is three)", "training loss, seed 0"
    return lines(curves, *labels, x_log=True, dashed=target)
