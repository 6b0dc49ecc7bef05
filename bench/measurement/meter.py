"""Count every call of an objective inside the compiled program."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import (
    ClosedJaxpr,  # pyright: ignore[reportPrivateImportUsage]
    Jaxpr,
)

from ..core.readings import COUNT, READINGS

# count(kind, number, params): params makes the count depend on its call.
Count = Callable[[str, int, Any], None]


class Metered:
    """An objective that counts each of its calls and otherwise behaves the same.

    readings = requested calls: XLA may still merge equal calls or drop unused ones.

    Args:
        objective: `params -> float[]` with the methods of `problems.Objective`.
        count: Called once for each call of the objective, while tracing.

    Attributes:
        doubtful: Whether a call was differentiated after it had been traced, as in a
            gradient through a loop. JAX may then move the call and its count out of
            the loop.
    """

    def __init__(self, objective: Any, count: Count):
        self._objective = objective
        self._count = count
        self.doubtful = False

    def __call__(self, params):
        """Return the loss; `forward` alone, `gradient` under `jax.grad`."""
        return self._differentiable()(params)

    def values(self, points):
        """Return the loss at points stacked on a leading axis; `point` for each."""
        self._count("point", len(jax.tree.leaves(points)[0]), points)
        return self._objective.values(points)

    def ray(self, params, direction):
        """Return t -> the loss at `params + t * direction`, or None; one `jvp`.

        A ray begins with the two products of a `jvp`.
        """
        ray = self._objective.ray(params, direction)
        if ray is None:
            return None
        self._count("jvp", 1, params)
        return MeteredRay(ray, self._count)

    def jvp(self, params, v):
        """Return the loss and its slope along `v`; one `jvp`."""
        self._count("jvp", 1, params)
        return self._objective.jvp(params, v)

    def hvp(self, params, v):
        """Return the Hessian times `v`; one `hvp`."""
        self._count("hvp", 1, v)
        return self._objective.hvp(params, v)

    def hessian(self, params):
        """Return the Hessian, `float[n, n]`; one `hessian`."""
        self._count("hessian", 1, params)
        return self._objective.hessian(params)

    def _differentiable(self) -> Callable:
        """Count a value in the primal, a gradient in the forward rule.

        A derivative of the gradient passes through the backward rule's output, where
        it is counted as a Hessian-vector product.
        """
        traced = []

        @jax.custom_vjp
        def value(params):
            traced.append(True)
            self._count("forward", 1, params)
            return self._objective(params)

        def forward(params):
            self.doubtful |= bool(traced)
            self._count("gradient", 1, params)
            return jax.vjp(self._objective, params)

        def backward(vjp, cotangent):
            (gradient,) = vjp(cotangent)
            return (_mark(gradient, self._count),)

        value.defvjp(forward, backward)
        return value


class MeteredRay:
    """A ray that counts each evaluation, as a `ray` or with the slope a `ray_slope`.

    Args:
        ray: As `problems.Objective.ray` returns it.
        count: As for `Metered`.
    """

    def __init__(self, ray: Any, count: Count):
        self._ray = ray
        self._count = count

    def __call__(self, t):
        """Return the loss at t."""
        self._count("ray", 1, t)
        return self._ray(t)

    def slope(self, t):
        """Return the loss at t and its derivative by t."""
        self._count("ray_slope", 1, t)
        return self._ray.slope(t)

    def values(self, lengths):
        """Return the losses at `lengths[i]`."""
        self._count("ray", len(lengths), lengths)
        return self._ray.values(lengths)


def _mark(gradient, count: Count):
    """Return the gradient; count a product when it is differentiated."""

    @jax.custom_jvp
    def mark(gradient):
        return gradient

    @mark.defjvp
    def _(primals, tangents):
        count("hvp", 1, tangents[0])
        return primals[0], tangents[0]

    return mark(gradient)


class DeviceCounter(NamedTuple):
    """Counts calls on the device: an `int32[kinds]` reference in the program."""

    ref: Any

    @classmethod
    def zero(cls) -> "DeviceCounter":
        """Return a counter at zero; call it inside the function to be compiled."""
        return cls(jax.new_ref(jnp.zeros(COUNT, jnp.int32)))

    def count(self, kind: str, how_many: int, params: Any) -> None:
        """Count when the program makes the call."""
        del params
        self.ref[READINGS.index(kind)] += how_many

    def read(self) -> jax.Array:
        """Return the readings so far, `int32[kinds]`."""
        return self.ref[...]


class PythonCounter:
    """Counts calls as Python makes them, which is exact if nothing is traced."""

    def __init__(self):
        self.counts = dict.fromkeys(READINGS, 0)

    def count(self, kind: str, how_many: int, params: Any) -> None:
        """Count at once."""
        del params
        self.counts[kind] += how_many

    def read(self) -> tuple[int, ...]:
        """Return the counts in the order of `READINGS`."""
        return tuple(self.counts[kind] for kind in READINGS)


class HostCounter(PythonCounter):
    """Counts calls on the host as they are executed, without the device's counter.

    The callback takes `params` as its argument. Without it JAX would hoist the
    callback out of a loop together with hoisted parts of the call.
    """

    def count(self, kind: str, how_many: int, params: Any) -> None:
        """Count when the call is executed."""

        def called(_):
            self.counts[kind] += how_many

        jax.debug.callback(called, params)

    def read(self) -> tuple[int, ...]:
        """Return the counts, in the order of `READINGS`."""
        jax.effects_barrier()
        return super().read()


def both(*counts: Count) -> Count:
    """Return a count that calls each of `counts`."""

    def count(kind: str, how_many: int, params: Any) -> None:
        for each in counts:
            each(kind, how_many, params)

    return count


_DIFFERENTIATED = (
    "in a branch or loop that is differentiated: differentiate inside of it"
)
# JAX's message on a call that it cannot trace with its count, and what to do instead.
_INSTEAD = {
    "vmapped": "under vmap: compute many points with value_fn.values, or "
    "value_fn.hessian",
    "vmap-of-cond": "in a branch under vmap",
    "(jvp) to a custom_vjp": "under jax.jvp: use value_fn.jvp, or value_fn.hvp",
    "Attempting to pass a Ref": _DIFFERENTIATED,
    "No constant handler for type": "under jax.jit (it is compiled already), or "
    + _DIFFERENTIATED,
}


class UncountableError(Exception):
    """The optimizer makes a call of the objective that cannot be counted."""


@contextmanager
def uncountable_in_words() -> Iterator[None]:
    """Translate JAX's errors about calls that cannot be counted.

    Raises:
        UncountableError: The block makes such a call.
    """
    try:
        yield
    except Exception as error:
        for said, instead in _INSTEAD.items():
            if said in str(error):
                words = f"the objective is called where no call is counted, {instead}"
                raise UncountableError(words) from error
        raise


def refuse_uncountable(program: ClosedJaxpr) -> None:
    """Refuse a call of the objective in the condition of a `while_loop`.

    The condition's last evaluation is not counted, so that the reading would be one
    call too low.

    Raises:
        UncountableError: A condition of the program has effects.
    """
    for condition in _conditions(program.jaxpr):
        if condition.effects:
            raise UncountableError(
                "the objective is called in the condition of a while_loop, where its "
                "last call cannot be counted: call it in the loop's body"
            )


def refuse_unseen(program: ClosedJaxpr) -> None:
    """Refuse calls in a branch, or in a loop of unknown length, inside the steps.

    This is for a program with doubtful readings: the referee checks only its first
    steps, in which such calls may not occur.

    Raises:
        UncountableError: A branch or a loop of a step has effects.
    """
    if calls_in_branches(program):
        raise UncountableError(
            "the objective is called in a branch or a while_loop, and is "
            "differentiated through a loop or jax.checkpoint: such calls cannot be "
            "counted together; differentiate each call by itself"
        )


def calls_in_branches(program: ClosedJaxpr) -> bool:
    """Return whether a step makes a call in a branch or a loop of unknown length."""
    steps = [
        equation.params["body_jaxpr"].jaxpr
        for equation in program.jaxpr.eqns
        if equation.primitive.name == "while"
    ]
    return any(map(effects_in_branches, steps))


def effects_in_branches(jaxpr: Jaxpr) -> bool:
    """Return whether a branch or a loop of unknown length has effects, as calls do."""
    return any(
        equation.primitive.name in ("cond", "while") and bool(equation.effects)
        for equation in _equations(jaxpr)
    )


def _conditions(jaxpr: Jaxpr):
    for equation in _equations(jaxpr):
        if equation.primitive.name == "while":
            yield equation.params["cond_jaxpr"]


def _equations(jaxpr: Jaxpr):
    """Yield the equations of a program, nested ones included."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in _inner(list(equation.params.values())):
            yield from _equations(inner)


def _inner(values: Sequence[Any]):
    for value in values:
        if isinstance(value, ClosedJaxpr):
            yield value.jaxpr
        elif isinstance(value, Jaxpr):
            yield value
        elif isinstance(value, list | tuple):
            yield from _inner(value)
