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

    def call(self, loss: Callable[..., Any], point: tuple, batch: Any, key: Any) -> Any:
        """Return the loss with the arguments that it takes.

        Args:
            loss: The loss.
            point: The params alone, or with a state.
            batch, key: As the loss takes them.
        """
        given = (*point, batch) if self.batch else point
        if self.key and self.named:
            return loss(*given, key=key)
        return loss(*given, *((key,) if self.key else ()))


def signature(loss: Callable[..., Any], stateful: bool = False) -> Signature:
    """Return which arguments a loss takes.

    A key is a third positional argument without a default, or any argument after the
    batch that is called `key` and has no default but None. A loss of the params alone
    takes no batch.

    Args:
        loss: The loss.
        stateful: Whether it takes a state after the params.

    Raises:
        ProblemError: It takes others.
    """
    try:
        parameters = list(inspect.signature(loss).parameters.values())
    except (TypeError, ValueError):  # some that are built into Python have none
        return Signature()
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    named = any(p.kind is p.KEYWORD_ONLY and _is_key(p) for p in parameters)
    many = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if stateful:
        if len(positional) < 3 and not many:
            words = "loss takes no state, and (params, state, batch) is wanted"
            raise ProblemError(f"{words}: stateful is True")
        positional = positional[1:]  # the state, after which all is as without one
    batch = many or len(positional) > 1
    keyed = any(p.default is p.empty or _is_key(p) for p in positional[2:3])
    _refuse_others(parameters, positional, 2 + keyed)
    if not batch and not positional:
        raise ProblemError("loss takes no argument: it takes the params and a batch")
    if [p.name for p in positional[1:2]] == [KEY]:
        words = "the second one is a batch, which is None without examples"
        raise ProblemError(
            f"loss takes (params, key), and (params, batch, key) is wanted: {words}"
        )
    return Signature(batch, keyed or named, named and not keyed)


def _is_key(parameter: inspect.Parameter) -> bool:
    free = parameter.default is parameter.empty or parameter.default is None
    return parameter.name == KEY and free


def _refuse_others(parameters: list, positional: list, known: int) -> None:
    """Refuse a loss with further arguments that have no default."""
    further = [p.name for p in positional[known:] if p.default is p.empty]
    further += [
        p.name
        for p in parameters
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty and p.name != KEY
    ]
    if further:
        raise ProblemError(
            f"loss takes the argument {further[0]} too: (params, batch) or (params, "
            "batch, key) is wanted, and functools.partial sets others"
        )
