"""Linear regression with Huber's loss, robust to outliers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from .certify.certificate import Certificate
from .certify.linear_models import Huber, least_huber
from .data.examples import Examples
from .data.files import SETTINGS, checked_settings, from_files
from .data.regression import regression_data
from .data.split import Block, Split, place
from .generalised_linear import GeneralisedLinear
from .settings import (
    SHARES,
    Condition,
    Count,
    DType,
    Fraction,
    Nonnegative,
    Positive,
    Seed,
    declares,
)

DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {
        "rows": 1000,
        "columns": 20,
        "condition": 100.0,
        "noise": 0.1,
        "outliers": 0.1,
        "outlier_scale": 10.0,
        **SHARES,
    },
    "diabetes": SHARES,
    "linnerud": SHARES,
    "files": {key: value for key, value in SETTINGS.items() if key != "stream"},
}


def huber(delta: float, residuals: jax.Array) -> jax.Array:
    """Return r²/2 where |r| <= δ and δ (|r| - δ/2) elsewhere."""
    slopes = jnp.clip(residuals, -delta, delta)
    return slopes * (residuals - slopes / 2)


def _sum_of_hubers(delta: float, w: jax.Array, examples: Examples) -> jax.Array:
    return huber(delta, w @ examples.inputs - examples.targets).sum()


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class HuberRegression(GeneralisedLinear):
    """f(w) = (1/m) Σ_i h(x_iᵀw - y_i) + (l2/2) ||w||².

    h(r) = r²/2 where |r| <= δ and δ (|r| - δ/2) elsewhere: convex, with a continuous
    slope and a curvature of 1 or 0.

    Attributes:
        delta: δ, in units of the targets.
    """

    delta: float = field(metadata={"static": True}, kw_only=True)

    def losses(self, scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return h(z - y)."""
        return huber(self.delta, scores - targets)

    def curvatures(self, scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return 1 where |z - y| <= δ, else 0."""
        return (jnp.abs(scores - targets) <= self.delta).astype(scores.dtype)

    @property
    def sum_of_losses(self) -> Callable[[jax.Array, Examples], jax.Array]:
        """Return Σ_i h(x_iᵀw - y_i)."""
        return partial(_sum_of_hubers, self.delta)

    def _certify(self) -> Certificate | None:
        inputs, targets = (np.asarray(x, np.float64) for x in self.train)
        start = np.asarray(self.init(jax.random.key(0)), np.float64)
        return least_huber(Huber(inputs, targets, self.delta, self.l2), start)


def _contaminated(
    parts: Split[Block], share: float, size: float, seed: int
) -> Split[Block]:
    """Add N(0, size²) to a share of each part's targets."""
    rng = np.random.default_rng([seed, 2])

    def spoilt(part: Block) -> Block:
        inputs, targets = part
        count = round(share * targets.size)
        chosen = rng.choice(targets.size, count, replace=False)
        noise = np.zeros_like(targets)
        noise[chosen] = size * rng.standard_normal(count)
        return inputs, targets + noise

    return parts.map(spoilt)


def _resolve(dataset: str = "synthetic", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set does not take a setting, or a file is not valid.
    """
    return checked_settings(DATA_SETS, dataset, given)


@declares(resolve=_resolve)
def huber_regression(
    *,
    dataset: Literal["synthetic", "diabetes", "linnerud", "files"] = "synthetic",
    file: str | None = None,
    inputs: str | list[str] | None = None,
    targets: str | None = None,
    rows: Count | None = None,
    columns: Count | None = None,
    condition: Condition | None = None,
    noise: Nonnegative | None = None,
    outliers: Fraction | None = None,
    outlier_scale: Nonnegative | None = None,
    delta: Positive = 0.1345,
    l2: Nonnegative = 0.0,
    start_scale: Nonnegative = 1.0,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> HuberRegression:
    """Make a Huber regression on targets with outliers.

    Synthetic data are those of the linear regression, y = Xᵀw + noise, with
    N(0, outlier_scale²) added to a share of the targets.

    Args:
        dataset: "synthetic", or scikit-learn's "diabetes" or "linnerud", standardised,
            with a constant feature in front, or "files".
        file: A table as in `read_table`, .csv, .tsv, .parquet or .npz; files only.
        inputs: A .npy file of number[examples, features]; with `file`, the columns of
            the inputs (all but the targets), or the name of an array; files only.
        targets: A .npy file of number[examples]; with `file`, a column, or the name of
            an array; files only.
        rows: Total number of examples; synthetic only (1000).
        columns: Features; synthetic only (20).
        condition: Of XXᵀ/m, exact if there are at least as many training examples as
            columns; synthetic only (100).
        noise: Standard deviation of the noise of every target; synthetic only (0.1).
        outliers: Share of outliers among the targets, in every part; synthetic only
            (0.1).
        outlier_scale: Standard deviation of the noise added to outliers; synthetic only
            (10).
        delta: δ, in units of the targets; the default, 1.345 deviations of the noise,
            has 95 % of the efficiency of least squares if there are no outliers.
        l2: Penalty on all weights.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples (0.2; for files the last ones, 0).
        validation: Share of the examples on which tuning chooses settings.
        data_seed: Seed of the synthetic data.
        dtype: Of data and params.

    References:
        Huber, "Robust estimation of a location parameter", 1964.
    """
    settings = _resolve(
        dataset,
        file=file,
        inputs=inputs,
        targets=targets,
        rows=rows,
        columns=columns,
        condition=condition,
        noise=noise,
        outliers=outliers,
        outlier_scale=outlier_scale,
        held_out=held_out,
        validation=validation,
    )
    if dataset == "files":
        train, held, chosen_on, *_ = from_files(**settings, dtype=dtype, stream=False)
    else:
        share, size = (settings.pop(x, 0.0) for x in ("outliers", "outlier_scale"))
        parts, _ = regression_data(dataset, data_seed, **settings)
        if share:
            parts = _contaminated(parts, share, size, data_seed)
        train, held, chosen_on = place(parts, dtype)
    return HuberRegression(
        train,
        held,
        validation=chosen_on,
        l2=l2,
        start_scale=start_scale,
        delta=delta,
    )
