"""Softmax regression with many classes, most of them rare."""

from dataclasses import dataclass, field
from typing import Annotated

import jax
import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from .certify.certificate import Certificate
from .certify.linear_models import Softmax
from .certify.matrix_free import least_by_products
from .data.examples import Examples, examples
from .data.split import split
from .settings import (
    Count,
    DType,
    Fraction,
    Nonnegative,
    Positive,
    Seed,
    declares,
    reports,
)
from .softmax_regression import SoftmaxRegression


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class HeavyTailedSoftmax(SoftmaxRegression):
    """f(W) = (1/m) Σ_i (log Σ_c exp(w_cᵀx_i) - w_yᵀx_i) + (l2/2) ||W||².

    Class c has a share of the examples that is proportional to 1/c^exponent.

    Attributes:
        validation: Examples that no optimizer sees and settings are chosen on, or None.
    """

    validation: Examples | None = field(default=None, kw_only=True)

    def _certify(self) -> Certificate | None:
        """Certify without the Hessian, which has (classes · features)² numbers."""
        inputs = np.asarray(self.train.inputs, np.float64)
        model = Softmax(inputs, np.asarray(self.train.targets), self.l2, self.classes)
        start = np.asarray(self.init(jax.random.key(0)), np.float64).ravel()
        return least_by_products(model, start, self.l2)


def _clusters(
    rows: int, columns: int, classes: int, exponent: float, separation: float, seed: int
) -> tuple[NDArray, NDArray]:
    """Draw x = (1, a μ_y + N(0, I)) with ||a μ_c|| near `separation`.

    Returns:
        float64[1 + columns, rows] and int[rows].
    """
    rng = np.random.default_rng(seed)
    shares = np.arange(1, classes + 1) ** -exponent
    targets = rng.choice(classes, rows, p=shares / shares.sum())
    centres = rng.standard_normal((columns, classes)) * separation / np.sqrt(columns)
    inputs = centres[:, targets] + rng.standard_normal((columns, rows))
    return np.vstack([np.ones(rows), inputs]), targets


@declares(metrics=reports("accuracy"))
def heavy_tailed_softmax(
    *,
    rows: Count = 2500,
    columns: Count = 50,
    classes: Annotated[int, Ge(2)] = 50,
    exponent: Nonnegative = 1.0,
    separation: Nonnegative = 3.0,
    l2: Positive = 1e-3,
    start_scale: Nonnegative = 0.1,
    held_out: Fraction = 0.2,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> HeavyTailedSoftmax:
    """Make a softmax regression with many classes, of which a few are frequent.

    It is the last layer of a language model alone: convex, with one matrix whose both
    dimensions are large, so that optimizers for matrices have something to work on,
    and with rare classes on which gradient descent is slow.

    Args:
        rows: Total number of examples.
        columns: Features, besides a constant one.
        classes: Number of classes.
        exponent: Class c has a share proportional to 1/c^exponent; 1 is Zipf's law.
        separation: Distance of a class's centre from 0, in deviations of a feature.
        l2: Penalty on all weights.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples.
        validation: Share of validation examples.
        data_seed: Seed of the data.
        dtype: Of data and params.

    References:
        Kunstner, Milligan, Yadav, Schmidt and Bietti, "Heavy-tailed class imbalance and
        why Adam outperforms gradient descent on language models", 2024.
    """
    inputs, targets = _clusters(rows, columns, classes, exponent, separation, data_seed)
    train, *others = (
        examples(inputs[:, part], targets[part], dtype)
        for part in split(rows, held_out, validation, seed=None)
    )
    held, chosen_on = (part if part.count else None for part in others)
    return HeavyTailedSoftmax(
        train,
        held,
        validation=chosen_on,
        l2=l2,
        classes=classes,
        start_scale=start_scale,
    )
