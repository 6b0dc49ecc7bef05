"""What one call costs on a problem and device: seconds, FLOPs, bytes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from .meter import READINGS
from .repeated import Repeated, looped, medians, tied

POINTS = 8
"""Points asked for together when the price of a point is taken."""
LARGEST_HESSIAN = 2000
LONGEST_HESSIAN = 3.0
"""Parameters, and likely seconds, above which a Hessian's price is not taken."""
ROUNDS = 7


class Price(NamedTuple):
    """One call's price; None where XLA's analysis says nothing."""

    call: str
    seconds: float
    flops: float | None
    bytes: float | None


def prices(problem: Any, params: Any) -> list[Price]:
    """Price each kind of call on a problem, on the device that holds its data.

    A loop of calls is compiled, each at a point that the last one decided, so that
    none can be hoisted. Batches of the kinds are timed in turn, and each kind's price
    is the median of its batches: a machine that drifts drifts for all.

    Args:
        problem: The problem, its data on the device.
        params: Where to call.
    """
    kinds: list[_Kind] = []
    for name, call in _calls().items():
        if name != "hessian" or _affordable(params, kinds):
            kinds.append(_Kind(name, *call, problem, params))
    seconds = medians({kind.name: kind.calls for kind in kinds}, ROUNDS)
    return [kind.price(seconds[kind.name]) for kind in kinds]


def _affordable(params, kinds: list["_Kind"]) -> bool:
    """Tell whether a Hessian, k Hessian-vector products at worst, is soon done."""
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    hvp = next(kind.calls.estimate for kind in kinds if kind.name == "hvp")
    return size <= LARGEST_HESSIAN and size * hvp <= LONGEST_HESSIAN


def _calls() -> dict[str, tuple[Callable, int]]:
    lengths = np.linspace(0.0, 1.0, POINTS)

    def points(f, x):
        stacked = jax.tree.map(
            lambda leaf: jnp.stack([leaf * (1 + 1e-3 * t) for t in lengths]), x
        )
        return f.values(stacked)

    calls: dict[str, tuple[Callable, int]] = {
        "forward": (lambda f, x: f(x), 1),
        "point": (points, POINTS),
        "gradient": (lambda f, x: jax.value_and_grad(f)(x), 1),
        "jvp": (lambda f, x: f.jvp(x, x), 1),
        "hvp": (lambda f, x: f.hvp(x, x), 1),
        "hessian": (lambda f, x: f.hessian(x), 1),
    }
    assert tuple(calls) == READINGS
    return calls


class _Kind:
    """One kind of call, timed in a loop, and what XLA says of it."""

    def __init__(self, name: str, call: Callable, each: int, problem, params):
        self.name, self._each = name, each

        def one(problem, x):
            return call(problems.objective(problem), x)

        def alone(problem, x):  # not `one`, whose trace in blocks JAX may remember
            return one(problem, x)

        with problems.in_one_block():
            self._costs = _analysis(jax.jit(alone).lower(problem, params).compile())
        self.calls = Repeated(looped(tied(one), problem, params))

    def price(self, seconds: float) -> Price:
        """Return the price of one call, of all that are asked for together."""
        flops, size = (x if x is None else x / self._each for x in self._costs)
        return Price(self.name, seconds / self._each, flops, size)


def _analysis(compiled: Any) -> tuple[float | None, float | None]:
    """Return XLA's count of FLOPs and bytes accessed; it knows no loop's length."""
    analysis = compiled.cost_analysis() or {}
    return analysis.get("flops"), analysis.get("bytes accessed")
