"""The price of one call on a problem and device: seconds, FLOPs, bytes."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from math import inf, nan
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems
from optimizers import NotApplicable

from ..core.readings import KINDS, Kind
from ..core.spec import Spec
from ..statistics.intervals import interval
from . import devices
from .batches import pick
from .call_times import ROUNDS, Fixed, Repeated, looped, medians, tied
from .clock import timed
from .collectives import exchanged_bytes
from .executables import Kept
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
    square = jax.device_put(np.eye(ORDER, dtype=dtype))
    product = _least(looped(lambda a, x, zero: a @ x, square, square))
    long = jnp.zeros(NUMBERS, dtype)
    return Roofline(2 * ORDER**3 / product, 2 * long.nbytes / _least(_copied(long)))


def _copied(x: jax.Array) -> Callable[[int], float]:
    """Return a function that times passes that read and write all of x, for `Repeated`.

    Each pass writes in place: allocating memory would cost more than the pass.
    """

    def passes(x, times, zero):
        return jax.lax.fori_loop(0, times, lambda _, x: x + zero, x)

    zero = jnp.zeros((), x.dtype)
    loop = Kept(passes, donate=(0,)).program(x, 1, zero)

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
LENGTH = 1e-3
"""Length at which a ray is priced."""
WIDE = 1.3
"""Ratio of an interval's bounds above which a price is measured again."""
ROOM = 1.5
"""Factor of the roofline, itself a measurement, above which no call can be."""
AGAIN = 2
"""How often doubtful prices are measured again, at most."""


class Price(NamedTuple):
    """One call's price; None if XLA's analysis has no number.

    Attributes:
        call: The kind of call.
        seconds, flops, bytes: Of one.
        seconds_low, seconds_high: Interval of its median seconds.
        ratio_low, ratio_high: The same of the ratio to a forward pass that was timed
            beside it.
        doubt: Empty, or what is wrong with the seconds still after repetitions:
            `wide`, an interval wider than `WIDE`; `below RESULT`, fewer than those of
            the kind whose result it returns too; `below FLOPs`, fewer than its FLOPs
            take at `ROOM` times the roofline.
        exchanged_bytes: That a device sends to the others; 0 for a single device.
    """

    call: str
    seconds: float
    flops: float | None
    bytes: float | None
    seconds_low: float = nan
    seconds_high: float = nan
    ratio_low: float = nan
    ratio_high: float = nan
    doubt: str = ""
    exchanged_bytes: float | None = 0.0


def prices(
    problem: Any, params: Any, most: float = inf, examples: Any = None
) -> list[Price]:
    """Price each kind of call on a problem, on the device that holds its data.

    A loop of calls is compiled, each at a point that depends on the last result, so
    that none can be hoisted. Batches of the kinds alternate, so that drift affects all
    kinds equally. Each kind's price is the median of its batches. Those in doubt are
    measured again, with a forward pass beside them, `AGAIN` times at most.

    Args:
        problem: The problem, its data on the device.
        params: The point of the calls.
        most: FLOPs per second of the roofline.
        examples: Of each call; all training examples if None.
    """
    fixed, timed = Fixed.of(problem, examples), []
    for kind in KINDS:
        if not kind.per_parameter or _affordable(params, timed):
            timed += _Timed.of(kind, fixed, params)
    again = timed
    for _ in range(1 + AGAIN):
        _time(again, timed[0])
        measured = _priced(timed, most)
        again = _in_doubt(timed, measured)
        if not again:
            break
    return measured


def _time(kinds: list["_Timed"], forward: "_Timed") -> None:
    """Time batches of kinds in turn, among them the forward pass."""
    before = [len(each.calls.batches) for each in kinds]
    first = len(forward.calls.batches)
    medians({each.kind.name: each.calls for each in kinds}, ROUNDS)
    for each, count in zip(kinds, before, strict=True):
        each.beside += range(first, first + len(each.calls.batches) - count)


