"""The published jump along a gradient, in float32 and float64, and its repairs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np

from ...keeping.reading import Run
from ...statistics.intervals import interval
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .more_descent import at_its_best, costs
from .single_jumps import RATE, below_two, grow, hang_on_the_constant, stay

HEAD = """
name = "vaulting"
seeds = 20
[budget]
seconds = 60
gradients = 3000
forwards = 20_000
target = { suboptimality = 1e-5 }
[[problems]]
"""
PROBLEMS = {
    "quadratic, least loss 0": 'name = "quadratic"',
    "quadratic, least loss 1": 'name = "quadratic"\nconstant = 1.0',
    "logistic regression": 'name = "logistic_regression"\nrows = 500\nl2 = 0.01',
    "figure 9's net, least loss 0": """
name = "mlp"
dataset = "sum"
rows = 1_000
hidden = [10, 10, 10, 10, 10, 10]
activation = "none"
""",
}
FIELD = """
[[optimizers]]
name = "keep_vaulting_published"
label = "published"
max_steps = 10
grid = { learning_rate = [1e-3, 1e-2, 0.1, 1.0] }
[[optimizers]]
name = "keep_vaulting"
label = "true secant"
max_steps = 10
line_form = false
grid = { learning_rate = [1e-3, 1e-2, 0.1, 1.0] }
[[optimizers]]
name = "calculated_step"
label = "calculated step"
grid = { first_look = [1e-3, 1e-2, 0.1, 1.0] }
"""
CONDITION = "its formula is to blame and not the numbers: it aims at a loss of 0"
DTYPES = ("float32", "float64")
Growth = Mapping[str, tuple[np.ndarray, np.ndarray]]


def judge(numbers: Sequence[Number]) -> str:
    """Float64 makes the jumps cheaper, or they are as dear as their formula says.

    As it stands: on every problem the jumps cost more in float32 than in float64, by
    the interval over seeds. Repaired: they cost more than the true secant's in float64
    wherever the least loss is not 0, and each jump is 1 + ε L₁/(L₀ - L₁).
    """

    def right(n: Number) -> bool:
        return n.low > n.predicted if isfinite(n.low) else n.agrees(1e-3)

    def all_right(form: Form) -> bool:
        mine = [n for n in numbers if n.form == form]
        return bool(mine) and all(map(right, mine))

    return word(all_right("as it stands"), all_right("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Race the jumps on four problems, and take single ones on x²/2 + c."""
    del full, folder
    numbers: list[Number] = []
    for problem, settings in PROBLEMS.items():
        config = HEAD + settings + FIELD
        numbers += _raced(
            problem, *(at_its_best(config, f"dtype={dtype}") for dtype in DTYPES)
        )
    points = {dtype: np.geomspace(1e-10, 1, 2000).astype(dtype) for dtype in DTYPES}
    numbers += hang_on_the_constant()
    numbers += [grow(dtype, x) for dtype, x in points.items()]
    numbers += stay()
    growth = {dtype: (x, below_two(x)) for dtype, x in points.items()}
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, growth))


def _raced(problem: str, single: Run, double: Run) -> Iterator[Number]:
    """Compare costs of suboptimality 1e-5, in forward passes, paired by seed."""
    mine = costs(double, "published")
    ratios = interval(costs(single, "published") / mine)
    what = f"{problem}: cost of published jumps in float32 over float64"
    yield Number("as it stands", what, 1.0, *ratios[:3])
    for rival in ("true secant", "calculated step"):
        blamed = rival == "true secant" and not problem.endswith("least loss 0")
        ratios = interval(mine / costs(double, rival))
        what = f"{problem}: cost of published jumps over {rival}'s, float64"
        form: Form = "repaired" if blamed else "beside"
        yield Number(form, what, 1.0 if blamed else nan, *ratios[:3])


def _finding(numbers: Sequence[Number]) -> str:
    helped = [n.measured for n in numbers if n.form == "as it stands"]
    blamed = [n for n in numbers if n.form == "repaired"]
    told = ", ".join(
        f"{n.measured:.2g} [{n.low:.2g}, {n.high:.2g}] ({n.what.partition(':')[0]})"
        for n in blamed
        if isfinite(n.low)
    )
    jumps = [n.measured for n in blamed if n.what.startswith("published jump")]
    return (
        f"Published jumps cost {min(helped):.2f} to {max(helped):.2f} times as much in "
        f"float32 as in float64. In float64 they cost {told} times the true secant's. "
        f"A constant added to the loss takes one jump from {jumps[0]:.3g} to "
        f"{jumps[-1]:.3g}, as 1 + ε L₁/(L₀ - L₁) says, and neither repair."
    )


def _draw(growth: Growth, figure: Any) -> None:
    points, _ = growth["float64"]
    fall = points**2 * (1 - (1 - RATE) ** 2) / 2
    axes = lines(
        figure,
        growth,
        "distance x from the minimum of x²/2 + 2",
        "published jump, in moves of ε g",
        x_log=True,
        dashed={
            "1 + ε L₁/(L₀ - L₁)": (points, 1 + RATE * 2 / fall),
            "1 + ε 2²⁴": (points, np.full_like(points, 1 + RATE * 2.0**24)),
            "1 + ε 2⁵³": (points, np.full_like(points, 1 + RATE * 2.0**53)),
        },
    )
    axes.set_ylim(0.5, 1e17)
