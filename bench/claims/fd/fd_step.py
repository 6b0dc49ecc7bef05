"""Error of a finite difference against its step, and where the least error is."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ...statistics.intervals import interval
from ..claim import Number, Verdict, word
from ..draw import lines

STEPS = np.geomspace(1e-12, 10, 105)
POINTS = 40
FAR = 100.0
"""Times the least error that an end of the range must reach to have ruined it."""


def judge(numbers: list[Number]) -> str:
    """Both ends ruin the difference, for both dtypes and both forms."""
    ends = [n for n in numbers if n.form == "as it stands"]
    return word(bool(ends) and all(n.low >= FAR for n in ends))


def run(full: bool, folder: Path | None) -> Verdict:
    """Difference a logistic loss along random directions, at random points."""
    del full, folder
    curves, numbers = {}, []
    for dtype in ("float32", "float64"):
        with jax.enable_x64(dtype == "float64"):
            line = _line(dtype)
        for form in ("forward", "central"):
            errors, best = _errors(line, form), _theory(line, form, dtype)
            curves[f"{form}, {dtype}"] = (STEPS, np.median(errors, axis=0))
            numbers += _ends(errors, f"{form}, {dtype}")
            numbers.append(_least(errors, best, f"{form}, {dtype}"))
    bests = [n for n in numbers if n.form == "beside"]
    least = min(n.measured for n in numbers if n.form != "beside")
    told = ", ".join(f"{n.measured:.0e} ({n.predicted:.0e})" for n in bests)
    return Verdict(
        judge(numbers),
        "Best steps, theory's in brackets, for float32 forward and central, then for "
        f"float64: {told}. At both ends of 1e-12 to 10 the median error is at least "
        f"{least:.0f} times the least.",
        numbers,
        lambda figure: lines(
            figure,
            curves,
            "step ε",
            "median |error| of the slope",
            x_log=True,
            y_log=True,
        ),
    )


def _line(dtype: str) -> dict[str, np.ndarray]:
    """φ(t) = f(x + t v) at t = 0 and ±ε, and derivatives at 0 in float64."""
    settings = {"rows": 200, "columns": 5, "l2": 0.01, "held_out": 0.0}
    problem = problems.make("logistic_regression", dtype=dtype, **settings)
    x, v = jax.random.normal(jax.random.key(0), (2, POINTS, 5), jnp.float32)
    v = v / jnp.linalg.norm(v, axis=1, keepdims=True)
    lengths = jnp.asarray(np.r_[0.0, STEPS, -STEPS], dtype)
    points = x.astype(dtype)[:, None] + lengths[:, None] * v.astype(dtype)[:, None]
    values = jax.vmap(problems.objective(problem).values)(points)
    data, labels = (np.asarray(part, np.float64) for part in problem.train)
    exact = _derivatives(data, labels, np.asarray(x, float), np.asarray(v, float), 0.01)
    return {"values": np.asarray(values, np.float64)} | exact


def _derivatives(data, labels, x, v, l2: float) -> dict[str, np.ndarray]:
    """f, φ', φ'' and φ''' of mean log(1 + exp(-y z)) + l2/2 ‖x‖², by hand."""
    z, dz = labels * (x @ data), labels * (v @ data)
    p = 1 / (1 + np.exp(z))
    q = p * (1 - p)
    first = np.mean(-p * dz, axis=1) + l2 * np.sum(x * v, axis=1)
    second = np.mean(q * dz**2, axis=1) + l2 * np.sum(v * v, axis=1)
    third = np.mean(q * (2 * p - 1) * dz**3, axis=1)
    value = np.mean(np.logaddexp(0, -z), axis=1) + l2 / 2 * np.sum(x * x, axis=1)
    return {"f": value, "first": first, "second": second, "third": third}


def _errors(line: dict[str, np.ndarray], form: str) -> np.ndarray:
    """|difference - φ'|, float[points, steps]."""
    here, above, below = np.split(line["values"], [1, 1 + len(STEPS)], axis=1)
    slopes = (above - here) / STEPS
    if form == "central":
        slopes = (above - below) / (2 * STEPS)
    return np.abs(slopes - line["first"][:, None])


def _theory(line: dict[str, np.ndarray], form: str, dtype: str) -> float:
    """2 √(u|f|/|f''|), or (3u|f|/|f'''|)^⅓, the median over the points."""
    u = float(np.finfo(dtype).eps) / 2
    if form == "forward":
        best = 2 * np.sqrt(u * line["f"] / np.abs(line["second"]))
    else:
        best = np.cbrt(3 * u * line["f"] / np.abs(line["third"]))
    return float(np.median(best))


def _ends(errors: np.ndarray, what: str) -> list[Number]:
    """Errors at both ends over the least of the median's curve."""
    least = np.median(errors, axis=0).min()
    return [
        Number(
            "as it stands",
            f"error at ε = {STEPS[end]:g} over the least, {what}",
            np.nan,
            *interval(errors[:, end] / least)[:3],
        )
        for end in (0, -1)
    ]


def _least(errors: np.ndarray, best: float, what: str) -> Number:
    """Where the median error is least, and where it is at most twice that."""
    middle = np.median(errors, axis=0)
    good = STEPS[middle <= 2 * middle.min()]
    at = float(STEPS[np.argmin(middle)])
    return Number(
        "beside",
        f"best ε [twice the error at most], {what}",
        best,
        at,
        good[0],
        good[-1],
    )