def _in_doubt(timed: list["_Timed"], measured: list[Price]) -> list["_Timed"]:
    """Return the kinds in doubt, with those beside which they are judged."""
    names = {price.call for price in measured if price.doubt}
    beside = {each.kind.includes for each in timed if each.kind.name in names}
    again = names | beside | {timed[0].kind.name}
    return [each for each in timed if each.kind.name in again] if names else []


def _priced(timed: list["_Timed"], most: float) -> list[Price]:
    """Return the prices from the batches so far, with doubts."""
    forward = timed[0].calls.batches
    found = {each.kind.name: each.price(forward) for each in timed}
    return [_judged(each.kind, found, most) for each in timed]


def _judged(kind: Kind, found: Mapping[str, Price], most: float) -> Price:
    """Return a price with the doubt about it, if there is one.

    A price below that of an included kind is in doubt only where the intervals do not
    overlap: calls of some nanoseconds cost the same.
    """
    price = found[kind.name]
    doubt = "wide" if price.seconds_high > WIDE * price.seconds_low else ""
    if kind.includes and price.seconds_high < found[kind.includes].seconds_low:
        doubt = f"below {kind.includes}"
    if price.flops and price.seconds_high < price.flops / (ROOM * most):
        doubt = "below FLOPs"
    return price._replace(doubt=doubt)


def _affordable(params, timed: list["_Timed"]) -> bool:
    """Return whether a Hessian, at most k Hessian-vector products, is fast enough."""
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    hvp = next(each.calls.estimate for each in timed if each.kind.name == "hvp")
    return size <= LARGEST_HESSIAN and size * hvp <= LONGEST_HESSIAN


def one_call(kind: Kind, of: Any, x: Any, direction: Any) -> Any:
    """Make one call of a kind; for points, `POINTS` of them together.

    Args:
        kind: The kind.
        of: The objective, or a ray for a kind on a ray.
        x: The params, or the length on a ray.
        direction: A tree like the params.
    """
    scales = 1 + 1e-3 * np.linspace(0.0, 1.0, POINTS)
    arguments = {
        "params": lambda: x,
        "length": lambda: x,
        "direction": lambda: direction,
        "weight": lambda: _weights(of, x),
        "points": lambda: jax.tree.map(
            lambda leaf: jnp.stack([leaf * scale for scale in scales]), x
        ),
    }
    method = getattr(of, kind.method)
    call = jax.value_and_grad(method) if kind.differentiated else method
    return call(*(arguments[name]() for name in kind.arguments))


def _weights(of: Any, params: Any) -> np.ndarray:
    """Return N(0, 1) numbers, one for each residual."""
    residuals = jax.eval_shape(of.residuals, params)
    draw = np.random.default_rng(0).standard_normal(residuals.shape)
    return draw.astype(residuals.dtype)


def direction_at(params: Any) -> Any:
    """Return N(0, 1) numbers, a tree like the params.

    XLA would merge the products of a direction that depends on the params with theirs.
    """
    rng = np.random.default_rng(0)
    return devices.on_each(
        jax.tree.map(lambda x: rng.standard_normal(x.shape).astype(x.dtype), params)
    )


