"""A problem whose suboptimality is measured from the best loss known."""

import math
from dataclasses import dataclass, field
from typing import Any

import jax

import factories
from factories import FactoryError

from .problem import Params
from .wrapped import Wrapped

BEST_KNOWN = "best_known"
"""The setting of any problem that states the best loss known."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class BestKnown(Wrapped):
    """The problem inside, with a least loss that is not certified.

    Attributes:
        problem: As `check_made` returns it.
        best: The lowest training loss that is known.
    """

    problem: Any
    best: float = field(metadata={"static": True})

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.problem.init(key)

    def loss(self, params: Params, examples: Any, *key: Any) -> jax.Array:
        """Return the loss, float[]."""
        return self.problem.loss(params, examples, *key)

    def optimum(self) -> float:
        """Return the lowest training loss that is known."""
        return self.best

    def __getattr__(self, name: str) -> Any:
        """Return any other member of the problem inside, but its certificate."""
        if name in ("problem", "certificate") or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.problem, name)


def check_best_known(stated: Any) -> None:
    """Check the best loss known of a problem, as it is stated.

    Raises:
        FactoryError: It is no finite number.
    """
    is_number = isinstance(stated, int | float) and not isinstance(stated, bool)
    if not is_number or not math.isfinite(stated):
        words = "should be a finite number, the lowest training loss that is known"
        raise FactoryError(words, BEST_KNOWN, value=factories.shown(stated))
