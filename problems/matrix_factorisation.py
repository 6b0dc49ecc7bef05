"""Matrix factorisation, which has saddles but only global minima."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import Ge, Le

from .certify.certificate import Certificate
from .certify.least_squares import nearest_of_rank
from .data.examples import Examples, no_examples
from .data.scikit_learn import load_scikit_learn
from .random_start import normal
from .settings import Count, DType, Nonnegative
from .shown import Shown

MOST_ROWS = 1797  # images in scikit-learn's digits
COLUMNS = 450  # columns of E at a time, which stay in the cache for two products


class Factors(NamedTuple):
    """L and R.

    Attributes:
        left: float[features, rank].
        right: float[rank, rows].
    """

    left: jax.Array
    right: jax.Array


@jax.custom_jvp
def _half_square(matrix: jax.Array, factors: Factors) -> jax.Array:
    """Return ½ ||L R - A||², whose gradient is (E Rᵀ, Lᵀ E), E = L R - A.

    The gradient is taken some columns of E at a time.
    """
    error = factors.left @ factors.right - matrix
    return jnp.vdot(error, error) / 2


@_half_square.defjvp
def _half_square_jvp(primals, tangents):
    (matrix, (left, right)), (of_matrix, (v, w)) = primals, tangents
    value = slope = jnp.zeros((), matrix.dtype)
    of_left = jnp.zeros_like(left)
    for first in range(0, matrix.shape[1], COLUMNS):
        some = slice(first, first + COLUMNS)
        error = left @ right[:, some] - matrix[:, some]
        value += jnp.vdot(error, error) / 2
        of_left += (right[:, some] @ error.T).T
        slope += jnp.vdot(left.T @ error, w[:, some])
        slope -= jnp.vdot(error, of_matrix[:, some])
    return value, slope + jnp.vdot(of_left, v)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class MatrixFactorisation(Shown):
    """f(L, R) = ½ ||A - L R||², A = X/√m.

    Every choice of A's singular vectors gives a stationary point; all but the
    choice of the largest are saddles, and 0 is one.

    Attributes:
        train: No examples: R has a column for each row of the data, so that the loss
            is not a mean over rows.
        held_out: None.
        matrix: A, float[features, rows].
        rank: Columns of L.
        start_scale: Standard deviation of the start point's entries.
    """

    train: Examples
    held_out: None
    matrix: jax.Array
    rank: int = field(metadata={"static": True})
    start_scale: float = field(default=0.01, metadata={"static": True})

    def init(self, key: jax.Array) -> Factors:
        """Draw L and R ~ N(0, start_scale²)."""
        features, rows = self.matrix.shape
        shapes = ((features, self.rank), (self.rank, rows))
        draws = (
            normal(k, jax.ShapeDtypeStruct(s, self.matrix.dtype), self.start_scale)
            for k, s in zip(jax.random.split(key), shapes, strict=True)
        )
        return Factors(*draws)

    def loss(self, params: Factors, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        del examples
        return _half_square(self.matrix, params)

    def residuals(self, params: Factors, examples: Examples) -> jax.Array:
        """Return the entries of (L R - A)/√2, float[features * rows]."""
        del examples
        return jnp.ravel(params.left @ params.right - self.matrix) / 2**0.5

    def certificate(self) -> Certificate | None:
        """Return half the sum of the squared singular values that are left out."""
        return nearest_of_rank(np.asarray(self.matrix, np.float64), self.rank)

    def optimum(self) -> float | None:
        """Return the least value."""
        certificate = self.certificate()
        return None if certificate is None else certificate.loss


def matrix_factorisation(
    *,
    dataset: Literal["digits"] = "digits",
    rows: Annotated[int, Ge(1), Le(MOST_ROWS)] = MOST_ROWS,
    rank: Count = 8,
    start_scale: Nonnegative = 0.01,
    dtype: DType = "float32",
) -> MatrixFactorisation:
    """Make a matrix factorisation.

    Args:
        dataset: X is scikit-learn's digits, standardised, float[64, rows].
        rows: The number of images, from the first on.
        rank: Columns of L.
        start_scale: Standard deviation of the start point's entries; a smaller one is
            nearer to the saddle at 0.
        dtype: Of data and params.

    References:
        Baldi and Hornik, "Neural networks and principal component analysis: Learning
        from examples without local minima", 1989.
    """
    inputs, _ = load_scikit_learn(dataset, 0.0, 0.0, 0).train
    matrix = inputs[1:, :rows] / np.sqrt(rows)
    return MatrixFactorisation(
        no_examples(dtype), None, jnp.asarray(matrix, dtype), rank, start_scale
    )
