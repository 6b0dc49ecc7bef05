"""A quadratic with an exact Hessian, and optional gradient noise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import Ge, MinLen, MultipleOf
from numpy.typing import NDArray

from factories import FactoryError

from .certify.certificate import Certificate
from .data.examples import Examples, examples, no_examples
from .data.synthetic import NoSourceError, gaussian, rotation
from .data.synthetic import spectrum as even
from .random_start import normal
from .settings import Condition, Count, DType, Nonnegative, Seed, declares
from .shown import Shown

Spectrum = Annotated[list[Nonnegative] | tuple[Nonnegative, ...], MinLen(1)]
Even = Annotated[int, Ge(2), MultipleOf(2)]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Quadratic(Shown):
    """f(x) = ½ Σ_i λ_i t_i² + ξ̄ᵀt + constant, t = Qᵀ(x - c), Q a rotation or identity.

    The minimiser c lies away from 0: otherwise an optimizer that shrinks x, as weight
    decay does, would solve the problem without a gradient. ξ̄ is the mean of the given
    examples, ξ_i ~ N(0, σ_i²). The training ones are pairs ±ξ: the mean of all of them
    is 0, and a batch's gradient has noise.

    Attributes:
        train: ξ as inputs, float[n, rows]; no examples without noise.
        held_out: None.
        eigenvalues: λ, float[n].
        minimiser: c, float[n].
        rotation: Q, float[n, n], or None for the identity.
        noise: σ, float[n], or None.
        constant: The least value of f.
        start_scale: Standard deviation of the start point's entries.
        unique: Whether no eigenvalue is 0, so that there is one minimiser.
    """

    train: Examples
    held_out: None
    eigenvalues: jax.Array
    minimiser: jax.Array
    rotation: jax.Array | None
    noise: jax.Array | None
    constant: float = field(default=0.0, metadata={"static": True})
    start_scale: float = field(default=1.0, metadata={"static": True})
    unique: bool = field(default=True, metadata={"static": True})

    def init(self, key: jax.Array) -> jax.Array:
        """Draw x ~ N(0, start_scale²), float[n]."""
        return normal(key, self.eigenvalues, self.start_scale)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        away = params - self.minimiser
        turned = away if self.rotation is None else away @ self.rotation
        loss = jnp.vdot(self.eigenvalues * turned, turned) / 2 + self.constant
        if examples.count:
            loss = loss + jnp.vdot(examples.inputs.mean(axis=-1), turned)
        return loss

    def draw(self, key: jax.Array, size: int) -> Examples:
        """Draw fresh ξ ~ N(0, diag σ²).

        Raises:
            NoSourceError: There is no noise.
        """
        if self.noise is None:
            raise NoSourceError("without noise there are no examples to draw")
        draws = normal(
            key, jax.ShapeDtypeStruct((self.noise.size, size), self.noise.dtype), 1.0
        )
        return Examples(self.noise[:, None] * draws, jnp.zeros(size, self.noise.dtype))

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
        """Return f(c) = constant, where the gradient is 0."""
        largest = float(np.max(np.asarray(self.eigenvalues, np.float64)))
        solvers = {"closed form": self.constant}
        return Certificate(self.constant, 0.0, 0.0, solvers, largest, largest)

    def optimum(self) -> float:
        """Return the constant."""
        return self.constant

    def minimisers(self) -> jax.Array | None:
        """Return c, float[1, n]; None if it is not the only one."""
        return self.minimiser[None] if self.unique else None


def _resolve(
    spectrum: Sequence[float] | None = None,
    dimension: int | None = None,
    condition: float | None = None,
    noise: float | Sequence[float] | None = None,
    rows: int | None = None,
    **rest: Any,
) -> dict[str, Any]:
    """Return the settings of spectrum and noise, with defaults for those not given.

    Raises:
        FactoryError: The spectrum is given in two ways, or the noise does not fit it.
    """
    del rest
    for key, value in (("dimension", dimension), ("condition", condition)):
        if spectrum is not None and value is not None:
            raise FactoryError(f'"{key}" and "spectrum" exclude each other', key)
    shape: dict[str, Any] = {"spectrum": spectrum}
    if spectrum is None:
        shape = {"dimension": dimension or 20, "condition": condition or 100.0}
    size = len(spectrum) if spectrum is not None else shape["dimension"]
    return shape | _resolve_noise(noise, rows, size)


def _resolve_noise(
    noise: float | Sequence[float] | None, rows: int | None, size: int
) -> dict[str, Any]:
    if noise is None:
        if rows is not None:
            raise FactoryError('"rows" are examples of noise and need "noise"', "rows")
        return {}
    if not isinstance(noise, float | int) and len(noise) != size:
        words = f'"noise" has {len(noise)} entries and the spectrum {size}'
        raise FactoryError(words, "noise")
    return {"noise": noise, "rows": rows or 1000}


@declares(resolve=_resolve)
def quadratic(
    *,
    spectrum: Spectrum | None = None,
    dimension: Count | None = None,
    condition: Condition | None = None,
    rotate: bool = False,
    constant: float = 0.0,
    distance: Nonnegative = 1.0,
    noise: Nonnegative | Spectrum | None = None,
    rows: Even | None = None,
    start_scale: Nonnegative = 1.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Quadratic:
    """Make a quadratic.

    Args:
        spectrum: Eigenvalues of the Hessian; or
        dimension: the number of eigenvalues (20), and
        condition: largest over least (100), from 1 down, evenly spaced in logarithms.
        rotate: Whether to apply a random rotation.
        constant: Least value.
        distance: Of the minimiser from 0; its direction is random.
        noise: Standard deviation of an example's gradient along each of the
            Hessian's axes, one for all or a list; without noise there are no examples.
        rows: Examples of noise, an even number (1,000).
        start_scale: Standard deviation of the start point's entries.
        data_seed: Seed of the rotation, of the noise and of the minimiser.
        dtype: Of data and params.
    """
    given = _resolve(spectrum, dimension, condition, noise, rows)
    eigenvalues, rng = _eigenvalues(**given), np.random.default_rng(data_seed)
    turn = jnp.asarray(rotation(rng, eigenvalues.size), dtype) if rotate else None
    train, deviations = _noise(rng, eigenvalues.size, dtype, **given)
    return Quadratic(
        train,
        None,
        jnp.asarray(eigenvalues, dtype),
        jnp.asarray(_minimiser(data_seed, eigenvalues.size, distance), dtype),
        turn,
        deviations,
        constant,
        start_scale,
        bool(np.all(eigenvalues > 0)),
    )


def _minimiser(seed: int, size: int, distance: float) -> NDArray:
    """Draw a point at a distance from 0, uniformly, float64[size]."""
    direction = np.random.default_rng([seed, 1]).standard_normal(size)
    return distance * direction / np.linalg.norm(direction)


def _eigenvalues(
    dimension: int = 0,
    condition: float = 1.0,
    spectrum: Sequence[float] | None = None,
    **rest: Any,
) -> NDArray:
    del rest
    return (
        even(dimension, condition) if spectrum is None else np.asarray(spectrum, float)
    )


def _noise(
    rng: np.random.Generator,
    size: int,
    dtype: str,
    noise: float | Sequence[float] | None = None,
    rows: int = 0,
    **rest: Any,
) -> tuple[Examples, jax.Array | None]:
    """Return the training examples and σ, float[size]."""
    del rest
    if noise is None:
        return no_examples(dtype), None
    deviations = np.broadcast_to(np.asarray(noise, float), size)
    drawn = _pairs(rng, deviations, rows)
    return examples(drawn, np.zeros(rows), dtype), jnp.asarray(deviations, dtype)


def _pairs(rng: np.random.Generator, deviations: NDArray, count: int) -> NDArray:
    """Draw ξ and -ξ, ξ ~ N(0, diag σ²): their mean is 0 and each variance σ² exactly.

    Args:
        rng: Random generator.
        deviations: σ, float64[n].
        count: Examples, an even number.

    Returns:
        float64[n, count], the second half the negative of the first.
    """
    draws = gaussian(rng, deviations.size, count // 2)
    size = np.sqrt(np.mean(np.square(draws), axis=1))
    half = (deviations / size)[:, None] * draws
    return np.hstack([half, -half])
