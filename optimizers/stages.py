"""Optimizers that follow one another, each for some steps, as one optimizer."""

from collections.abc import Mapping
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from factories import FactoryError, shown

from .composed import Made, Parts, as_optax, pairs, require_optimizers
from .contract import NotApplicable, WithAnswer, takes_parts, transformation
from .settings import checked


class StagesState(NamedTuple):
    """The number of steps taken, and the state of each stage."""

    count: jax.Array
    states: tuple[Any, ...]


@checked
@takes_parts("steps")
def stages(stages: Parts) -> Made:
    """t_1 for n_1 steps, then t_2 for n_2 steps, ..., the last one without end.

    The state of each t_i is made when its stage begins, from the params of then, so
    that its schedules and averages begin there too.

    Args:
        stages: Pairs of an optimizer and its number of steps, which is None for the
            last one. `make` takes tables too, with the key `steps`:
            `{ name = "adam", learning_rate = 0.1, steps = 500 }`.

    Returns:
        A transformation whose `update` needs `params`, and the keywords that its
        stages need. Its answer is that of the stage, or the params; a stage begins at
        the answer of the one before.

    Raises:
        ValueError: A number of steps is missing or out of its range.
        NotApplicable: From `update`: a stage changes the types of its state or returns
            complex updates.
    """
    parts = pairs(stages)
    require_optimizers("stages", [each for each, _ in parts])
    _check_steps([steps for _, steps in parts])
    return _Stages([each for each, _ in parts], [n for _, n in parts[:-1]]).made()


def _check_steps(counts: list[Any]) -> None:
    for place, steps in enumerate(counts):
        key, is_last = f"stages.{place}.steps", place + 1 == len(counts)
        if is_last and steps is not None:
            words = "the last stage goes on for as long as the trial: leave it out"
            raise FactoryError(words, key)
        if not is_last and steps is None:
            raise FactoryError("is missing: only the last stage has none", key)
        if not is_last and not (type(steps) is int and steps >= 1):
            words = "should be a whole number, at least 1"
            raise FactoryError(words, key, value=shown(steps))


class _Stages:
    """The functions of `stages`.

    Args:
        optimizers: One for each stage.
        counts: The steps of each but the last.
    """

    def __init__(self, optimizers: list[Any], counts: list[int]):
        self._optimizers = [as_optax(each) for each in optimizers]
        self._starts = [0, *accumulate(counts)]
        self._answers: list[Any] = [
            getattr(each, "answer", None) for each in optimizers
        ]

    def made(self) -> Made:
        made = transformation(self.init, self.update)
        return WithAnswer(*made, self.answer) if any(self._answers) else made

    def init(self, params: Any) -> StagesState:
        states = tuple(each.init(params) for each in self._optimizers)
        # no weakly typed scalars, which would make the second step compile again
        strong = jax.tree.map(lambda x: jnp.asarray(x, jnp.result_type(x)), states)
        return StagesState(jnp.zeros([], jnp.int32), strong)

    def update(
        self, updates: Any, state: StagesState, params: Any = None, **extra_args: Any
    ) -> tuple[Any, StagesState]:
        step = partial(self._step, updates, state, params, extra_args)
        branches = [partial(step, stage) for stage in range(len(self._starts))]
        count = jnp.asarray(optax.safe_increment(state.count))
        updates, states = jax.lax.switch(self._stage(state.count), branches)
        return updates, StagesState(count, states)

    def _stage(self, count: jax.Array) -> jax.Array:
        """Return the number of the stage that the next step belongs to."""
        later = jnp.asarray(self._starts[1:], jnp.int32)
        return jnp.sum(count >= later, dtype=jnp.int32)

    def _step(
        self, updates: Any, state: StagesState, params: Any, extra: Any, stage: int
    ) -> tuple[Any, tuple[Any, ...]]:
        """Take a step of one stage; return the updates and the states of all."""
        optimizer, own = self._optimizers[stage], state.states[stage]
        if stage:
            own = jax.lax.cond(
                state.count == self._starts[stage],
                lambda: _like(optimizer.init(params), own),
                lambda: own,
            )
        updates, after = optimizer.update(updates, own, params, **extra)
        after, updates = _like(after, own), _like(updates, params)
        if stage + 1 < len(self._starts) and self._answers[stage]:
            ends = state.count + 1 == self._starts[stage + 1]
            updates = self._to_answer(stage, ends, after, params, updates)
        return updates, (*state.states[:stage], after, *state.states[stage + 1 :])

    def _to_answer(
        self, stage: int, ends: jax.Array, after: Any, params: Any, updates: Any
    ) -> Any:
        """Return the updates that lead to the answer if the stage ends here."""
        moved = optax.apply_updates(params, updates)
        answer = self._answers[stage](after, moved)
        return jax.tree.map(
            lambda a, x, u: jnp.where(ends, a - x, u), answer, params, updates
        )

    def answer(self, state: StagesState, params: Any) -> Any:
        """Return the answer of the stage of the last step; params between stages."""
        now, chosen = self._stage(state.count), params
        for stage, answer in enumerate(self._answers):
            if answer is not None:
                own = answer(state.states[stage], params)
                inside = (now == stage) & (state.count > self._starts[stage])
                chosen = jax.tree.map(partial(jnp.where, inside), own, chosen)
        return chosen


def _like(tree: Any, model: Any) -> Any:
    """Convert each leaf to the type of its counterpart, so that all stages agree.

    Raises:
        NotApplicable: A number would be cut to a whole or a real one.
    """

    def convert(leaf: Any, like: Any) -> jax.Array:
        dtype = jnp.result_type(like)
        if jnp.issubdtype(dtype, jax.dtypes.prng_key):
            return leaf
        if not np.can_cast(jnp.result_type(leaf), dtype, "same_kind"):
            raise NotApplicable(
                f"a stage turns {dtype} into {jnp.result_type(leaf)}: start with the "
                "type that it keeps"
            )
        return jnp.asarray(leaf, dtype)

    return jax.tree.map(convert, tree, model)


def brief(settings: Any) -> tuple[Any, int]:
    """Return settings with as few steps for each stage as show all of its calls.

    The first steps of such an optimizer pass through all its stages.

    Args:
        settings: Of an optimizer, in which others may be nested.

    Returns:
        The settings, and the number of stages that begin after the first step.
    """
    if isinstance(settings, list | tuple):
        made = [brief(each) for each in settings]
        return [each for each, _ in made], sum(later for _, later in made)
    if not isinstance(settings, Mapping):
        return settings, 0
    short, total = {}, 0
    for key, value in settings.items():
        of = _brief_stages if key == "stages" and isinstance(value, list) else brief
        short[key], later = of(value)
        total += later
    return short, total


def _brief_stages(stages: list[Any]) -> tuple[list[Any], int]:
    made = [brief(stage) for stage in stages]
    short = [
        {**stage, "steps": 1 + later} if isinstance(stage, Mapping) else stage
        for stage, later in made[:-1]
    ]
    return [*short, made[-1][0]], len(made) - 1 + sum(later for _, later in made)
