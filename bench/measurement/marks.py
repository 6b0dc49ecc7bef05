"""Marks in a traced program: where an objective is evaluated, and its derivatives."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import (
    Primitive,  # pyright: ignore[reportPrivateImportUsage]
)
from jax.interpreters import ad, batching, mlir


class Mark(NamedTuple):
    """An argument of a call (or its result), and what becomes of it.

    A mark is the identity. JAX differentiates, transposes and batches it together
    with the call, so that a traced program shows each pass through the call.

    Attributes:
        port: The argument of the call, as in `meter.PASSES`.
        stage: `value`: the argument of a call without a derivative; `linearized`: of
            one with a derivative; `tangent`: a first-order pass, forwards or, if it is
            turned, backwards; `curvature`: a second-order pass; `third`: of an order
            above. `result`, `slope`, `again`: the result, its derivative, and the
            derivative of the cotangent of that. `inert`: counted elsewhere.
        turned: How often it was transposed.
        times: The number of calls, if it is batched.
    """

    port: str
    stage: str = "value"
    turned: int = 0
    times: int = 1


# stage -> that of the argument, and of its tangent, in the derivative of a mark
_DERIVED = {
    "value": ("linearized", "tangent"),
    "linearized": ("linearized", "curvature"),
    "tangent": ("tangent", "tangent"),
    "curvature": ("curvature", "third"),
    "third": ("third", "third"),
    "result": ("result", "slope"),
    "slope": ("slope", "slope"),
    "again": ("again", "again"),
    "inert": ("inert", "inert"),
}
# The same for what was transposed: the derivative of a backward pass is linear in two
# arguments, and the pass through the first-order one is the `curvature`'s.
_DERIVED_BACKWARDS = {"tangent": ("tangent", "inert"), "slope": ("slope", "again")}


def mark(port: str, tree: Any, times: int = 1, stage: str = "value") -> Any:
    """Return the tree, marked as the argument `port` of `times` calls."""
    leaves, structure = jax.tree.flatten(tree)
    if not leaves:
        return tree
    leaves = map(jnp.asarray, leaves)
    marked = _mark.bind(*leaves, of=Mark(port, stage, times=times))
    return jax.tree.unflatten(structure, marked)


def marked(equation: Any) -> Mark | None:
    """Return the mark that an equation of a program is, if it is one."""
    return equation.params["of"] if equation.primitive is _mark else None


_mark = Primitive("mark")
_mark.multiple_results = True
_executed: ContextVar[Callable[[Mark], None] | None] = ContextVar(
    "executed", default=None
)


@contextmanager
def watched(executed: Callable[[Mark], None]) -> Iterator[None]:
    """Let programs that are lowered in the block call `executed` on the host.

    They do so whenever the device passes a mark. Elsewhere a mark costs nothing.
    """
    token = _executed.set(executed)
    try:
        yield
    finally:
        _executed.reset(token)


def _same(*values, of: Mark):
    del of
    return list(values)


def _derive(primals, tangents, of: Mark):
    stages = _DERIVED | _DERIVED_BACKWARDS if of.turned else _DERIVED
    here, along = stages[of.stage]
    out = _mark.bind(*primals, of=of._replace(stage=here))
    return out, _of_nonzero(tangents, of._replace(stage=along))


def _transpose(cotangents, *operands, of: Mark):
    del operands
    return _of_nonzero(cotangents, of._replace(turned=of.turned + 1))


def _of_nonzero(values, of: Mark) -> list:
    there = [not isinstance(value, ad.Zero) for value in values]
    some = [v for v, is_there in zip(values, there, strict=True) if is_there]
    after = iter(_mark.bind(*some, of=of) if some else ())
    return [
        next(after) if is_there else value
        for value, is_there in zip(values, there, strict=True)
    ]


def _batch(values, axes, of: Mark):
    (size,) = {
        value.shape[axis]
        for value, axis in zip(values, axes, strict=True)
        if axis is not None
    }
    return _mark.bind(*values, of=of._replace(times=of.times * size)), axes


def _lower(context, *values, of: Mark):
    executed = _executed.get()
    if executed is None:
        return values

    def tell(*values):
        jax.debug.callback(partial(_called, executed, of), values[0])
        return values

    return mlir.lower_fun(tell, multiple_results=True)(context, *values)


def _called(executed: Callable[[Mark], None], of: Mark, _: Any) -> None:
    executed(of)


_mark.def_impl(_same)
_mark.def_abstract_eval(_same)
ad.primitive_jvps[_mark] = _derive
ad.primitive_transposes[_mark] = _transpose
batching.primitive_batchers[_mark] = _batch
mlir.register_lowering(_mark, _lower)
