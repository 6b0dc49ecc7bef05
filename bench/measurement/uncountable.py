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
    "vmap-of-cond": "in a branch under vmap",
    "(jvp) to a custom_vjp": "under jax.jvp: use value_fn.jvp, or value_fn.hvp",
    "Attempting to pass a Ref": _DIFFERENTIATED,
    "No constant handler for type": "under jax.jit (it is compiled already), or "
    + _DIFFERENTIATED,
}


class UncountableError(Exception):
    """The optimizer calls the objective where a call cannot be counted."""


@contextmanager
def uncountable_in_words() -> Iterator[None]:
    """Translate JAX's errors about calls that cannot be counted.

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

    The condition's last evaluation is not counted, so that such a program would read
    one call too few.

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
    """Refuse calls in a branch, or in a loop of any length, inside of the steps.

    For a program whose readings are in doubt: the referee looks at its first steps,
    in which such calls may not be made.

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
    """Tell whether a step calls the objective in a branch, or a loop of any length."""
    steps = [
        equation.params["body_jaxpr"].jaxpr
        for equation in program.jaxpr.eqns
        if equation.primitive.name == "while"
    ]
    return any(
        equation.primitive.name in ("cond", "while") and bool(equation.effects)
        for step in steps
        for equation in _equations(step)
    )


def _conditions(jaxpr: Jaxpr):
    for equation in _equations(jaxpr):
        if equation.primitive.name == "while":
            yield equation.params["cond_jaxpr"]


def _equations(jaxpr: Jaxpr):
    """Yield the equations of a program, those inside of others too."""
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
