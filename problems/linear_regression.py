"""Linear regression by least squares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp

from .blocks import SMALL, total
from .certify.certificate import Certificate
from .certify.least_squares import least_squares
from .data.examples import Examples
from .data.files import from_files
from .data.regression import DataSet, regression_data, resolve
from .data.split import place
from .data.synthetic import source
from .generalised_linear import GeneralisedLinear
from .settings import (
    Condition,
    Count,
    DType,
    Fraction,
    Nonnegative,
    Seed,
    declares,
    reports,
)


def _sum_of_squares(w: jax.Array, examples: Examples) -> jax.Array:
    return LinearRegression.losses(w @ examples.inputs, examples.targets).sum()


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class LinearRegression(GeneralisedLinear):
    """f(w) = (1/m) Σ_i (x_iᵀw - y_i)² + (l2/2) ||w||²."""

    @staticmethod
    def losses(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return (z - y)²."""
        return jnp.square(scores - targets)

    def losses_and_slopes(
        self, scores: jax.Array, targets: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return (z - y)² and 2 (z - y)."""
        residuals = scores - targets
        return jnp.square(residuals), 2 * residuals

    @staticmethod
    def curvatures(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return 2, whatever the score."""
        del targets
        return jnp.full_like(scores, 2.0)

    def hessian(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return 2 X Xᵀ / m + l2 I, float[features, features]."""

        def of_block(block: Examples) -> jax.Array:
            return block.inputs @ block.inputs.T

        squares = total(of_block, examples, most=SMALL)
        eye = jnp.eye(params.size, dtype=params.dtype)
        return 2 * squares / examples.count + self.l2 * eye

    def residuals(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return (x_iᵀw - y_i)/√m, float[m], and after them √(l2/2) w if l2 > 0."""
        x, y = examples.whole()
        return self.scaled(params @ x - y, params, examples.count)

    @property
    def sum_of_losses(self) -> Callable[[jax.Array, Examples], jax.Array]:
        """Return Σ_i (x_iᵀw - y_i)²."""
        return _sum_of_squares

    def metrics(self, params: jax.Array, examples: Examples) -> dict[str, jax.Array]:
        """Return `r2`, 1 - Σ_i (x_iᵀw - y_i)² / Σ_i (y_i - ȳ)²."""
        mean = total(lambda b: b.targets.sum(), examples, cut=False) / examples.count

        def of_block(block: Examples) -> tuple[jax.Array, jax.Array]:
            left = params @ block.inputs - block.targets
            return jnp.square(left).sum(), jnp.square(block.targets - mean).sum()

        unexplained, spread = total(of_block, examples, cut=False)
        return {"r2": 1 - unexplained / spread}

    def _certify(self) -> Certificate | None:
        return least_squares(*self.train.on_host(), self.l2)


@declares(resolve=resolve, metrics=reports("r2"))
def linear_regression(
    *,
    dataset: DataSet | Literal["files"] = "synthetic",
    file: str | None = None,
    inputs: str | list[str] | None = None,
    targets: str | None = None,
    stream: bool | None = None,
    rows: Count | None = None,
    columns: Count | None = None,
    condition: Condition | None = None,
    noise: Nonnegative | None = None,
    l2: Nonnegative = 0.0,
    start_scale: Nonnegative = 1.0,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> LinearRegression:
    """Make a least-squares problem.

    Args:
        dataset: One of `regression_data`, or "files".
        file: A table as in `read_table`, .csv, .tsv, .parquet or .npz; files only.
        inputs: A .npy file of number[examples, features]; with `file`, the columns of
            the inputs (all but the targets), or the name of an array; files only.
        targets: A .npy file of number[examples]; with `file`, a column, or the name of
            an array; files only.
        stream: Whether examples stay in .npy files and are read in blocks; files only
            (default: if they would take more than half of the available memory).
        rows: Total number of examples (synthetic 10,000; blog 1,000,000; sum 100,000).
        columns: Features, the constant one included (synthetic 20; blog 11; sum 101).
        condition: Of the Hessian, exact; if there are fewer training examples than
            columns, of the covariance from which the inputs are drawn; synthetic only
            (100).
        noise: Standard deviation of the noise added to Xᵀw; synthetic only (0.1).
        l2: Penalty on all weights.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples (0.2 if there is noise, else 0; for files
            the last ones, 0).
        validation: Share of validation examples, on which tuning chooses settings (0;
            for files the last ones before the held-out ones).
        data_seed: Seed of the data and the split.
        dtype: Of data and params.
    """
    settings = resolve(
        dataset,
        file=file,
        inputs=inputs,
        targets=targets,
        stream=stream,
        rows=rows,
        columns=columns,
        condition=condition,
        noise=noise,
        held_out=held_out,
        validation=validation,
    )
    drawn = None
    if dataset == "files":
        train, held, chosen_on, *_ = from_files(**settings, dtype=dtype)
    else:
        parts, drawn = regression_data(dataset, data_seed, dtype, **settings)
        train, held, chosen_on = place(parts, dtype)
    return LinearRegression(
        train,
        held,
        validation=chosen_on,
        l2=l2,
        start_scale=start_scale,
        source=None if drawn is None else source(dtype, **drawn),
    )
