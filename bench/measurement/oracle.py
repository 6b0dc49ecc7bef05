"""The objective of a step: a gradient source on a batch."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree

import optimizers
import problems
from optimizers import NotApplicable

from ..core.spec import Batch, Spec
from .batches import pick
from .meter import Metered
from .model_state import refuse_source

OF_LOSS, OF_SECOND, OF_NOISE = 2, 3, 4
"""Set the keys of losses, second batches and noise apart from those of the others."""
BLOCK_POINTS = 64
BLOCK_NUMBERS = 2**22
"""Most points of a difference in one call, and most numbers in all of them."""

# rule(objective, params) -> (value, gradient)
Rule = Callable[[Any, Any], tuple[jax.Array, Any]]


class Sourced:
    """An objective whose gradient a rule computes from calls of a metered one.

    All other calls are passed on, exact and metered.

    Args:
        objective: The metered objective.
        rule: Computes a value and a gradient from calls of it.
    """

    def __init__(self, objective: Metered, rule: Rule):
        self._objective, self._rule = objective, rule

    def __getattr__(self, name: str) -> Any:
        """Pass on every other call to the metered objective."""
        return getattr(self._objective, name)

    def second(self) -> "Sourced":
        """Return the same on the step's second batch."""
        return Sourced(self._objective.second(), self._rule)

    def __call__(self, params):
        """Return the loss; under `jax.grad`, the rule's gradient."""
        objective, rule = self._objective, self._rule

        @jax.custom_vjp
        def value(params):
            return objective(params)

        def forward(params):
            value, gradient = rule(objective, params)
            return value, _flat(gradient)

        def backward(gradient, cotangent):
            return (jax.tree.map(lambda g: _times(cotangent, g), gradient),)

        value.defvjp(forward, backward)
        return value(params)


@jax.custom_jvp
def _flat(gradient):
    """Return the gradient, which has no derivative of its own."""
    return gradient


@_flat.defjvp
def _(primals, tangents):
    raise NotApplicable(
        "the derivative of a gradient needs gradients by autodiff; use the objective's "
        "hvp instead"
    )


def rule(gradient: str, key: jax.Array | None, step: Any = None) -> Rule | None:
    """Return the rule of a gradient source; None for autodiff, which needs none.

    Args:
        gradient: A source by name.
        key: For a random direction; different at every step.
        step: Length of a difference, float[]; None derives it from dtype and params.
    """
    if gradient == "forward_difference":
        return lambda f, x: _difference(f, x, _lengths(x, step, central=False), False)
    if gradient == "central_difference":
        return lambda f, x: _difference(f, x, _lengths(x, step, central=True), True)
    if gradient == "random_direction":
        return lambda f, x: _along_one(f, x, key)
    return None


def _lengths(params, step, central: bool) -> jax.Array:
    """Return h_i, float[n]: as given, else 2 √u or (3 u)^⅓ times max(1, |θ_i|).

    For a function with a second (third) derivative of about 1, these minimise the sum
    of rounding and truncation errors. Of params of several dtypes, u is that of the
    widest, and h_i is no less than what a narrower leaf resolves.

    References:
        Nocedal and Wright, "Numerical Optimization", 2006, section 8.1.
    """
    flat, _ = ravel_pytree(params)
    if step is not None:
        return jnp.full_like(flat, step)
    roundoff = float(jnp.finfo(flat.dtype).eps) / 2
    best = (3 * roundoff) ** (1 / 3) if central else 2 * roundoff**0.5
    if _is_mixed(params):
        best = jnp.maximum(best, _resolved(params, flat.dtype))
    return best * jnp.maximum(1, jnp.abs(flat))


def _is_mixed(params) -> bool:
    return len({leaf.dtype for leaf in jax.tree.leaves(params)}) > 1


def _resolved(params, dtype) -> jax.Array:
    """Return the distance from 1 to the next number in each leaf's dtype, float[n]."""
    leaves = jax.tree.leaves(params)
    each = [jnp.full(x.size, float(jnp.finfo(x.dtype).eps), dtype) for x in leaves]
    return jnp.concatenate(each)


