"""Which arguments a user's loss takes: params, a batch, a key."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import ProblemError

_POSITIONAL = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
KEY = "key"


class Signature(NamedTuple):
    """The arguments of a loss after the params.

    Attributes:
        batch: Whether it takes a batch.
        key: Whether it takes a key.
        named: Whether the key is passed by its name.
    """

    batch: bool = True
    key: bool = False
    named: bool = False

    def call(self, loss: Callable[..., Any], params: Any, batch: Any, key: Any) -> Any:
        """Return the loss with the arguments that it takes."""
        given = (batch,) if self.batch else ()
        if self.key and self.named:
            return loss(params, *given, key=key)
        return loss(params, *given, *((key,) if self.key else ()))


def signature(loss: Callable[..., Any], stateful: bool = False) -> Signature:
    """Return which arguments a loss takes; a state after the params is left out.

    A key is a third positional argument without a default, or any argument after the
    batch that is called `key` and has no default but None. A loss of the params alone
    takes no batch.

    Raises:
        ProblemError: It takes others.
    """
    try:
        parameters = list(inspect.signature(loss).parameters.values())
    except (TypeError, ValueError):  # some that are built into Python have none
        return Signature()
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    if stateful and len(positional) > 1:
        parameters.remove(positional.pop(1))
    named = any(p.kind is p.KEYWORD_ONLY and _is_key(p) for p in parameters)
    many = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    batch = many or len(positional) > 1
    keyed = any(p.default is p.empty or _is_key(p) for p in positional[2:3])
    first = "params, state" if stateful else "params"
    _refuse_others(parameters, positional, 2 + keyed, first)
    if not batch and not positional:
        raise ProblemError(f"loss takes no argument, and ({first}, batch) is wanted")
    if [p.name for p in positional[1:2]] == [KEY]:
        words = "the second one is a batch, which is None without examples"
        raise ProblemError(
            f"loss takes ({first}, key), and ({first}, batch, key) is wanted: {words}"
        )
    return Signature(batch, keyed or named, named and not keyed)


def _is_key(parameter: inspect.Parameter) -> bool:
    free = parameter.default is parameter.empty or parameter.default is None
    return parameter.name == KEY and free


def _refuse_others(parameters: list, positional: list, known: int, first: str) -> None:
    """Refuse a loss with further arguments that have no default."""
    further = [p.name for p in positional[known:] if p.default is p.empty]
    further += [
        p.name
        for p in parameters
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty and p.name != KEY
    ]
    if further:
        raise ProblemError(
            f"loss takes the argument {further[0]} too: ({first}, batch) or ({first}, "
            "batch, key) is wanted, and functools.partial sets others"
        )
