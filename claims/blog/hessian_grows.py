"""Time and memory of a Newton step against the number of parameters."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import jax

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, lines, near, within
from ..calls import parameters, power
from .first_step import first_step

ROWS = 25
"""Few examples, so that neither data nor tangents need more than the Hessian."""
COLUMNS, WIDTHS = (250, 500, 1_000, 2_000), (6, 12, 23, 45)
FULL_COLUMNS, FULL_WIDTHS = (*COLUMNS, 4_000), (*WIDTHS, 91)
AUTHORS = 2_000
LABELS = {"seconds": "seconds of a step", "bytes": "bytes of a step beside the data"}
SHORT = {"seconds": 0.5, "bytes": 0.25}
"""Tolerance of a power, for noise and for costs that grow linearly with k."""


@claim(
    source="blog",
    sentence="k parameters need k² entries of the Hessian: Newton's time and memory "
    "grow with them.",
)
def hessian_grows(full: bool) -> Evidence:
    """Take steps on linear regression and on a net, in float32, one BLAS thread.

    The bytes are those that a step needs beside its arguments, by XLA's analysis.
    """
    linear = [_linear(k) for k in (FULL_COLUMNS if full else COLUMNS)]
    widths = FULL_WIDTHS if full else WIDTHS
    nets = [problems.make("mlp", rows=ROWS, columns=20, hidden=[w]) for w in widths]
    newton = optimizers.make("newton")
    cg = optimizers.make("newton_cg", max_hvps=10, tolerance=0.0)
    cases = {
        "Newton, linear regression": (linear, newton),
        "Newton, net": (nets, newton),
        "Newton-CG, linear regression": (linear, cg),
    }
    curves = _costs(cases)
    checks = [check for cost in curves for check in _growth(cost, curves[cost])]

    def plot(figure: Any) -> None:
        panels = figure.subfigures(1, 2, width_ratios=(3, 5))
        for panel, (cost, by_name) in zip(panels, curves.items(), strict=True):
            ticks, y = (100, 300, 1_000, 3_000), LABELS[cost]
            draw = lines(by_name, "parameters k", y, x_log=True, dots=True, ticks=ticks)
            draw(panel).get_legend().set_visible(cost == "bytes")

    return Evidence([_entries(), *checks], plot)


def _costs(cases: Mapping[str, tuple[list, Any]]) -> dict[str, dict]:
    """Return (k, costs) by kind of cost and by case, of compiled first steps."""
    sizes, calls, needed = {}, {}, {}
    for name, (made, optimizer) in cases.items():
        sizes[name] = [parameters(problem) for problem in made]
        for k, problem in zip(sizes[name], made, strict=True):
            start = problem.init(jax.random.key(0))
            step = first_step(problem, optimizer, start)
            calls[name, k] = partial(step, problem, start)
            memory = step.memory_analysis()
            needed[name, k] = memory.temp_size_in_bytes + memory.output_size_in_bytes
    spent = {"seconds": bench.seconds_in_turn(calls), "bytes": needed}
    return {
        cost: {name: (ks, [by[name, k] for k in ks]) for name, ks in sizes.items()}
        for cost, by in spent.items()
    }


def _linear(columns: int) -> Any:
    settings = {"dataset": "sum", "rows": ROWS, "columns": columns, "l2": 1e-2}
    return problems.make("linear_regression", **settings)


def _entries() -> Check:
    """Count the entries of the Hessian of 2,000 parameters, without computing it."""
    problem = _linear(AUTHORS)
    start = problem.init(jax.random.key(0))
    hessian = jax.eval_shape(problems.objective(problem).hessian, start)
    what = f"entries of the Hessian of {AUTHORS:,} parameters"
    return Check(what, hessian.size, near(AUTHORS**2))


def _growth(cost: str, curves: dict) -> Iterator[Check]:
    """Check that Newton's cost grows as k² or faster; show Newton-CG for comparison."""
    for name, (k, spent) in curves.items():
        what = f"power of k by which {cost} grow, k = {k[0]} to {k[-1]:,}, {name}"
        linear, quadratic = near(1, abs=SHORT[cost]), within(2 - SHORT[cost])
        expects = (linear, "beside") if "CG" in name else (quadratic, "as it stands")
        yield Check(what, power(k, spent), *expects)
