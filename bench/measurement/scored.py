"""A metric that a sweep evaluates instead of the training loss."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..core.metrics import LOSS, VALIDATION, Metric

NO_VALIDATION = (
    "{column} is evaluated on validation examples, of which the problem has none: set "
    "aside some, validation = 0.1 (a problem of your own has them as `validation`)"
)


class Scored(NamedTuple):
    """What a sweep evaluates at the looks of its trials, off the clock.

    Attributes:
        metric: The metric, on the examples of its split.
        target: The value that ends a trial; nan for none.
    """

    metric: Metric
    target: float = float("nan")

    @property
    def signed_target(self) -> float:
        """The target with the sign with which less is better; -inf for none."""
        return -np.inf if np.isnan(self.target) else float(self.signed(self.target))

    def signed(self, value: Any) -> Any:
        """Return values with the sign with which less is better, and back."""
        return -value if self.metric.higher_is_better else value

    @property
    def of(self) -> partial:
        """The function (problem, point) -> float[], the signed value."""
        split, name, rising = self.metric
        return partial(_signed, split, name, rising)

    def check(self, problem: Any, params: Any) -> None:
        """Check that a problem has the metric and its examples.

        Raises:
            ProblemError: It has not.
        """
        split, name, _ = self.metric
        examples = getattr(problem, split, None)
        if examples is None and split == VALIDATION:
            words = NO_VALIDATION.format(column=self.metric.column)
            raise problems.ProblemError(words)
        there = jax.eval_shape(problems.evaluation, problem, params, examples)
        if name not in there:
            known = ", ".join(other for other in there if other != LOSS) or "none"
            words = f'the problem has no metric "{name}"; it has {known}'
            raise problems.ProblemError(words)


def _signed(split: str, name: str, rising: bool, problem: Any, point: Any) -> jax.Array:
    value = problems.evaluation(problem, point, getattr(problem, split))[name]
    return jnp.asarray(-value if rising else value)
