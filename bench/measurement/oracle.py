"""The objective of a step: a gradient source on a batch."""

from typing import Any, NamedTuple

import jax

import problems

from ..core.spec import Batch, Spec
from .batches import pick
from .gradient_sources import Sourced, rule
from .meter import Count, Metered


class Oracle(NamedTuple):
    """Gradient source and batch; by default autodiff on all examples.

    Attributes:
        gradient: The gradient source's name.
        stepped: Whether the last traced number is the length of a difference.
        batch: Examples of a step; None for all.
    """

    gradient: str = "autodiff"
    stepped: bool = False
    batch: Batch | None = None

    @classmethod
    def of(cls, spec: Spec) -> "Oracle":
        """Return the oracle of a trial."""
        return cls(spec.gradient, spec.gradient_step is not None, spec.batch)

    def examples(self, problem: Any) -> int:
        """Return how many examples a call reads; 1 where there are none."""
        if self.batch is not None:
            return self.batch.size
        return max(1, problem.train.count)

    @property
    def by_chance(self) -> bool:
        """Return whether the objective is another one at every step."""
        return self.batch is not None or self.gradient == "random_direction"


class Answers:
    """The objectives of a program's steps.

    Args:
        oracle: How they answer.
        problem: What is asked.
        numbers: The program's traced numbers.
        count: Told of each call.
    """

    def __init__(self, oracle: Oracle, problem: Any, numbers: tuple, count: Count):
        self._oracle, self._problem, self._count = oracle, problem, count
        self._length = numbers[-1] if oracle.stepped else None
        self._metered: list[Metered] = []

    @property
    def reusable(self) -> bool:
        """Return whether a loss and gradient hold from one step to the next."""
        return not self._oracle.by_chance

    @property
    def doubtful(self) -> bool:
        """Return whether a meter doubts its readings."""
        return any(metered.doubtful for metered in self._metered)

    def at(self, carry: Any, row: Any) -> Any:
        """Return the objective of a row of a chunk, metered.

        Args:
            carry: Where the chunk began.
            row: uint32[], steps since then.
        """
        oracle, examples, of_direction = self._oracle, None, None
        if oracle.by_chance:
            step = carry.step + row.astype(carry.step.dtype)
            of_batch, of_direction = jax.random.split(_key(carry.seed))
            of_direction = jax.random.fold_in(of_direction, step)
            if oracle.batch is not None:
                examples = pick(oracle.batch, self._problem, of_batch, step)
        objective = problems.objective(self._problem, examples)
        metered = Metered(objective, self._count)
        self._metered.append(metered)
        by_rule = rule(oracle.gradient, of_direction, self._length)
        return metered if by_rule is None else Sourced(metered, by_rule)


def _key(seed: Any) -> jax.Array:
    """Return a key for what a trial draws, apart from the one for its start point."""
    return jax.random.fold_in(jax.random.key(seed), 1)