def _difference(f, params, lengths: jax.Array, central: bool):
    """Return f and (f(θ + h_i e_i) - f(θ - h_i e_i, or θ)) / the points' distance.

    The distance is that of the points as rounded, not h_i.
    """
    value = f(params)
    flat, unravel = ravel_pytree(params)
    unravel_all = jax.vmap(unravel)
    above = _rounded(flat + lengths, params)
    below = _rounded(flat - lengths, params) if central else flat

    def block(start, size: int) -> jax.Array:
        index = start + jnp.arange(size)
        unit = jnp.arange(flat.size) == index[:, None]
        up = jnp.where(unit, above, flat)
        if not central:
            return f.values(unravel_all(up)) - value
        down = jnp.where(unit, below, flat)
        losses = f.values(unravel_all(jnp.concatenate([up, down])))
        return losses[:size] - losses[size:]

    rises = _in_blocks(block, flat.size, 2 if central else 1)
    distance = above - below
    # if rounding makes the points equal, the slope is 0, not 0 / 0
    return value, unravel(rises / jnp.where(distance == 0, lengths, distance))


def _rounded(flat: jax.Array, params: Any) -> jax.Array:
    """Return flat params as the dtypes of their leaves hold them, in one dtype.

    XLA removes a cast to a narrower dtype and back.
    """
    if not _is_mixed(params):
        return flat
    leaves = jax.tree.leaves(params)
    parts = jnp.split(flat, np.cumsum([leaf.size for leaf in leaves])[:-1])
    held = [jnp.finfo(leaf.dtype) for leaf in leaves]
    pairs = zip(parts, held, strict=True)
    return jnp.concatenate([lax.reduce_precision(x, i.nexp, i.nmant) for x, i in pairs])


