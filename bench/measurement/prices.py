"""The price of one call on a problem and device: seconds, FLOPs, bytes."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..core.readings import KINDS, Kind
from ..core.spec import Spec
from .call_times import ROUNDS, Repeated, looped, medians, tied
from .clock import timed
from .preparation import size
from .runtime import Runtime, context

ORDER = 1024
"""Rows of the matrices that the roofline multiplies."""
NUMBERS = 2**24
"""Numbers in the array that is copied: more than a processor's cache holds."""
BATCHES = 5


class Roofline(NamedTuple):
    """The largest rates of a device, as reached by one large call.

    Attributes:
        flops_per_second: 2 n³ over the seconds of an n x n matrix product.
        bytes_per_second: Bytes read and written over the seconds of a copy.
    """

    flops_per_second: float
    bytes_per_second: float


def roofline(dtype: str) -> Roofline:
    """Measure both, on JAX's default device and at its current matmul precision.

    The fastest of a few batches counts, because disturbances only slow a machine down.

    Args:
        dtype: Of the numbers, as a problem's.
    """
    square = jnp.eye(ORDER, dtype=dtype)
    product = _least(looped(lambda a, x, zero: a @ x, square, square + 0))
    long = jnp.zeros(NUMBERS, dtype)
    return Roofline(2 * ORDER**3 / product, 2 * long.nbytes / _least(_copied(long)))


def _copied(x: jax.Array) -> Callable[[int], float]:
    """Return a function that times passes that read and write all of x, for `Repeated`.

    Each pass writes in place: allocating memory would cost more than the pass.
    """

    def passes(x, times, zero):
        return jax.lax.fori_loop(0, times, lambda _, x: x + zero, x)

    zero = jnp.zeros((), x.dtype)
    loop = jax.jit(passes, donate_argnums=0).lower(x, 1, zero).compile()

    def run(times: int) -> float:
        nonlocal x
        seconds, x = timed(loop, x, times, zero)
        return seconds

    return run


def _least(run: Callable[[int], float]) -> float:
    timer = Repeated(run)
    for _ in range(BATCHES):
        timer.time()
    return timer.least()


POINTS = 8
"""Points computed together when a point's price is measured."""
LARGEST_HESSIAN = 2000
LONGEST_HESSIAN = 3.0
"""Parameters, and probable seconds, above which a Hessian is not priced."""


class Price(NamedTuple):
    """One call's price; None if XLA's analysis has no number."""

    call: str
    seconds: float
    flops: float | None
    bytes: float | None


def prices(problem: Any, params: Any) -> list[Price]:
    """Price each kind of call on a problem, on the device that holds its data.

    A loop of calls is compiled, each at a point that depends on the last result, so
    that none can be hoisted. Batches of the kinds alternate, so that drift affects all
    kinds equally. Each kind's price is the median of its batches.

    Args:
        problem: The problem, its data on the device.
        params: The point of the calls.
    """
    timed: list[_Timed] = []
    for kind in KINDS:
        if not kind.per_parameter or _affordable(params, timed):
            timed.append(_Timed(kind, problem, params))
    seconds = medians({each.name: each.calls for each in timed}, ROUNDS)
    return [each.price(seconds[each.name]) for each in timed]


def _affordable(params, timed: list["_Timed"]) -> bool:
    """Return whether a Hessian, at most k Hessian-vector products, is fast enough."""
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    hvp = next(each.calls.estimate for each in timed if each.name == "hvp")
    return size <= LARGEST_HESSIAN and size * hvp <= LONGEST_HESSIAN


def _call(kind: Kind, objective: Any, params: Any) -> Any:
    """Make one call of a kind; for points, `POINTS` of them together."""
    scales = 1 + 1e-3 * np.linspace(0.0, 1.0, POINTS)
    arguments = {
        "params": lambda: params,
        "direction": lambda: params,
        "points": lambda: jax.tree.map(
            lambda leaf: jnp.stack([leaf * scale for scale in scales]), params
        ),
    }
    method = getattr(objective, kind.method)
    call = jax.value_and_grad(method) if kind.differentiated else method
    return call(*(arguments[name]() for name in kind.arguments))


class _Timed:
    """One kind of call, timed in a loop, with XLA's counts."""

    def __init__(self, kind: Kind, problem, params):
        self.name = kind.name
        self._each = POINTS if "points" in kind.arguments else 1

        def one(problem, x):
            return _call(kind, problems.objective(problem), x)

        def alone(problem, x):  # not `one`: JAX may have cached its trace in blocks
            return one(problem, x)

        with problems.in_one_block():
            self._costs = _analysis(jax.jit(alone).lower(problem, params).compile())
        self.calls = Repeated(looped(tied(one), problem, params))

    def price(self, seconds: float) -> Price:
        """Return the price of one call, from the calls computed together."""
        flops, size = (x if x is None else x / self._each for x in self._costs)
        return Price(self.name, seconds / self._each, flops, size)


def _analysis(compiled: Any) -> tuple[float | None, float | None]:
    """Return XLA's count of FLOPs and bytes accessed, loop bodies counted once."""
    analysis = compiled.cost_analysis() or {}
    return analysis.get("flops"), analysis.get("bytes accessed")


@cache
def kept_roofline(dtype: str, matmul_precision: str, device: Any) -> Roofline:
    """Measure the roofline once for each argument; call it in a trial's context."""
    del matmul_precision, device
    return roofline(dtype)


def facts(runtime: Runtime, spec: Spec) -> dict[str, Any]:
    """Return a problem's size and the prices of its calls as plain values.

    Args:
        runtime: Where the problem is kept.
        spec: Any trial on the problem.
    """
    with context(spec, runtime.device):
        problem = runtime.problem(spec)
        params = problem.init(jax.random.key(spec.seed))
        measured = prices(problem, params)
        most = kept_roofline(spec.dtype, spec.matmul_precision, runtime.device)
    forward = measured[0].seconds
    return {
        **size(problem),
        "prices": [_described(price, forward, most) for price in measured],
    }


def _described(price: Price, forward: float, most: Roofline) -> dict[str, Any]:
    """Return a price with its ratio, its rates, and the roofline."""
    rates = {"flops_per_second": price.flops, "bytes_per_second": price.bytes}
    return {
        **price._asdict(),
        "ratio_to_forward": price.seconds / forward,
        **{k: None if n is None else n / price.seconds for k, n in rates.items()},
        **{f"most_{k}": n for k, n in most._asdict().items()},
    }
