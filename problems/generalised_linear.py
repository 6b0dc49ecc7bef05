"""The shared part of models with one linear score per example."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

from .blocks import SMALL, total
from .data.examples import Examples
from .mean_loss import MeanLoss
from .objective import Ray, penalty_along
from .random_start import normal


@dataclass(frozen=True, eq=False, repr=False)
class GeneralisedLinear(MeanLoss):
    """f(w) = (1/m) Σ_i ℓ(x_iᵀw, y_i) + (l2/2) ||w||².

    Its Hessian is (1/m) X D Xᵀ + l2 I with D = diag(ℓ''). Along a line the scores
    are z + t d, z and d from two products with the data, so that each further point
    costs one loss per example. The params are one array, float[features].

    Attributes:
        start_scale: Standard deviation of the start point's entries.
    """

    start_scale: float = field(default=1.0, metadata={"static": True}, kw_only=True)

    @staticmethod
    @abstractmethod
    def losses(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return ℓ(z_i, y_i), float[..., examples]."""

    def losses_and_slopes(
        self, scores: jax.Array, targets: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return ℓ and ∂ℓ/∂z at (z_i, y_i), float[examples] each."""
        ones = jnp.ones_like(scores)
        losses, slopes = jax.jvp(lambda z: self.losses(z, targets), (scores,), (ones,))
        return losses, slopes

    @staticmethod
    @abstractmethod
    def curvatures(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return ∂²ℓ/∂z² at (z_i, y_i), float[examples]."""

    def init(self, key: jax.Array) -> jax.Array:
        """Draw w ~ N(0, start_scale²), float[features]."""
        one, _ = self.train.block(0, 1)
        return normal(key, one[:, 0], self.start_scale)

    @property
    def cuts(self) -> bool:
        """Return False: all products except the Hessian's are with a vector."""
        return False

    @property
    def sum_and_gradient(
        self,
    ) -> Callable[[jax.Array, Examples], tuple[jax.Array, jax.Array]]:
        """Return the function for Σ_i ℓ and X ∂ℓ/∂z, in two products."""
        both = self.losses_and_slopes

        def of(w: jax.Array, examples: Examples) -> tuple[jax.Array, jax.Array]:
            x, y = examples
            losses, slopes = both(w @ x, y)
            return losses.sum(), x @ slopes  # slopes @ x.T is many times slower

        return of

    def hvp(self, params: jax.Array, v: jax.Array, examples: Examples) -> jax.Array:
        """Return X D Xᵀ v / m + l2 v, float[features]."""

        def of_block(block: Examples) -> jax.Array:
            x, y = block
            return x @ (self.curvatures(params @ x, y) * (v @ x))

        return total(of_block, examples, cut=False) / examples.count + self.l2 * v

    def ggn(self, params: jax.Array, v: jax.Array, examples: Examples) -> jax.Array:
        """Return X D Xᵀ v / m + l2 v, the Hessian's product: the scores are linear."""
        return self.hvp(params, v, examples)

    def hessian(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return X D Xᵀ / m + l2 I, float[features, features]."""

        def of_block(block: Examples) -> jax.Array:
            x, y = block
            return (x * self.curvatures(params @ x, y)) @ x.T

        mean = total(of_block, examples, most=SMALL) / examples.count
        return mean + self.l2 * jnp.eye(params.size, dtype=params.dtype)

    def ray(
        self, params: jax.Array, direction: jax.Array, examples: Examples
    ) -> Ray | None:
        """Return t -> f(params + t * direction), if the examples are in memory."""
        if not isinstance(examples, Examples):
            return None
        return self._ray(params, direction, examples)

    def _ray(self, params: jax.Array, direction: jax.Array, examples: Examples) -> Ray:
        x, y = examples
        c = penalty_along(self.l2, params, direction)
        return Ray(self.losses, params @ x, direction @ x, y, c)
