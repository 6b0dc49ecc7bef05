"""The memory of a compiled step, and the work of an optimizer's update alone."""

import contextlib
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..core.footprint import Footprint
from .clock import loss_type
from .collectives import exchanged_bytes


def of_update(factory: Any, numbers: tuple, state: Any, params: Any) -> Footprint:
    """Return the footprint of an update, which is traced and not compiled.

    Args:
        factory: Makes the optimizer.
        numbers: Its traced settings.
        state: Shapes and types of its state.
        params: The params.
    """
    state_bytes, params_bytes = _bytes(state), _bytes(params)
    flops = None
    # An update that insists on the problem's own objective has no count.
    with contextlib.suppress(Exception):
        flops = _flops(factory, numbers, state, params)
    moved = 2 * state_bytes + 3 * params_bytes
    return Footprint(state_bytes, params_bytes, update_flops=flops, update_bytes=moved)


class Sizes(NamedTuple):
    """Bytes that a compiled program states: of its arguments, results, temporaries."""

    arguments: int
    results: int
    temporaries: int


def sizes_of(compiled: Any) -> Sizes | None:
    """Return the bytes that a compiled program states; None where it states none."""
    try:
        memory = compiled.memory_analysis()
        arguments, results = memory.argument_size_in_bytes, memory.output_size_in_bytes
        return Sizes(int(arguments), int(results), int(memory.temp_size_in_bytes))
    except Exception:  # of platforms without it JAX does not say how they fail
        return None


def with_memory(footprint: Footprint, compiled: Any) -> Footprint:
    """Add what a compiled program states of its memory and of what devices exchange."""
    footprint = replace(footprint, exchanged_bytes=exchanged_bytes(compiled))
    if (sizes := sizes_of(compiled)) is None:
        return footprint
    held, temporary = sizes.arguments, sizes.temporaries
    return replace(footprint, argument_bytes=held, temporary_bytes=temporary)


def _bytes(tree: Any) -> int:
    return sum(map(_of_leaf, jax.tree.leaves(tree)))


def _of_leaf(leaf: Any) -> int:
    """Return the bytes of an array or a shape, also of random keys."""
    return prod(jnp.shape(leaf)) * leaf.dtype.itemsize


def _flops(factory: Any, numbers: tuple, state: Any, params: Any) -> float | None:
    def update(numbers, gradient, state, params, value):
        of = _Constant(value)
        given = {"value": value, "grad": gradient, "value_fn": of}
        return factory.make(numbers).update(gradient, state, params, **given)

    value = jax.ShapeDtypeStruct((), loss_type(params))
    lowered = jax.jit(update).lower(numbers, params, state, params, value)
    flops = (lowered.cost_analysis() or {}).get("flops")
    return None if flops is None else float(flops)


class _Constant:
    """An objective that costs nothing: the same value everywhere.

    Args:
        value: float[].
    """

    def __init__(self, value: jax.Array):
        self._value = value

    def __call__(self, params: Any) -> jax.Array:
        del params
        return self._value

    def second(self) -> "_Constant":
        return self

    def jvp(self, params: Any, v: Any) -> tuple[jax.Array, jax.Array]:
        del params, v
        return self._value, self._value

    def hvp(self, params: Any, v: Any) -> Any:
        del params
        return v

    def ggn(self, params: Any, v: Any) -> Any:
        del params
        return v

    def hessian(self, params: Any) -> jax.Array:
        size = sum(leaf.size for leaf in jax.tree.leaves(params))
        return jnp.eye(size, dtype=self._value.dtype)

    def values(self, points: Any) -> jax.Array:
        count = len(jax.tree.leaves(points)[0])
        return jnp.broadcast_to(self._value, (count,))

    def ray(self, params: Any, direction: Any) -> None:
        del params, direction
