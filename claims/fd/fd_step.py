"""Error of a finite difference against its step, and the step of least error."""

from collections.abc import Iterator
from math import nan

import jax
import jax.numpy as jnp
import numpy as np

import bench
import problems

from .. import Check, Evidence, claim, lines, near, within

STEPS = np.geomspace(1e-12, 10, 105)
POINTS = 40
Line = dict[str, np.ndarray]
"""φ(t) = f(x + t v) at t = 0 and ±ε, and its derivatives at 0, by point."""


@claim(
    source="fd",
    sentence="A finite difference is ruined by a step too large and by one too small.",
)
def fd_step() -> Evidence:
    """Difference a logistic loss along random directions, at random points."""
    checks, curves = list[Check](), {}
    for dtype in ("float32", "float64"):
        with jax.enable_x64(dtype == "float64"):
            line = _line(dtype)
        for form in ("forward", "central"):
            case, errors = f"{form}, {dtype}", _errors(line, form)
            checks += _checks(errors, _theory(line, form, dtype), case)
            curves[case] = (STEPS, np.median(errors, axis=0))
    return Evidence(checks, lines(curves, "step ε", "median |slope error|", x_log=True))


def _line(dtype: str) -> Line:
    settings = {"rows": 200, "columns": 5, "l2": 0.01, "held_out": 0.0}
    problem = problems.make("logistic_regression", dtype=dtype, **settings)
    x, v = jax.random.normal(jax.random.key(0), (2, POINTS, 5), jnp.float32)
    v = v / jnp.linalg.norm(v, axis=1, keepdims=True)
    lengths = jnp.asarray(np.r_[0.0, STEPS, -STEPS], dtype)
    points = x.astype(dtype)[:, None] + lengths[:, None] * v.astype(dtype)[:, None]
    values = jax.vmap(problems.objective(problem).values)(points)
    exact = (np.asarray(part, np.float64) for part in (*problem.train, x, v))
    return {"values": np.asarray(values, np.float64)} | _derivatives(*exact, l2=0.01)


def _derivatives(data, labels, x, v, l2: float) -> Line:
    """f, φ', φ'' and φ''' of mean log(1 + exp(-y z)) + l2/2 ‖x‖², in closed form."""
    z, dz = labels * (x @ data), labels * (v @ data)
    p = 1 / (1 + np.exp(z))
    q = p * (1 - p)
    first = np.mean(-p * dz, axis=1) + l2 * np.sum(x * v, axis=1)
    second = np.mean(q * dz**2, axis=1) + l2 * np.sum(v * v, axis=1)
    third = np.mean(q * (2 * p - 1) * dz**3, axis=1)
    value = np.mean(np.logaddexp(0, -z), axis=1) + l2 / 2 * np.sum(x * x, axis=1)
    return {"f": value, "first": first, "second": second, "third": third}


def _errors(line: Line, form: str) -> np.ndarray:
    """|difference - φ'|, float[points, steps]."""
    here, above, below = np.split(line["values"], [1, 1 + len(STEPS)], axis=1)
    forward, central = (above - here) / STEPS, (above - below) / (2 * STEPS)
    slopes = forward if form == "forward" else central
    return np.abs(slopes - line["first"][:, None])


def _theory(line: Line, form: str, dtype: str) -> float:
    """2 √(u|f|/|f''|), or (3u|f|/|f'''|)^⅓, the median over the points."""
    rounding = float(np.finfo(dtype).eps) / 2 * line["f"]
    forward = 2 * np.sqrt(rounding / np.abs(line["second"]))
    central = np.cbrt(3 * rounding / np.abs(line["third"]))
    return float(np.median(forward if form == "forward" else central))


def _checks(errors: np.ndarray, best: float, case: str) -> Iterator[Check]:
    """Check for 100 times the least error at both ends, and the step of the least."""
    middle = np.median(errors, axis=0)
    for end in (0, -1):
        what = f"error at ε = {STEPS[end]:g} over the least, {case}"
        yield Check(what, errors[:, end] / middle.min(), within(100))
    good = STEPS[middle <= 2 * middle.min()]
    seen = bench.Interval(STEPS[middle.argmin()], good[0], good[-1], nan)
    yield Check(f"best ε [twice the error at most], {case}", seen, near(best), "beside")
