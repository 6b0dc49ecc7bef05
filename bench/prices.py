"""What one call costs on a problem and device: seconds, FLOPs, bytes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from .clock import timed
from .meter import READINGS

POINTS = 8
"""Points asked for together when the price of a point is taken."""
LARGEST_HESSIAN = 2000
LONGEST_HESSIAN = 3.0
"""Parameters, and likely seconds, above which a Hessian's price is not taken."""
BATCH_SECONDS = 0.005
ROUNDS = 7
SLOW = 0.5
"""Seconds of a call after which it is timed once, on its first run."""


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
    for _ in range(ROUNDS):
        for kind in kinds:
            kind.time()
    return [kind.price() for kind in kinds]


def _affordable(params, kinds: list["_Kind"]) -> bool:
    """Tell whether a Hessian, k Hessian-vector products at worst, is soon done."""
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    hvp = next(kind.estimate for kind in kinds if kind.name == "hvp")
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
        self._calls = Repeated(looped(tied(one), problem, params))
        self.estimate = self._calls.estimate
        self.time = self._calls.time

    def price(self) -> Price:
        """Return the median price of one call."""
        flops, size = (x if x is None else x / self._each for x in self._costs)
        return Price(self.name, self._calls.median() / self._each, flops, size)


class Repeated:
    """What is done over and over, in batches so long that the host's part is noise.

    Args:
        run: Does it so many times and returns the seconds that all of them lasted.
        batch: Least seconds of a batch.
        most: Seconds of one, or of all that was timed so far, that are enough.

    Attributes:
        estimate: Seconds of one, from the search for the length of a batch.
    """

    def __init__(
        self,
        run: Callable[[int], float],
        batch: float = BATCH_SECONDS,
        most: float = SLOW,
    ):
        self._run, self._batch, self._most = run, batch, most
        self._seconds: list[float] = []
        self._times, self.estimate = self._enough()

    def _enough(self) -> tuple[int, float]:
        """Return how many make a batch that lasts long enough, and a first estimate."""
        if (first := self._run(1)) > self._most:
            self._seconds.append(first)
            return 1, first
        times = 1
        # of two, for one slow run must not end the search
        while (seconds := min(self._run(times), self._run(times))) < self._batch:
            times = max(2 * times, int(times * self._batch / max(seconds, 1e-5)))
        return times, seconds / times

    def time(self) -> None:
        """Time a batch; once is enough for what lasts for seconds."""
        if sum(self._seconds) > self._most:
            return
        while (seconds := self._run(self._times)) < self._batch / 2:
            self._times *= 2  # slow runs alone had ended the search
        self._seconds.append(seconds / self._times)

    def median(self) -> float:
        """Return the median seconds of one."""
        return float(np.median(self._seconds))


def looped(
    call: Callable[[Any, Any, jax.Array], Any], fixed: Any, x: Any
) -> Callable[[int], float]:
    """Compile a loop of calls, and return what times so many of them, for `Repeated`.

    Args:
        call: (fixed, x, zero) -> x, each from what the last one returned; zero is 0,
            which the compiler does not know.
        fixed: The same for all of them.
        x: For the first of them.
    """
    zero = jnp.zeros(())

    def many(fixed, x, times, zero):
        def body(_, x):
            # tied to x, or the constant Hessian of a quadratic would be hoisted
            here, x = jax.lax.optimization_barrier((fixed, x))
            return call(here, x, zero)

        return jax.lax.fori_loop(0, times, body, x)

    loop = jax.jit(many).lower(fixed, x, 1, zero).compile()
    return lambda times: timed(loop, fixed, x, times, zero)[0]


def tied(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any, jax.Array], Any]:
    """Make a call for `looped` of one that returns no x: add 0 times its results."""

    def at(fixed, x, zero):
        added = _sum(call(fixed, x)) * zero
        return jax.tree.map(lambda leaf: leaf + added.astype(leaf.dtype), x)

    return at


def _sum(results: Any) -> jax.Array:
    """Add up all that a call returns, so that none of it can be left out."""
    return sum((jnp.sum(leaf) for leaf in jax.tree.leaves(results)), jnp.zeros(()))


def _analysis(compiled: Any) -> tuple[float | None, float | None]:
    """Return XLA's count of FLOPs and bytes accessed; it knows no loop's length."""
    analysis = compiled.cost_analysis() or {}
    return analysis.get("flops"), analysis.get("bytes accessed")
