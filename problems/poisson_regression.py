"""Regression of counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy

from .certify.certificate import Certificate
from .certify.convex import least_convex
from .certify.linear_models import Poisson
from .data.examples import Examples
from .data.scikit_learn import load_scikit_learn
from .data.split import Block, Split, fill, place, sizes
from .data.synthetic import conditioned
from .generalised_linear import GeneralisedLinear
from .settings import (
    SHARES,
    Condition,
    Count,
    DType,
    Fraction,
    Nonnegative,
    Seed,
    data_set_settings,
    declares,
)

DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {"rows": 1000, "columns": 20, "condition": 10.0, **SHARES},
    "diabetes": SHARES,
    "linnerud": SHARES,
}


def _sum_of_losses(w: jax.Array, examples: Examples) -> jax.Array:
    return PoissonRegression.losses(w @ examples.inputs, examples.targets).sum()


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class PoissonRegression(GeneralisedLinear):
    """f(w) = (1/m) Σ_i (μ_i - y_i + y_i log(y_i/μ_i)) + (l2/2) ||w||².

    It is half the deviance of counts y_i with means μ_i = exp(x_iᵀw), 0 if all are met.
    Its curvature grows without bound along a line.
    """

    @staticmethod
    def losses(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return exp(z) - y + y (log y - z)."""
        return jnp.exp(scores) - targets + xlogy(targets, targets) - targets * scores

    def losses_and_slopes(
        self, scores: jax.Array, targets: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return the losses and exp(z) - y."""
        return self.losses(scores, targets), jnp.exp(scores) - targets

    @staticmethod
    def curvatures(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return exp(z)."""
        del targets
        return jnp.exp(scores)

    @property
    def sum_of_losses(self) -> Callable[[jax.Array, Examples], jax.Array]:
        """Return half the deviance of all examples."""
        return _sum_of_losses

    def _certify(self) -> Certificate | None:
        inputs, counts = (np.asarray(x, np.float64) for x in self.train)
        start = np.asarray(self.init(jax.random.key(0)), np.float64)
        return least_convex(Poisson(inputs, counts, self.l2), start, self.l2)


def _resolve(dataset: str = "synthetic", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set does not take a setting.
    """
    return data_set_settings(DATA_SETS, dataset, given)


def _synthetic(
    seed: int, rows: int, columns: int, condition: float, **shares: float
) -> Split[Block]:
    """Draw y ~ Poisson(exp(xᵀw)), w Gaussian of length 1."""
    rng = np.random.default_rng(seed)
    counts = sizes(rows, **shares)
    inputs, _ = conditioned(rng, columns, counts.train, rows - counts.train, condition)
    weights = rng.standard_normal(columns)
    weights /= np.linalg.norm(weights)

    def with_counts(x):
        return x, rng.poisson(np.exp(weights @ x)).astype(float)

    return fill(map(with_counts, inputs), columns, counts, "float64")


def _bundled(
    dataset: str, seed: int, held_out: float, validation: float
) -> Split[Block]:
    """Return a data set whose targets are counts, the inputs standardised."""
    of = dataset, held_out, validation, seed
    inputs, targets = load_scikit_learn(*of), load_scikit_learn(*of, standardise=False)
    return Split(*((x, y) for (x, _), (_, y) in zip(inputs, targets, strict=True)))


@declares(resolve=_resolve)
def poisson_regression(
    *,
    dataset: Literal["synthetic", "diabetes", "linnerud"] = "synthetic",
    rows: Count | None = None,
    columns: Count | None = None,
    condition: Condition | None = None,
    l2: Nonnegative = 1e-3,
    start_scale: Nonnegative = 0.1,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> PoissonRegression:
    """Make a Poisson regression, of counts.

    Args:
        dataset: "synthetic", or scikit-learn's "diabetes" (the measure of progression)
            or "linnerud" (the pulse), inputs standardised, with a constant feature in
            front.
        rows: Total number of examples; synthetic only (1000).
        columns: Features; synthetic only (20).
        condition: Of XXᵀ/m, exact if there are at least as many training examples as
            columns; synthetic only (10).
        l2: Penalty on all weights.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples (0.2).
        validation: Share of validation examples, on which tuning chooses settings.
        data_seed: Seed of the data and the split.
        dtype: Of data and params.

    References:
        McCullagh and Nelder, "Generalized Linear Models", 1989, chapter 6.
    """
    settings = _resolve(
        dataset,
        rows=rows,
        columns=columns,
        condition=condition,
        held_out=held_out,
        validation=validation,
    )
    draw = _synthetic if dataset == "synthetic" else partial(_bundled, dataset)
    train, held, chosen_on = place(draw(data_seed, **settings), dtype)
    return PoissonRegression(
        train, held, validation=chosen_on, l2=l2, start_scale=start_scale
    )
