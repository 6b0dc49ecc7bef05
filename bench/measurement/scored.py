"""A metric that a sweep evaluates instead of the training loss."""

from collections.abc import Sequence
from functools import partial
from math import inf, isnan, nan
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..config.criterion import lacking
from ..core.metrics import VALIDATION, Metric, placed
from ..core.spec import Target
from .budget import listed
from .evaluator import Evaluator, metric_names, on


class Scored(NamedTuple):
    """What a sweep evaluates at the looks of its trials, off the clock.

    Attributes:
        metric: The metric, on the examples of its split.
        target: The value that ends a trial; nan for none.
    """

    metric: Metric
    target: float = nan

    @classmethod
    def of(cls, metric: Metric, values: Sequence[float], dtype: str) -> "Scored":
        """Return a metric with the hardest of some values as target.

        Args:
            metric: The metric.
            values: Of which the hardest is the target; empty for none.
            dtype: In which the metric is computed: 342 of 360 is 0.95 in it.
        """
        hardest = max if metric.higher_is_better else min
        return cls(metric, float(np.dtype(dtype).type(hardest(values, default=nan))))

    @classmethod
    def of_target(cls, target: Target, dtype: str) -> "Scored | None":
        """Return what a target is on; None for a target on the training loss.

        Raises:
            ValueError: It must be kept for some evaluations.
        """
        if not target.metric:
            return None
        if target.kept > 1:
            raise ValueError("a sweep trial ends as soon as a target is met: kept = 1")
        metric = Metric(*placed(target.metric), target.higher_is_better)
        return cls.of(metric, listed(target.value), dtype)

    def signed(self, value: Any) -> Any:
        """Return values with the sign with which less is better, and back."""
        return -value if self.metric.higher_is_better else value

    @property
    def signed_target(self) -> float:
        """The signed target; -inf for none."""
        return -inf if isnan(self.target) else self.signed(self.target)

    def at(self, evaluator: Evaluator, problem: Any, point: Any) -> float:
        """Return the signed value at a point."""
        found = evaluator.on(problem, point, self.metric.split)
        return self.signed(found[self.metric.column])

    @property
    def function(self) -> partial:
        """The function (problem, point) -> float[], the signed value."""
        return partial(_signed, *self.metric)

    def check(self, problem: Any, point: Any) -> None:
        """Check that a problem has the metric and its examples.

        Raises:
            ProblemError: It has not.
        """
        examples = getattr(problem, VALIDATION, None)
        count = 0 if examples is None else examples.count
        if why := lacking(self.metric, metric_names(problem, point), count):
            raise problems.ProblemError(why)


def _signed(split: str, name: str, rising: bool, problem: Any, point: Any) -> jax.Array:
    value = on(split, problem, point)[name]
    return jnp.asarray(-value if rising else value)
