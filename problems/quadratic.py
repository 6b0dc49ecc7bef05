"""A quadratic whose Hessian is known to the last digit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import MinLen
from numpy.typing import NDArray

from factories import FactoryError

from .certificate import Certificate
from .examples import Examples, no_examples
from .random_start import normal
from .settings import Condition, Count, DType, Nonnegative, Seed
from .synthetic import rotation
from .synthetic import spectrum as even

Spectrum = Annotated[list[Nonnegative] | tuple[Nonnegative, ...], MinLen(1)]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Quadratic:
    """f(x) = ½ Σ_i λ_i (Qᵀx)_i² + constant, Q a rotation or the identity.

    Attributes:
        train: No examples.
        held_out: None.
        eigenvalues: λ, float[n].
        rotation: Q, float[n, n], or None for the identity.
        constant: Of f, which is its least value.
        start_scale: Standard deviation of the start point's entries.
    """

    train: Examples
    held_out: None
    eigenvalues: jax.Array
    rotation: jax.Array | None
    constant: float = field(default=0.0, metadata={"static": True})
    start_scale: float = field(default=1.0, metadata={"static": True})

    def init(self, key: jax.Array) -> jax.Array:
        """Draw x ~ N(0, start_scale²), float[n]."""
        return normal(key, self.eigenvalues, self.start_scale)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        del examples
        turned = params if self.rotation is None else params @ self.rotation
        half = jnp.vdot(self.eigenvalues * turned, turned) / 2
        return half + self.constant

    def hvp(self, params: jax.Array, v: jax.Array, examples: Examples) -> jax.Array:
        """Return Q Λ Qᵀ v, float[n]."""
        del params, examples
        if self.rotation is None:
            return self.eigenvalues * v
        return self.rotation @ (self.eigenvalues * (v @ self.rotation))

    def hessian(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return Q Λ Qᵀ, float[n, n]."""
        del params, examples
        if self.rotation is None:
            return jnp.diag(self.eigenvalues)
        return (self.rotation * self.eigenvalues) @ self.rotation.T

    def certificate(self) -> Certificate:
        """Return f(0) = constant, where the gradient is 0."""
        largest = float(np.max(np.asarray(self.eigenvalues, np.float64)))
        solvers = {"closed form": self.constant}
        return Certificate(self.constant, 0.0, 0.0, solvers, largest, largest)

    def optimum(self) -> float:
        """Return the constant."""
        return self.constant


def settled(
    spectrum: Sequence[float] | None = None,
    dimension: int | None = None,
    condition: float | None = None,
    **rest: Any,
) -> dict[str, Any]:
    """Return how the spectrum is given, its defaults filled in.

    Raises:
        FactoryError: It is given in two ways.
    """
    del rest
    for key, value in (("dimension", dimension), ("condition", condition)):
        if spectrum is not None and value is not None:
            raise FactoryError(f'"{key}" and "spectrum" exclude each other', key)
    if spectrum is not None:
        return {"spectrum": spectrum}
    return {"dimension": dimension or 20, "condition": condition or 100.0}


def quadratic(
    *,
    spectrum: Spectrum | None = None,
    dimension: Count | None = None,
    condition: Condition | None = None,
    rotate: bool = False,
    constant: float = 0.0,
    start_scale: Nonnegative = 1.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Quadratic:
    """Make a quadratic.

    Args:
        spectrum: Eigenvalues of the Hessian; or
        dimension: How many there are (20), and
        condition: Largest over least (100), from 1 down, even in logarithms.
        rotate: Whether the axes are turned, by a random rotation.
        constant: Least value.
        start_scale: Standard deviation of the start point's entries.
        data_seed: Of the rotation.
        dtype: Of data and params.
    """
    eigenvalues = _eigenvalues(**settled(spectrum, dimension, condition))
    turn = None
    if rotate:
        turn = jnp.asarray(
            rotation(np.random.default_rng(data_seed), eigenvalues.size), dtype
        )
    return Quadratic(
        no_examples(dtype),
        None,
        jnp.asarray(eigenvalues, dtype),
        turn,
        constant,
        start_scale,
    )


def _eigenvalues(
    dimension: int = 0,
    condition: float = 1.0,
    spectrum: Sequence[float] | None = None,
) -> NDArray:
    return (
        even(dimension, condition) if spectrum is None else np.asarray(spectrum, float)
    )
