"""One Newton step on linear regression, by size, conditioning, dtype and rank."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

import optimizers
import problems

from ...running.single import measure
from ..claim import Form, Number, Verdict, word
from ..draw import lines

CONDITIONS = (1.0, 1e3, 1e6)
SIZES = ((1_000, 4), (10_000, 11))
FULL_SIZE = (1_000_000, 11)
CONDITION = "the columns are independent"


def judge(numbers: list[Number]) -> str:
    """Solved is what leaves no more than the dtype's u of the start's loss."""

    def solved(form: str) -> bool:
        return all(n.measured <= n.predicted for n in numbers if n.form == form)

    return word(solved("as it stands"), solved("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Step on data without noise, where the least loss is 0."""
    del folder
    traces = {}
    with jax.enable_x64(True):
        for rows, columns in (*SIZES, FULL_SIZE) if full else SIZES:
            settings = {"dataset": "blog", "rows": rows, "columns": columns}
            traces[f"{rows:,} × {columns}", "float32"] = _step(settings)
        for dtype in ("float32", "float64"):
            for condition in CONDITIONS:
                name = f"condition {condition:g}", dtype
                traces[name] = _step(_synthetic(condition), dtype)
        twice = _with_a_column_twice()
        traces["a column twice", "float64"] = _losses(twice)
        traces["a column twice, damping 1e-3", "float64"] = _losses(twice, 1e-3)
    numbers = [n for (x, d), y in traces.items() for n in _left(x, d, y)]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, traces))


def _synthetic(condition: float) -> dict[str, Any]:
    sizes = {"rows": 1_000, "columns": 11, "noise": 0.0}
    return sizes | {"condition": condition}


def _step(settings: dict[str, Any], dtype: str = "float32") -> np.ndarray:
    return _losses(problems.make("linear_regression", dtype=dtype, **settings))


def _losses(problem: Any, damping: float = 0.0) -> np.ndarray:
    """Return the loss at the start and after each of two steps, over the first."""
    newton: Any = optimizers.make("newton", damping=damping)
    losses = measure(problem, newton, steps=2).loss.to_numpy()
    whole = np.append(losses, [losses[-1]] * (3 - len(losses)))  # a failed step is none
    return whole / losses[0]


def _with_a_column_twice() -> Any:
    """Return a problem whose weights are not told apart by the data."""
    problem: Any = problems.make(
        "linear_regression", dtype="float64", **_synthetic(10.0)
    )
    inputs = problem.train.inputs
    inputs = inputs.at[1].set(inputs[0])
    train = problem.train._replace(inputs=inputs, targets=inputs.sum(0))
    return replace(problem, train=train)


def _left(name: str, dtype: str, losses: np.ndarray) -> list[Number]:
    """What is left after one step and after two."""
    u = float(np.finfo(dtype).eps) / 2
    what = f"loss left of the start's, {dtype}, {name}"
    forms: list[Form] = ["as it stands"]
    if "twice" not in name:
        forms.append("repaired")
    if "damping" in name:
        forms = ["beside"]
    one = [Number(form, f"{what}, one step", u, float(losses[1])) for form in forms]
    return [*one, Number("beside", f"{what}, two steps", u, float(losses[2]))]


def _finding(numbers: list[Number]) -> str:
    stands = [n for n in numbers if n.form == "as it stands"]
    unsolved = [n for n in stands if not n.measured <= n.predicted]
    said = "; ".join(f"{n.what} leaves {n.measured:.1e}" for n in unsolved)
    solved = len(stands) - len(unsolved)
    worst = max((n for n in numbers if n.form == "repaired"), key=lambda n: n.measured)
    return (
        f"One step leaves at most u of the start's loss in {solved} of {len(stands)} "
        f"cases{'; not so: ' + said if said else ''}. Of solved ones {worst.what} "
        f"leaves most, {worst.measured:.1e}."
    )


def _draw(traces: dict, figure: Any) -> None:
    floor = 1e-34
    curves = {
        f"{dtype}, {name}": np.maximum(losses, floor)
        for (name, dtype), losses in traces.items()
    }
    axes = lines(
        figure, curves, "Newton steps", "loss over loss at the start", dots=True
    )
    axes.set_xticks([0, 1, 2])
