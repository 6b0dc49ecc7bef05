"""Weak scaling: N times the examples on N devices, over one part on one device."""

from collections.abc import Callable, Iterator

import jax

import problems
from bench.core.spec import Named, Spec
from bench.measurement.call_times import Fixed, looped
from bench.measurement.runtime import Runtime, context

from .figure import Figure
from .pairs import Ratio, ratio

KINDS = {
    "linear_regression": {"columns": 100, "held_out": 0.0},
    "mlp": {"columns": 20, "hidden": [100, 100]},
}
ROWS = 200_000
"""Examples of each device."""
CALLS = 20
"""Steps of a timing."""


def figures() -> Iterator[Figure]:
    """Yield a figure for each problem and power of two; none on a CPU.

    The devices of a CPU share its cores.
    """
    found = jax.devices()
    if found[0].platform == "cpu":
        print("  a CPU's devices share its cores: nothing is measured")
        return
    runtime, count = Runtime(), 2
    while count <= len(found):
        for name in KINDS:
            words = f"{name}, a step with {ROWS:,} examples a device, {count} over 1"
            yield Figure.of(words, "", weak(runtime, name, count, ROWS))
        count *= 2


def weak(runtime: Runtime, name: str, count: int, rows: int, pairs: int = 9) -> Ratio:
    """Return the seconds of steps on several devices over those of a part on one.

    Args:
        runtime: Makes the problems.
        name: Of the problem.
        count: Of devices.
        rows: Examples of each device.
        pairs: As in `ratio`.
    """
    return ratio(
        _steps(runtime, name, count, count * rows),
        _steps(runtime, name, 1, rows),
        pairs,
    )


def _steps(runtime: Runtime, name: str, count: int, rows: int) -> Callable[[], float]:
    """Return what times gradient steps of length 1e-6 in a compiled loop."""
    named = Named(name, {**KINDS[name], "rows": rows})
    spec = Spec(named, Named("sgd"), devices=count)

    def step(fixed: Fixed, params, zero):
        gradient = jax.grad(fixed.objective())(params)
        return jax.tree.map(lambda x, g: x - (1e-6 + zero) * g, params, gradient)

    with context(spec, runtime.device):
        fixed = Fixed.of(runtime.problem(spec))
        params = problems.params_of(runtime.start(spec))
        run = looped(step, fixed, params)
    return lambda: run(CALLS)