class _Timed:
    """One kind of call, timed in a loop, with XLA's counts.

    Args:
        kind: The kind.
        of: fixed -> the objective or the ray.
        fixed: A tree of arrays.
        x, direction: As for `one_call`.
    """

    def __init__(self, kind: Kind, of: Callable, fixed: Any, x: Any, direction: Any):
        self.kind = kind
        self._each = POINTS if "points" in kind.arguments else 1

        def one(fixed, x):
            return one_call(kind, of(fixed[0]), x, fixed[1])

        def alone(fixed, x):  # not `one`: JAX may have cached its trace in blocks
            return one(fixed, x)

        given = (fixed, direction), x
        with problems.in_one_block():
            self._costs = _analysis(Kept(alone).program(*given))
        self.calls = Repeated(looped(tied(one), *given))
        # Of each batch, the forward pass's beside it; a slow call has one already.
        self.beside = [0] * len(self.calls.batches)

    @classmethod
    def of(cls, kind: Kind, fixed: Fixed, params: Any) -> "list[_Timed]":
        """Return the kind timed on a problem; none if the problem has no such call."""
        of = fixed.objective()
        if kind.of_residuals and of.residuals is None:
            return []
        if kind.of_outputs and of.ggn is None:
            return []
        direction = direction_at(params)
        if not kind.on_ray:
            return [cls(kind, Fixed.objective, fixed, params, direction)]
        make = Kept(lambda fixed, *at: fixed.objective().ray(*at))
        ray = make(fixed, params, direction)
        dtype = jnp.result_type(*jax.tree.leaves(params))
        length = jnp.asarray(LENGTH, dtype)
        return [] if ray is None else [cls(kind, lambda ray: ray, ray, length, ())]

    def price(self, forward: Sequence[float]) -> Price:
        """Return the price of one call, from the calls computed together.

        Args:
            forward: Seconds of forward passes, one for each batch.
        """
        seconds = np.array(self.calls.batches) / self._each
        costs = (x if x is None else x / self._each for x in self._costs)
        flops, size, exchanged = costs
        bounds = interval(seconds)[1:3]
        pairs = zip(seconds, self.beside, strict=False)
        ratios = interval(t / forward[i] for t, i in pairs if i < len(forward))[1:3]
        known = (float(np.median(seconds)), flops, size, *bounds, *ratios)
        return Price(self.kind.name, *known, exchanged_bytes=exchanged)


def _analysis(compiled: Any) -> tuple[float | None, ...]:
    """Return XLA's count of FLOPs, bytes accessed and bytes exchanged by a device.

    The body of a loop is counted once.
    """
    analysis = compiled.cost_analysis() or {}
    counted = analysis.get("flops"), analysis.get("bytes accessed")
    return *counted, exchanged_bytes(compiled)


@cache
def kept_roofline(dtype: str, matmul_precision: str, device: Any) -> Roofline:
    """Measure the roofline once for each argument; call it in a trial's context."""
    del matmul_precision, device
    return roofline(dtype)


def facts(runtime: Runtime, spec: Spec) -> dict[str, Any]:
    """Return a problem's size and the prices of its calls as plain values.

    A trial with batches has calls on a batch. The batch is there before they are timed:
    a trial draws or gathers it once in a step, however many calls the step makes.

    Args:
        runtime: Where the problem is kept.
        spec: Any trial on the problem, with batches of the same size.

    Returns:
        No prices if the problem has no such batches.
    """
    with context(spec, runtime.device):
        problem = runtime.problem(spec)
        start = runtime.start(spec)
        with devices.used(1, runtime.device.platform):  # FLOPs, too, are of one device
            most = kept_roofline(spec.dtype, spec.matmul_precision, runtime.device)
        try:
            examples = _first_batch(spec, problem)
        except NotApplicable:
            return {**size(problem), "prices": []}
        point = problems.at_point(problem, start)
        measured = prices(*point, most.flops_per_second, examples)
    forward = measured[0].seconds
    return {
        **size(problem),
        "prices": [_described(price, forward, most) for price in measured],
    }


def _first_batch(spec: Spec, problem: Any) -> Any:
    """Return the examples of a trial's first step; None for all training examples."""
    if spec.batch is None:
        return None
    first = Kept(partial(pick, spec.batch))
    return first(problem, jax.random.key(spec.seed), jnp.zeros((), jnp.int32))


def _described(price: Price, forward: float, most: Roofline) -> dict[str, Any]:
    """Return a price with its ratio, its rates, and the roofline."""
    rates = {"flops_per_second": price.flops, "bytes_per_second": price.bytes}
    ratio = price.seconds / forward
    return {
        **price._asdict(),
        "ratio_to_forward": ratio,
        "ratio_low": min(price.ratio_low, ratio),  # of medians, that of pairs beside it
        "ratio_high": max(price.ratio_high, ratio),
        **{k: None if n is None else n / price.seconds for k, n in rates.items()},
        **{f"most_{k}": n for k, n in most._asdict().items()},
    }