def _in_blocks(block: Callable, count: int, each: int) -> jax.Array:
    """Return block(0, count), in pieces whose points fit into memory."""
    size = min(count, BLOCK_POINTS // each, max(1, BLOCK_NUMBERS // (each * count)))
    whole, rest = divmod(count, size)
    if whole == 1 and not rest:
        return block(0, size)
    pieces = [lax.map(lambda i: block(i * size, size), jnp.arange(whole)).ravel()]
    if rest:
        pieces.append(block(whole * size, rest))
    return jnp.concatenate(pieces)


def _along_one(f, params, key: Any):
    """Return f and <grad f, v> v, v ~ N(0, I), whose mean over v is the gradient."""
    flat, unravel = ravel_pytree(params)
    draw = jax.random.normal(key, flat.shape, jnp.float32)
    direction = unravel(draw.astype(flat.dtype))
    value, slope = f.jvp(params, direction)
    return value, jax.tree.map(lambda v: _times(slope, v), direction)


def _times(number: jax.Array, leaf: jax.Array) -> jax.Array:
    """Return number * leaf in the leaf's dtype."""
    return (number * leaf).astype(leaf.dtype)


def disturbance_of(problem: Any) -> problems.Disturbance:
    """Return what happens to a problem's gradients before an optimizer sees them."""
    return getattr(problem, "disturbance", problems.Disturbance())


def disturbed(
    of: Rule | None, disturbance: problems.Disturbance, key: jax.Array | None
) -> Rule:
    """Return a rule whose gradients are disturbed.

    Args:
        of: Of the undisturbed ones; None for autodiff.
        disturbance: What happens to them.
        key: Of this step, for noise.
    """
    exact = of or (lambda objective, params: jax.value_and_grad(objective)(params))

    def seen(objective: Any, params: Any) -> tuple[jax.Array, Any]:
        value, gradient = exact(objective, params)
        return value, disturbance.of(gradient, key)

    return seen


class Oracle(NamedTuple):
    """Gradient source, batch, and how the optimizer's state is kept.

    By default it is autodiff on all examples.

    Attributes:
        gradient: The gradient source's name.
        stepped: Whether the last traced number is the length of a difference.
        batch: Examples of a step; None for all.
        keyed: Whether the loss takes a key.
        apart: Whether the loss that is evaluated is not the one of a step.
        noisy: Whether the problem adds noise to gradients.
        delay: Steps by which the problem delays them.
        state: The dtype in which the optimizer's state is kept; empty for its own.
    """

    gradient: str = "autodiff"
    stepped: bool = False
    batch: Batch | None = None
    keyed: bool = False
    apart: bool = False
    noisy: bool = False
    delay: int = 0
    state: str = ""

    @classmethod
    def of(cls, spec: Spec) -> "Oracle":
        """Return the oracle of a trial."""
        stepped = spec.gradient_step is not None
        state = spec.precision.state if spec.precision else ""
        return cls(spec.gradient, stepped, spec.batch, state=state)

    def on(self, problem: Any) -> "Oracle":
        """Return the oracle of a trial on a problem."""
        keyed = getattr(problem, "takes_key", False)
        apart = getattr(problem, "evaluates_apart", False)
        noisy = disturbance_of(problem).noise > 0
        delay = getattr(problem, "delay", 0)
        return self._replace(keyed=keyed, apart=apart, noisy=noisy, delay=delay)

    def given(self, optimizer: Any) -> Any:
        """Return an optimizer with its state and its gradients as they are here."""
        late = optimizers.delayed(optimizer, self.delay) if self.delay else optimizer
        return optimizers.with_state_in(late, self.state) if self.state else late

    def examples(self, problem: Any) -> int:
        """Return how many examples a call reads; 1 if there are none."""
        if self.batch is not None:
            return self.batch.size
        return max(1, problem.train.count)

    @property
    def differs(self) -> str:
        """What differs from step to step, in words; empty for nothing."""
        drawn = self.batch is not None or self.keyed
        if drawn or self.gradient == "random_direction":
            return "the objective differs"
        return "the noise of gradients differs" if self.noisy else ""

    @property
    def evaluated_apart(self) -> bool:
        """Return whether a step's loss is not that of its point on all examples."""
        return self.batch is not None or self.apart


class Answers:
    """The objectives of a program's steps.

    Args:
        oracle: Gradient source and batch.
        problem: The problem.
        numbers: The program's traced numbers.

    Raises:
        NotApplicable: The gradient source does not fit the problem.
    """

    def __init__(self, oracle: Oracle, problem: Any, numbers: tuple):
        refuse_source(problem, oracle.gradient)
        self._oracle, self._problem = oracle, problem
        self._disturbance = disturbance_of(problem)
        self._length = numbers[-1] if oracle.stepped else None

    def at(self, carry: Any, row: Any, point: Any) -> Any:
        """Return the objective of a row of a chunk, metered.

        Args:
            carry: The state at the start of the chunk.
            row: uint32[], steps since then.
            point: Of this step; of its state, if the problem carries one, the loss is.
        """
        oracle, examples, of_direction, key = self._oracle, None, None, None
        other = of_noise = None
        if oracle.differs:
            step = carry.step + row.astype(carry.step.dtype)
            of_batch, of_direction = jax.random.split(_key(carry.seed))
            of_direction = jax.random.fold_in(of_direction, step)
            if oracle.batch is not None:
                examples = pick(oracle.batch, self._problem, of_batch, step)
                other = partial(self._second_batch, oracle.batch, carry.seed, step)
            if oracle.noisy:
                of_noise = jax.random.fold_in(_key(carry.seed), OF_NOISE)
                of_noise = jax.random.fold_in(of_noise, step)
            if oracle.keyed:
                of_loss = jax.random.fold_in(_key(carry.seed), OF_LOSS)
                key = jax.random.fold_in(of_loss, step)
        problem, _ = problems.at_point(self._problem, point)
        metered = Metered(
            problems.objective(problem, examples, key),
            other and (lambda: problems.objective(problem, other(), key)),
        )
        by_rule = rule(oracle.gradient, of_direction, self._length)
        if self._disturbance != problems.Disturbance():
            by_rule = disturbed(by_rule, self._disturbance, of_noise)
        return metered if by_rule is None else Sourced(metered, by_rule)

    def _second_batch(self, batch: Batch, seed: Any, step: jax.Array) -> Any:
        """Return another batch of the step, drawn independently of the first."""
        key = jax.random.fold_in(_key(seed), OF_SECOND)
        return pick(batch, self._problem, key, step)


def _key(seed: Any) -> jax.Array:
    """Return a key for a trial's draws, different from that of its start point."""
    return jax.random.fold_in(jax.random.key(seed), 1)
