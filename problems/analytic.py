"""Functions that are stated by a formula, and sums of squares of such functions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from .data.examples import Examples, no_examples
from .random_start import normal
from .shown import Shown

Formula = Callable[[jax.Array, Any], jax.Array]
"""(x, data) -> float[], or float[m] for the residuals of a sum of squares.

x is float[n]. `data` are the constants of the formula that are arrays, which are then
arguments of a program and not a part of it.
"""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Analytic(Shown):
    """f(x) = formula(x, data), without examples.

    Attributes:
        train: No examples.
        held_out: None.
        usual: The usual start, float[n].
        data: The arrays that the formula reads; () for none.
        formula: A function of a module, so that programs can be kept by its name.
        least: The least value; None if it is not known.
        minima: The points where f is least, as far as they are known, float[n] each.
        start_scale: Standard deviation of what is added to the usual start.
    """

    train: Examples
    held_out: None
    usual: jax.Array
    data: Any
    formula: Formula = field(metadata={"static": True})
    least: float | None = field(default=None, metadata={"static": True})
    minima: tuple[tuple[float, ...], ...] = field(default=(), metadata={"static": True})
    start_scale: float = field(default=0.0, metadata={"static": True})

    def init(self, key: jax.Array) -> jax.Array:
        """Return the usual start + N(0, start_scale²), float[n]."""
        return self.usual + normal(key, self.usual, self.start_scale)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        del examples
        return self.formula(params, self.data)

    def optimum(self) -> float | None:
        """Return the least value, or None if it is not known."""
        return self.least

    def minimisers(self) -> NDArray | None:
        """Return the known points where f is least, float64[k, n], or None."""
        return np.array(self.minima, np.float64) if self.minima else None


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class SumOfSquares(Analytic):
    """f(x) = Σ_i r_i(x)², r = formula(x, data).

    The attributes are those of `Analytic`.
    """

    def residuals(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return r, float[m]; the sum of their squares is the loss."""
        del examples
        return self.formula(params, self.data)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        return jnp.sum(jnp.square(self.residuals(params, examples)))


def analytic(
    formula: Formula,
    start: ArrayLike,
    *,
    data: Any = (),
    least: float | None = None,
    minima: tuple[tuple[float, ...], ...] = (),
    start_scale: float = 0.0,
    dtype: str = "float32",
    squares: bool = False,
    kind: type[Analytic] | None = None,
) -> Analytic:
    """Make a problem of a formula.

    Args:
        formula: (x, data) -> float[], or the residuals, float[m].
        start: The usual start, float[n].
        data: A tree of arrays, for the formula.
        least, minima, start_scale: As of `Analytic`.
        dtype: Of params and data.
        squares: Whether the formula returns residuals.
        kind: A class of the same fields, if it is another.
    """
    kind = kind or (SumOfSquares if squares else Analytic)
    usual = jnp.asarray(start, dtype)
    arrays = jax.tree.map(lambda x: jnp.asarray(x, dtype), data)
    return kind(
        no_examples(dtype), None, usual, arrays, formula, least, minima, start_scale
    )
