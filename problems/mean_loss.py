"""The shared part of problems that are a mean over examples."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from .blocks import Sum, at_once, summed, total
from .certify.certificate import Certificate
from .data.examples import Examples
from .data.synthetic import NoSourceError, Source
from .problem import Params
from .shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class MeanLoss(Shown, ABC):
    """f(p) = (1/m) Σ_i loss(p, example i) + (l2/2) ||p||².

    Attributes:
        train: m examples.
        held_out: Examples that no optimizer sees, or None.
        validation: Examples on which settings are chosen, or None.
        l2: The penalty, >= 0.
        source: Distribution that draws fresh examples; None for a fixed set.
    """

    train: Examples
    held_out: Examples | None
    validation: Examples | None = field(default=None, kw_only=True)
    l2: float = field(default=0.0, metadata={"static": True}, kw_only=True)
    source: Source | None = field(default=None, kw_only=True)

    @abstractmethod
    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""

    @property
    @abstractmethod
    def sum_of_losses(self) -> Callable[[Params, Examples], jax.Array]:
        """Return the function (params, examples) -> Σ_i loss(params, example i).

        It closes over no array of the problem, so that it can be differentiated.
        """

    @property
    def sum_and_gradient(
        self,
    ) -> Callable[[Params, Examples], tuple[jax.Array, Params]]:
        """Return the function for the sum and its gradient with the fewest passes."""
        return jax.value_and_grad(self.sum_of_losses)

    @property
    def cuts(self) -> bool:
        """Return whether passes over the examples are faster in blocks; see `total`."""
        return True

    @abstractmethod
    def _certify(self) -> Certificate | None:
        """Find the least training loss, in float64 on the host."""

    def loss(self, params: Params, examples: Examples) -> jax.Array:
        """Return f over these examples, float[]."""
        of = Sum(self.sum_of_losses, self.sum_and_gradient, self.cuts)
        mean = summed(of, self.as_seen(params), examples) / examples.count
        return mean + self.penalty(params)

    def as_seen(self, params: Params) -> Params:
        """Return the argument of `sum_of_losses`, computed once for all examples."""
        return params

    def draw(self, key: jax.Array, size: int) -> Examples:
        """Draw fresh examples from the distribution of the training examples.

        Raises:
            NoSourceError: The examples are a fixed set.
        """
        if self.source is None:
            raise NoSourceError("the examples are a fixed set: none can be drawn")
        return self.source.draw(key, size)

    def penalty(self, params: Params) -> jax.Array | float:
        """Return (l2/2) ||p||², float[]."""
        if not self.l2:
            return 0.0
        return self.l2 / 2 * sum(jnp.vdot(p, p) for p in jax.tree.leaves(params))

    def scaled(self, errors: jax.Array, params: Params, count: int) -> jax.Array:
        """Return residuals whose squares add up to f, for a square loss.

        Args:
            errors: float[k]; Σ_i of their squares is the sum of the losses.
            params: At which they are computed.
            count: m.

        Returns:
            errors/√m, float[k], and after them √(l2/2) p if l2 > 0.
        """
        mean = errors / count**0.5
        if not self.l2:
            return mean
        return jnp.concatenate([mean, (self.l2 / 2) ** 0.5 * ravel_pytree(params)[0]])

    def jvp(
        self, params: Params, v: Params, examples: Examples
    ) -> tuple[jax.Array, jax.Array]:
        """Return f and its slope along v, forwards."""
        seen, change = jax.jvp(self.as_seen, (params,), (v,))

        def of_block(block: Examples):
            return jax.jvp(lambda p: self.sum_of_losses(p, block), (seen,), (change,))

        value, slope = total(of_block, examples, self.cuts)
        penalty, rise = jax.jvp(self._penalty_array, (params,), (v,))
        return value / examples.count + penalty, slope / examples.count + rise

    def hvp(self, params: Params, v: Params, examples: Examples) -> Params:
        """Return (grad² f) v, forward over reverse."""
        gradient = jax.grad(lambda p: self.loss(p, examples))
        return jax.jvp(gradient, (params,), (v,))[1]

    def hessian(self, params: Params, examples: Examples) -> jax.Array:
        """Return grad² f, float[n, n], with a Hessian-vector product for each row.

        The number of rows in a batch is such that it has one block of examples.
        """
        flat, unravel = ravel_pytree(params)

        def row(unit: jax.Array) -> jax.Array:
            return ravel_pytree(self.hvp(params, unravel(unit), examples))[0]

        units = jnp.eye(flat.size, dtype=flat.dtype)
        return jax.lax.map(row, units, batch_size=at_once(flat.size, examples))

    def values(self, points: Params, examples: Examples) -> jax.Array:
        """Return f at k points, float[k], each block read once for all of them."""
        each = jax.vmap(self.sum_of_losses, in_axes=(0, None))
        of_block = partial(each, jax.vmap(self.as_seen)(points))
        count = len(jax.tree.leaves(points)[0])
        # undivided, because the scores of all points take less memory than the data
        cut = self.cuts or 4 * count > examples.features
        sums = total(of_block, examples, cut)
        return sums / examples.count + jax.vmap(self._penalty_array)(points)

    def certificate(self) -> Certificate | None:
        """Return the certificate of the least training loss; computed once."""
        return self._certificate

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        certificate = self.certificate()
        return None if certificate is None else certificate.loss

    @cached_property
    def _certificate(self) -> Certificate | None:
        return self._certify()

    def _penalty_array(self, params: Params) -> jax.Array:
        return jnp.asarray(self.penalty(params), jax.tree.leaves(params)[0].dtype)
