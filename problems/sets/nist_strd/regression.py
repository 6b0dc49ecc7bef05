"""NIST's nonlinear regressions, with certified solutions."""

from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from ...analytic import SumOfSquares
from ...data.examples import no_examples
from ...random_start import normal
from ...settings import DType, Nonnegative
from .published import Problem, published


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class NonlinearRegression(SumOfSquares):
    """f(b) = Σ_i (model(b, x_i) - y_i)², least at certified params.

    The attributes are those of `Analytic`; `start_scale` is relative, because params of
    one problem differ by up to nine orders of magnitude.
    """

    def init(self, key: jax.Array) -> jax.Array:
        """Return b (1 + N(0, start_scale²)) for each b of the usual start, float[n]."""
        return self.usual * (1 + normal(key, self.usual, self.start_scale))

    def optimum(self) -> float | None:
        """Return the residual sum of squares of exactly the data that are held.

        Levenberg and Marquardt's method in float64 starts at the certified params. In
        float64 the result is the certified sum to its 11 digits, and some more; in
        float32 it is that of the rounded data.
        """
        from scipy.optimize import least_squares

        x, y = (np.asarray(array, np.float64) for array in self.data)
        certified = np.array(self.minima[0])

        def residuals(b: np.ndarray) -> np.ndarray:
            return self.formula(b, (x, y))  # type: ignore[arg-type]

        found = least_squares(
            residuals,
            certified,
            method="lm",
            x_scale="jac",
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
        return float(min(np.sum(residuals(b) ** 2) for b in (certified, found.x)))


def nist_strd(
    *,
    problem: Problem = "misra1a",
    start: Literal[1, 2] = 1,
    start_scale: Nonnegative = 0.0,
    dtype: DType = "float32",
) -> NonlinearRegression:
    """Make a nonlinear regression of NIST's Statistical Reference Datasets.

    Args:
        problem: Its name there, in lower case.
        start: The first start is far from the solution, the second nearer.
        start_scale: Standard deviation of the relative change of each param of the
            start; 0 makes all seeds the same.
        dtype: Of data and params. The sums of the problems "lanczos" differ from 0 by
            more than rounding in float64 only.

    References:
        National Institute of Standards and Technology, "Statistical Reference Datasets:
        Nonlinear Regression", https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml.
    """
    stated = published()[problem]
    return NonlinearRegression(
        no_examples(dtype),
        None,
        jnp.asarray(stated.starts[start - 1], dtype),
        tuple(jnp.asarray(column, dtype) for column in (stated.x, stated.y)),
        stated.residuals,
        stated.least,
        stated.minima,
        start_scale,
    )
