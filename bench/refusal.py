"""Refuse programs in which a call of the objective could not be counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from jax.extend.core import (
    ClosedJaxpr,  # pyright: ignore[reportPrivateImportUsage]
    Jaxpr,
)

_DIFFERENTIATED = (
    "in a branch or loop that is differentiated: differentiate inside of it"
)
# What JAX says of a call that it cannot trace with its count, and what to do instead.
_INSTEAD = {
    "vmapped": "under vmap: ask for many points with value_fn.values, or for "
    "value_fn.hessian",
    "(jvp) to a custom_vjp": "under jax.jvp: use value_fn.jvp, or value_fn.hvp",
    "Attempting to pass a Ref": _DIFFERENTIATED,
    "No constant handler for type": "under jax.jit (it is compiled already), or "
    + _DIFFERENTIATED,
}


class UncountableError(Exception):
    """The optimizer calls the objective where a call cannot be counted."""


@contextmanager
def uncountable_in_words() -> Iterator[None]:
    """Say in our words what JAX says of calls that it cannot count.

    Raises:
        UncountableError: Such a call was met inside.
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

    The condition's last evaluation leaves no trace in the dial, so that such a program
    would read one call too few.

    Raises:
        UncountableError: A condition of the program has effects.
    """
    for condition in _conditions(program.jaxpr):
        if condition.effects:
            raise UncountableError(
                "the objective is called in the condition of a while_loop, where its "
                "last call cannot be counted: call it in the loop's body"
            )


def _conditions(jaxpr: Jaxpr):
    for equation in jaxpr.eqns:
        if equation.primitive.name == "while":
            yield equation.params["cond_jaxpr"]
        for inner in _inner(list(equation.params.values())):
            yield from _conditions(inner)


def _inner(values: Sequence[Any]):
    for value in values:
        if isinstance(value, ClosedJaxpr):
            yield value.jaxpr
        elif isinstance(value, Jaxpr):
            yield value
        elif isinstance(value, list | tuple):
            yield from _inner(value)
