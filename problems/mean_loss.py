"""The shared part of problems that are a mean over examples."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from .blocks import summed, total
from .certificate import Certificate
from .examples import Examples
from .objective import along
from .problem import Params
from .source import NoSourceError, Source


@dataclass(frozen=True, eq=False)
class MeanLoss(ABC):
    """f(p) = (1/m) Σ_i loss(p, example i) + (l2/2) ||p||².

    Attributes:
        train: m examples.
        held_out: Examples that no optimizer sees, or None.
        l2: The penalty, >= 0.
        source: Draws fresh examples; None where there are no others.
    """

    train: Examples
    held_out: Examples | None
    l2: float = field(default=0.0, metadata={"static": True}, kw_only=True)
    source: Source | None = field(default=None, kw_only=True)

    @abstractmethod
    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""

    @property
    @abstractmethod
    def sum_of_losses(self) -> Callable[[Params, Examples], jax.Array]:
        """Return the function (params, examples) -> Σ_i loss(params, example i).

        It holds no array of the problem: it is differentiated as it stands.
        """

    @abstractmethod
    def _certify(self) -> Certificate | None:
        """Find the least training loss, in float64 on the host."""

    def loss(self, params: Params, examples: Examples) -> jax.Array:
        """Return f over these examples, float[]."""
        seen = self.as_seen(params)
        mean = summed(self.sum_of_losses, seen, examples) / examples.count
        return mean + self.penalty(params)

    def as_seen(self, params: Params) -> Params:
        """Return what `sum_of_losses` takes: the params, as all examples see them."""
        return params

    def draw(self, key: jax.Array, size: int) -> Examples:
        """Draw fresh examples of the distribution that the training ones are from.

        Raises:
            NoSourceError: The training examples are all there are.
        """
        if self.source is None:
            raise NoSourceError("the examples are a fixed set: none can be drawn")
        return self.source.draw(key, size)

    def penalty(self, params: Params) -> jax.Array | float:
        """Return (l2/2) ||p||², float[]."""
        if not self.l2:
            return 0.0
        return self.l2 / 2 * sum(jnp.vdot(p, p) for p in jax.tree.leaves(params))

    def jvp(
        self, params: Params, v: Params, examples: Examples
    ) -> tuple[jax.Array, jax.Array]:
        """Return f and its slope along v, forwards and in blocks."""

        seen, change = jax.jvp(self.as_seen, (params,), (v,))

        def of_block(block: Examples):
            return jax.jvp(lambda p: self.sum_of_losses(p, block), (seen,), (change,))

        value, slope = total(of_block, examples)
        penalty, rise = jax.jvp(self._penalty_array, (params,), (v,))
        return value / examples.count + penalty, slope / examples.count + rise

    def hvp(self, params: Params, v: Params, examples: Examples) -> Params:
        """Return (grad² f) v, forward over reverse, in blocks."""

        def of_block(block: Examples) -> Params:
            gradient = jax.grad(lambda p: self.sum_of_losses(self.as_seen(p), block))
            return jax.jvp(gradient, (params,), (v,))[1]

        curved = total(of_block, examples)
        return jax.tree.map(lambda h, t: h / examples.count + self.l2 * t, curved, v)

    def hessian(self, params: Params, examples: Examples) -> jax.Array:
        """Return grad² f, float[n, n], a Hessian-vector product a row."""
        flat, unravel = ravel_pytree(params)

        def row(unit: jax.Array) -> jax.Array:
            return ravel_pytree(self.hvp(params, unravel(unit), examples))[0]

        return jax.vmap(row)(jnp.eye(flat.size, dtype=flat.dtype))

    def values(self, points: Params, examples: Examples) -> jax.Array:
        """Return f at k points, float[k], each block read once for all of them."""
        each = jax.vmap(self.sum_of_losses, in_axes=(0, None))
        sums = total(partial(each, jax.vmap(self.as_seen)(points)), examples)
        return sums / examples.count + jax.vmap(self._penalty_array)(points)

    def line(
        self,
        params: Params,
        direction: Params,
        lengths: jax.Array,
        examples: Examples,
    ) -> jax.Array:
        """Return f(params + lengths[i] * direction), float[k]."""
        return self.values(along(params, direction, lengths), examples)

    def certificate(self) -> Certificate | None:
        """Return the least training loss with its proof; worked out once."""
        return self._certificate

    def optimum(self) -> float | None:
        """Return the least training loss, or None where it is not known."""
        certificate = self.certificate()
        return None if certificate is None else certificate.loss

    @cached_property
    def _certificate(self) -> Certificate | None:
        return self._certify()

    def _penalty_array(self, params: Params) -> jax.Array:
        return jnp.asarray(self.penalty(params), jax.tree.leaves(params)[0].dtype)
