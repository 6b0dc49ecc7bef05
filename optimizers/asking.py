"""What an optimizer may ask an objective for, with autodiff for a plain function."""

from collections.abc import Callable
from typing import Any

import jax
from jax.flatten_util import ravel_pytree

from .line import along

Value = Callable[[Any], jax.Array]


def jvp(value_fn: Value, params: Any, v: Any) -> tuple[jax.Array, jax.Array]:
    """Return the value at `params` and the slope along `v`."""
    if hasattr(value_fn, "jvp"):
        return value_fn.jvp(params, v)  # pyright: ignore[reportFunctionMemberAccess]
    return jax.jvp(value_fn, (params,), (v,))


def hvp(value_fn: Value, params: Any, v: Any) -> Any:
    """Return the Hessian at `params` times `v`, a tree like `params`."""
    if hasattr(value_fn, "hvp"):
        return value_fn.hvp(params, v)  # pyright: ignore[reportFunctionMemberAccess]
    return jax.jvp(jax.grad(value_fn), (params,), (v,))[1]


def hessian(value_fn: Value, params: Any) -> jax.Array:
    """Return the Hessian, float[n, n], in the order of `ravel_pytree(params)`."""
    if hasattr(value_fn, "hessian"):
        return value_fn.hessian(params)  # pyright: ignore[reportFunctionMemberAccess]
    flat, unravel = ravel_pytree(params)
    return jax.hessian(lambda x: value_fn(unravel(x)))(flat)


def line(value_fn: Value, params: Any, direction: Any, lengths: Any) -> jax.Array:
    """Return the values at `params + lengths[i] * direction`, float[k]."""
    if hasattr(value_fn, "line"):
        return value_fn.line(params, direction, lengths)  # pyright: ignore[reportFunctionMemberAccess]
    return jax.vmap(lambda t: value_fn(along(params, t, direction)))(lengths)


def ray(value_fn: Value, params: Any, direction: Any) -> Any:
    """Return t -> the value at `params + t * direction` where that is cheaper, or None.

    It has `values(lengths)`, and `slope(t)` for the value and its derivative by t.
    """
    made = getattr(value_fn, "ray", None)
    return None if made is None else made(params, direction)
