"""The shared part of problems that are a mean over examples of any tree."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from .blocks import Sum, of_blocks, summed
from .certify.certificate import Certificate
from .data.tree import TreeExamples
from .problem import Params
from .shown import Shown

Sums = Mapping[str, jax.Array]
"""Σ_i over some examples by name, float[] each."""


@dataclass(frozen=True, eq=False, repr=False)
class TreeLoss(Shown, ABC):
    """f(p) = (1/m) Σ_i loss(p, example i) + penalty(p).

    Its derivatives are those of automatic differentiation.

    Attributes:
        train: m examples.
        held_out: Examples that no optimizer sees and results are reported on, or None.
        validation: Examples that no optimizer sees and settings are chosen on, or None.
    """

    train: TreeExamples
    held_out: TreeExamples | None
    validation: TreeExamples | None

    @abstractmethod
    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""

    @property
    @abstractmethod
    def sums(self) -> Callable[[Params, TreeExamples], Sums]:
        """Return the function for the sum of "loss", and for those of the metrics.

        It closes over no array of the problem.
        """

    @property
    @abstractmethod
    def block(self) -> int:
        """Return the most examples that are passed through the net together.

        More of them would need too much memory.
        """

    def penalty(self, params: Params) -> jax.Array | float:
        """Return the part of f that no example changes, float[]."""
        del params
        return 0.0

    def loss(self, params: Params, examples: TreeExamples) -> jax.Array:
        """Return f over these examples, float[]."""
        sums = self.sums

        def value(params: Params, examples: Any) -> jax.Array:
            return sums(params, examples)["loss"]

        of = Sum(value, jax.value_and_grad(value), size=self.block)
        return summed(of, params, examples) / examples.count + self.penalty(params)

    def jvp(
        self, params: Params, v: Params, examples: TreeExamples
    ) -> tuple[jax.Array, jax.Array]:
        """Return f and its slope along v, forwards."""
        sums = self.sums

        def of_block(some: TreeExamples) -> tuple[jax.Array, jax.Array]:
            return jax.jvp(lambda p: sums(p, some)["loss"], (params,), (v,))

        value, slope = of_blocks(of_block, examples, self.block)
        start = jnp.zeros_like(value)
        penalty, rise = jax.jvp(lambda p: start + self.penalty(p), (params,), (v,))
        return value / examples.count + penalty, slope / examples.count + rise

    def metrics(self, params: Params, examples: TreeExamples) -> Sums:
        """Return each metric of some examples, float[]."""
        sums = self.sums
        sizes = of_blocks(lambda some: sums(params, some), examples, self.block)
        return self.metrics_of({k: s / examples.count for k, s in sizes.items()})

    def metrics_of(self, means: Sums) -> Sums:
        """Return the metrics, given the means over the examples of `sums`."""
        return {name: mean for name, mean in means.items() if name != "loss"}

    def certificate(self) -> Certificate | None:
        """Return None: the least loss of a net is not known."""
        return None

    def optimum(self) -> float | None:
        """Return None: the least loss of a net is not known."""
        return None
