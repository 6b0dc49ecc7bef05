"""Time and memory of a Newton step against the number of parameters."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from matplotlib.ticker import NullFormatter

import optimizers
import problems

from ..call_prices import parameters, power
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .side_by_side import FirstStep, first_step, seconds

ROWS = 25
"""Few, so that neither the data nor a block of tangents hides the Hessian."""
COLUMNS, WIDTHS = (250, 500, 1_000, 2_000), (6, 12, 23, 45)
FULL_COLUMNS, FULL_WIDTHS = (*COLUMNS, 4_000), (*WIDTHS, 91)
PRODUCTS = 10
AUTHORS = 2_000
SHORT = {"powers of k, bytes": 0.25, "powers of k, seconds": 0.5}
Curves = dict[str, dict[int, float]]


def judge(numbers: list[Number]) -> str:
    """Entries are k², and Newton's bytes and seconds grow as fast, or faster.

    Bytes may fall short of the power 2 by 0.25 and seconds by 0.5, for what grows with
    k alone and for noise.
    """

    def stands(n: Number) -> bool:
        if n.unit not in SHORT:
            return n.measured == n.predicted
        return n.measured >= n.predicted - SHORT[n.unit]

    mine = [n for n in numbers if n.form == "as it stands"]
    return word(bool(mine) and all(map(stands, mine)))


def run(full: bool, folder: Path | None) -> Verdict:
    """Take steps on linear regression and on a net, in float32, one BLAS thread."""
    del folder
    columns, widths = (FULL_COLUMNS, FULL_WIDTHS) if full else (COLUMNS, WIDTHS)
    linear = [_linear(k) for k in columns]
    newton = optimizers.make("newton")
    cg = optimizers.make("newton_cg", max_hvps=PRODUCTS, tolerance=0.0)
    steps = {
        "Newton, linear regression": _steps(linear, newton),
        "Newton, net": _steps(map(_net, widths), newton),
        "Newton-CG, linear regression": _steps(linear, cg),
    }
    took = seconds({(n, k): s.take for n, by in steps.items() for k, s in by.items()})
    times = {n: {k: took[n, k] for k in by} for n, by in steps.items()}
    needed = {n: {k: float(s.bytes) for k, s in by.items()} for n, by in steps.items()}
    numbers = [_entries(), *_powers(times, "seconds"), *_powers(needed, "bytes")]
    numbers += [*_largest(times, "s"), *_largest(needed, "bytes")]
    return Verdict(
        judge(numbers), _finding(numbers), numbers, partial(_draw, times, needed)
    )


def _linear(columns: int) -> problems.Problem:
    settings = {"dataset": "sum", "rows": ROWS, "columns": columns, "l2": 1e-2}
    return problems.make("linear_regression", **settings)


def _net(width: int) -> problems.Problem:
    return problems.make("mlp", rows=ROWS, columns=20, hidden=[width])


def _steps(made: Iterable[problems.Problem], optimizer: Any) -> dict[int, FirstStep]:
    return {parameters(p): first_step(p, optimizer) for p in made}


def _entries() -> Number:
    """What the objective returns for 2,000 parameters; nothing is computed."""
    problem: Any = _linear(AUTHORS)
    start = problem.init(jax.random.key(0))
    hessian = jax.eval_shape(problems.objective(problem).hessian, start)
    what = f"entries of the Hessian of {AUTHORS:,} parameters"
    return Number("as it stands", what, AUTHORS**2, hessian.size)


def _powers(curves: Curves, unit: str) -> Iterator[Number]:
    for name, curve in curves.items():
        cg = "CG" in name
        form: Form = "beside" if cg else "as it stands"
        what = f"growth of {unit} with k = {min(curve)} to {max(curve):,}, {name}"
        measured = power(list(curve), list(curve.values()))
        predicted, unit_of = 1.0 if cg else 2.0, f"powers of k, {unit}"
        yield Number(form, what, predicted, measured, unit=unit_of)


def _largest(curves: Curves, unit: str) -> Iterator[Number]:
    for name, curve in curves.items():
        what = f"a step, k = {max(curve):,}, float32, {name}"
        yield Number("beside", what, np.nan, curve[max(curve)], unit=unit)


def _finding(numbers: list[Number]) -> str:
    def grown(unit: str) -> str:
        mine = [n for n in numbers if n.unit.endswith(unit) and n.unit in SHORT]
        linear, net, cg = (f"{n.measured:.2f}" for n in mine)
        return f"{linear} on linear regression and {net} on the net (Newton-CG's: {cg})"

    newton, _, cg = (n.measured for n in numbers if n.unit == "s")
    return (
        f"{AUTHORS:,} parameters have {numbers[0].measured:,.0f} entries. Newton's "
        f"seconds grow with k by the power {grown('seconds')}, its bytes by "
        f"{grown('bytes')}. At the largest k a Newton step on linear regression lasts "
        f"for {newton / cg:,.0f} times as long as {PRODUCTS} products of Newton-CG."
    )


def _draw(times: Curves, needed: Curves, figure: Any) -> None:
    panels = figure.subfigures(1, 2, width_ratios=(3, 5))
    labels = "seconds of a step", "bytes of a step beside the data"
    for panel, curves, label in zip(panels, (times, needed), labels, strict=True):
        drawn = {n: (list(by), list(by.values())) for n, by in curves.items()}
        axes = lines(panel, drawn, "parameters k", label, x_log=True, dots=True)
        axes.set_xlim(100)
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.get_legend().set_visible(curves is needed)
