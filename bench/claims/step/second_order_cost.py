"""Newton's cost against that of first-order methods, over the size of the model."""

from collections.abc import Sequence
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...measuring.lab import Lab
from ...statistics.intervals import interval, median
from ..blas import one_blas_thread
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from ..race import cost, race

CONFIG = """
name = "second-order-cost"
[budget]
seconds = 20
steps = 5_000
target = { suboptimality = 1e-5 }
[[problems]]
name = "logistic_regression"
rows = 2_000
columns = 10
condition = 100.0
start_scale = 0.1
held_out = 0.0
[[optimizers]]
name = "momentum"
label = "momentum"
grid = { learning_rate = [3.0, 10.0] }
[[optimizers]]
name = "adam"
label = "Adam"
grid = { learning_rate = [0.1, 0.3, 1.0] }
[[optimizers]]
name = "newton"
label = "Newton"
grid = { learning_rate = [1.0] }
[[optimizers]]
name = "newton_cg"
label = "Newton-CG"
grid = { learning_rate = [1.0] }
"""
SIZES = (10, 40, 160, 640)
FIRST = ("momentum", "Adam")
SECOND = ("Newton", "Newton-CG")
UNITS = {"in steps", "in seconds"}
Costs = dict[int, dict[str, dict[str, NDArray]]]
"""Cost to the target, float[seeds], by size, optimizer, and "steps" or "seconds"."""


def judge(numbers: Sequence[Number]) -> str:
    """Newton takes fewer steps at every size, and more seconds at the largest.

    Both are ratios to the better of momentum and Adam, seed by seed; their intervals
    must lie below 1 and above it.
    """

    def stands(n: Number) -> bool:
        return n.high < 1 if n.unit == "in steps" else n.low > 1

    mine = [n for n in numbers if n.form == "as it stands"]
    return word({n.unit for n in mine} == UNITS and all(map(stands, mine)))


def run(full: bool, folder: Path | None) -> Verdict:
    """Race to a suboptimality of 1e-5 in float32, ten seeds, one BLAS thread."""
    del full, folder
    lab = Lab()
    with one_blas_thread():
        costs = {k: _costs(k, lab) for k in SIZES}
    largest = max(costs)
    steps = [_ratio("as it stands", "Newton", "steps", k, costs) for k in costs]
    dearer = _ratio("as it stands", "Newton", "seconds", largest, costs)
    smaller = [_ratio("beside", "Newton", "seconds", k, costs) for k in costs]
    cg = [_ratio("beside", "Newton-CG", "seconds", k, costs) for k in costs]
    numbers = [*steps, dearer, *smaller[:-1], *cg, _crossing(smaller, list(costs))]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, costs))


def _costs(k: int, lab: Lab) -> dict[str, dict[str, NDArray]]:
    trials = race(CONFIG, f"problems.0.columns={k}", lab=lab)
    return {
        label: {what: cost(trials, label, what) for what in ("steps", "seconds")}
        for label in FIRST + SECOND
    }


def _ratio(form: Form, label: str, what: str, k: int, costs: Costs) -> Number:
    best = np.minimum(*(costs[k][rival][what] for rival in FIRST))
    said = f"{label} over the better of momentum and Adam, {k} parameters"
    if form == "as it stands":
        said += f", claimed {'below' if what == 'steps' else 'above'} 1"
    ratios = interval(costs[k][label][what] / best)
    return Number(form, said, nan, *ratios[:3], unit=f"in {what}")


def _crossing(ratios: Sequence[Number], sizes: Sequence[int]) -> Number:
    """Where the ratio of seconds first crosses 1, on a line through the logarithms."""
    what = "parameters at which Newton gets dearer in seconds [sizes around it]"
    y, x = np.log([n.measured for n in ratios]), np.log(sizes)
    rising = [i for i in range(len(x) - 1) if y[i] <= 0 < y[i + 1]]
    if not rising:
        return Number("beside", what, nan, nan)
    i = rising[0]
    at = float(np.exp(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])))
    return Number("beside", what, nan, at, sizes[i], sizes[i + 1])


def _finding(numbers: Sequence[Number]) -> str:
    steps = [n.measured for n in numbers if n.unit == "in steps"]
    newton = [n for n in numbers if n.unit == "in seconds" and "CG" not in n.what]
    largest, smallest = newton[0], newton[1]
    return (
        f"Newton takes {min(steps):.2f} to {max(steps):.2f} times the steps of the "
        f"better of momentum and Adam. In seconds it is {smallest.measured:.2g} times "
        f"the better one with {smallest.what.split(', ')[1]} and "
        f"{largest.measured:.2g} times with {largest.what.split(', ')[1]}; they cross "
        f"near {numbers[-1].measured:.0f} parameters."
    )


def _draw(costs: Costs, figure: Any) -> None:
    curves = {
        label: (list(costs), [median(of[label]["seconds"]) for of in costs.values()])
        for label in SECOND + FIRST
    }
    y_label = "seconds to a suboptimality of 1e-5, float32"
    lines(figure, curves, "parameters", y_label, x_log=True, dots=True)
