"""Optimizers made of others: one after the other in a step, or each on its params."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import jax
import optax
from annotated_types import MinLen

from factories import FactoryError, shown

from .contract import NotApplicable, WithAnswer, takes_parts
from .settings import checked

Parts = Annotated[list[Any] | tuple[Any, ...], MinLen(1)]
Made = optax.GradientTransformationExtraArgs | WithAnswer


def as_optax(optimizer: Any) -> optax.GradientTransformationExtraArgs:
    """Return an optimizer as optax's, whose `update` takes any keyword."""
    if isinstance(optimizer, WithAnswer):
        return optax.GradientTransformationExtraArgs(optimizer.init, optimizer.update)
    return optax.with_extra_args_support(optimizer)


def require_optimizers(key: str, optimizers: Sequence[Any]) -> None:
    """Refuse what is no optimizer among those of a list.

    Raises:
        FactoryError: With the path from the setting `key`.
    """
    for place, each in enumerate(optimizers):
        if not hasattr(each, "init") or not hasattr(each, "update"):
            words = "should be an optimizer, { name = ... }"
            raise FactoryError(words, f"{key}.{place}", value=shown(each))


def pairs(parts: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return the pairs of a list, in which an optimizer may stand alone."""
    return [p if type(p) is tuple and len(p) == 2 else (p, None) for p in parts]


@checked
@takes_parts()
def chain(chain: Parts) -> Made:
    """u = t_n(... t_2(t_1(g))), each t_i a transformation of what the one before gives.

    Args:
        chain: The transformations, for example a clipping and an optimizer. `make`
            takes tables too: `{ name = "optax.clip_by_global_norm", max_norm = 1.0 }`.

    Returns:
        `optax.chain` of them. What is evaluated is the answer of the last one that has
        an answer, or the params.

    Raises:
        ValueError: There is none.
    """
    require_optimizers("chain", chain)
    made = optax.chain(*map(as_optax, chain))
    answers = [(i, t.answer) for i, t in enumerate(chain) if isinstance(t, WithAnswer)]
    if not answers:
        return made
    place, of_last = answers[-1]

    def answer(state: Any, params: Any) -> Any:
        return of_last(state[place], params)

    return WithAnswer(made.init, made.update, answer)


Where = Callable[[Any], Any] | None


@checked
@takes_parts("where")
def partition(partition: Parts) -> Made:
    """Update each array by the first optimizer that takes it.

    Args:
        partition: Pairs of an optimizer and where it applies: a function of the params
            that returns a tree of booleans, such as a `Mask`, or None for all arrays.
            `make` takes tables too, with the key `where`:
            `{ name = "sgd", learning_rate = 0.02, where = { ndim = 2 } }`.

    Returns:
        `optax.partition` of them.

    Raises:
        ValueError: There is none.
        NotApplicable: From `init`: no optimizer takes an array, or a pattern matches
            none.
    """
    parts: Sequence[tuple[Any, Where]] = pairs(partition)
    require_optimizers("partition", [each for each, _ in parts])
    for place, (_, where) in enumerate(parts):
        if where is not None and not callable(where):
            words = "should be a table of only, not or ndim"
            key = f"partition.{place}.where"
            raise FactoryError(words, key, value=shown(where))
    optimizers: dict[Any, Any] = {
        str(i): as_optax(each) for i, (each, _) in enumerate(parts)
    }

    def labels(params: Any) -> Any:
        return labelled([where for _, where in parts], params)

    made = optax.partition(optimizers, labels)
    answers = {str(i): t for i, (t, _) in enumerate(parts) if isinstance(t, WithAnswer)}
    if not answers:
        return made

    def answer(state: Any, params: Any) -> Any:
        own = labels(params)
        for label, optimizer in answers.items():
            inner = state.inner_states[label].inner_state
            part = jax.tree.map(
                lambda x, o, label=label: x if o == label else optax.MaskedNode(),
                *(params, own),
            )
            params = _joined(optimizer.answer(inner, part), params)
        return params

    return WithAnswer(made.init, made.update, answer)


def labelled(wheres: Sequence[Where], params: Any) -> Any:
    """Return for each array the number of the first part that takes it, as a text.

    Raises:
        NotApplicable: No part takes an array.
    """
    masks = [
        jax.tree.map(lambda _: True, params) if where is None else where(params)
        for where in wheres
    ]

    def first(*taken: bool) -> str:
        if not any(taken):
            raise NotApplicable(
                "no optimizer of the partition takes every array: give the last one no "
                '"where"'
            )
        return str(taken.index(True))

    return jax.tree.map(first, *masks)


def _joined(part: Any, params: Any) -> Any:
    """Return the params with those of a part of them, which has `MaskedNode`s."""

    def is_out(x: Any) -> bool:
        return isinstance(x, optax.MaskedNode)

    return jax.tree.map(
        lambda a, x: x if is_out(a) else a, part, params, is_leaf=is_out
    )
