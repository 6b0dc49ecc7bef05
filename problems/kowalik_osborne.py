"""Kowalik and Osborne's enzyme kinetics: four rate constants, eleven measurements."""

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .certify.certificate import Certificate, certified
from .certify.convex import largest_eigenvalue, trust_region
from .data.examples import Examples, no_examples
from .random_start import normal
from .settings import DType, Nonnegative
from .shown import Shown

# Substrate concentrations, and the rates measured at them.
AT = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
RATES = np.array(
    [
        *(0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627),
        *(0.0456, 0.0342, 0.0323, 0.0235, 0.0246),
    ]
)
START = np.array([0.25, 0.39, 0.415, 0.39])
MINIMISER = np.array(
    [
        *(0.1928069345790379, 0.19128232873436696),
        *(0.12305650692632107, 0.1360623306837948),
    ]
)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class KowalikOsborne(Shown):
    """f(x) = Σ_i (y_i - x₁ (u_i² + u_i x₂) / (u_i² + u_i x₃ + x₄))².

    Its least value is 3.07505...e-4. Towards infinity it approaches 1.02734...e-3, and
    an optimizer may end there.

    Attributes:
        train: No examples: the published function is a sum, not a mean.
        held_out: None.
        at: u, float[11].
        rates: y, float[11].
        start_scale: Standard deviation of what is added to the usual start.
    """

    train: Examples
    held_out: None
    at: jax.Array
    rates: jax.Array
    start_scale: float = field(default=0.0, metadata={"static": True})

    def init(self, key: jax.Array) -> jax.Array:
        """Return (0.25, 0.39, 0.415, 0.39) + N(0, start_scale²)."""
        start = jnp.asarray(START, self.train.inputs.dtype)
        return start + normal(key, start, self.start_scale)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        return jnp.sum(jnp.square(self.residuals(params, examples)))

    def residuals(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return the measured rates minus the model's, float[11]."""
        del examples
        u, (a, b, c, d) = self.at, params
        return self.rates - a * (u**2 + u * b) / (u**2 + u * c + d)

    def certificate(self) -> Certificate | None:
        """Return the least value that two methods find from the usual start."""
        kinetics = Kinetics(*(np.asarray(x, np.float64) for x in (self.at, self.rates)))
        start = np.asarray(self.init(jax.random.key(0)), np.float64)
        return kinetics.certify(start)

    def optimum(self) -> float | None:
        """Return 3.07505...e-4."""
        certificate = self.certificate()
        return None if certificate is None else certificate.loss

    def minimisers(self) -> NDArray:
        """Return the minimiser of the published data, float64[1, 4]."""
        return MINIMISER[None]


@dataclass(frozen=True)
class Kinetics:
    """The same function on the host in float64, with its derivatives written out.

    Attributes:
        at: u, float64[11].
        rates: y, float64[11].
    """

    at: NDArray
    rates: NDArray

    def residuals(self, x: NDArray) -> NDArray:
        """Return the model's rates minus the measured ones, float64[11]."""
        above, below = self._parts(x)
        return x[0] * above / below - self.rates

    def jacobian(self, x: NDArray) -> NDArray:
        """Return the residuals' derivatives, float64[11, 4]."""
        (above, below), u = self._parts(x), self.at
        along = -x[0] * above / below**2
        return np.stack([above / below, x[0] * u / below, along * u, along], axis=1)

    def loss_and_gradient(self, x: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        residuals = self.residuals(x)
        return float(residuals @ residuals), 2 * residuals @ self.jacobian(x)

    def hessian(self, x: NDArray) -> NDArray:
        """Return 2 JᵀJ + 2 Σ_i r_i grad² r_i, float64[4, 4]."""
        (above, below), u = self._parts(x), self.at
        residuals, jacobian = self.residuals(x), self.jacobian(x)
        twice = 2 * x[0] * above / below**3
        curved = np.zeros((4, 4))
        curved[0, 1] = residuals @ (u / below)
        curved[0, 2] = residuals @ (-above * u / below**2)
        curved[0, 3] = residuals @ (-above / below**2)
        curved[1, 2] = residuals @ (-x[0] * u**2 / below**2)
        curved[1, 3] = residuals @ (-x[0] * u / below**2)
        curved[2, 3] = residuals @ (twice * u)
        curved += curved.T
        curved[2, 2], curved[3, 3] = residuals @ (twice * u**2), residuals @ twice
        return 2 * (jacobian.T @ jacobian + curved)

    def certify(self, start: NDArray) -> Certificate | None:
        """Compare MINPACK's Levenberg-Marquardt method and a trust region method."""
        from scipy.optimize import leastsq

        marquardt = leastsq(
            self.residuals, START, Dfun=self.jacobian, xtol=1e-15, ftol=1e-15
        )[0]
        return certified(
            {
                "levenberg-marquardt": marquardt,
                "trust region": trust_region(self, START),
            },
            self.loss_and_gradient,
            convexity=0.0,
            eigenvalue_start=largest_eigenvalue(self.hessian(start)),
            eigenvalue_optimum=largest_eigenvalue(self.hessian(marquardt)),
        )

    def _parts(self, x: NDArray) -> tuple[NDArray, NDArray]:
        u = self.at
        return u**2 + u * x[1], u**2 + u * x[2] + x[3]


def kowalik_osborne(
    *, start_scale: Nonnegative = 0.0, dtype: DType = "float32"
) -> KowalikOsborne:
    """Make Kowalik and Osborne's function.

    Args:
        start_scale: Standard deviation of what is added to the usual start; 0 makes
            all seeds the same.
        dtype: Of data and params.

    References:
        Kowalik and Osborne, "Methods for Unconstrained Optimization Problems", 1968.
        Moré, Garbow and Hillstrom, "Testing unconstrained optimization software",
        1981, problem 15. NIST's Statistical Reference Datasets hold it as MGH09.
    """
    at, rates = (jnp.asarray(x, dtype) for x in (AT, RATES))
    return KowalikOsborne(no_examples(dtype), None, at, rates, start_scale)
