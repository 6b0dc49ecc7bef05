"""Classification into many classes by linear scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from .blocks import total
from .certify.certificate import Certificate
from .certify.convex import least_convex
from .certify.linear_models import Softmax
from .data.examples import Examples
from .data.files import SETTINGS, Labels, checked_settings, from_files
from .data.scikit_learn import load_scikit_learn
from .data.split import place
from .mean_loss import MeanLoss
from .objective import Ray, penalty_along
from .random_start import normal
from .settings import (
    SHARES,
    DType,
    Fraction,
    Nonnegative,
    Seed,
    declares,
    reports,
)

CLASSES = {"digits": 10, "wine": 3, "iris": 3, "breast_cancer": 2}
_OF_SCIKIT_LEARN = {"standardise": True, **SHARES}
DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(CLASSES, _OF_SCIKIT_LEARN),
    "files": {key: value for key, value in SETTINGS.items() if key != "stream"},
}


def entropies_and_slopes(
    scores: jax.Array, targets: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return log Σ_c exp(z_c) - z_y and its gradient in z, from the same exponentials.

    Args:
        scores: z, float[classes, examples].
        targets: y, int[examples].

    Returns:
        float[examples] and float[classes, examples].
    """
    # A comparison and a sum are faster than indexing, whose gradient is a scatter.
    chosen = jnp.arange(scores.shape[0])[:, None] == targets
    largest = jax.lax.stop_gradient(scores.max(0))
    raised = jnp.exp(scores - largest)
    together = raised.sum(0)
    right = jnp.where(chosen, scores, 0).sum(0)
    return jnp.log(together) + largest - right, raised / together - chosen


def right(scores: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the number of examples whose own score is the greatest, int[].

    Args:
        scores: float[classes, examples].
        targets: int[examples].
    """
    return (scores.argmax(0) == targets).sum(dtype=jnp.int32)


def cross_entropies(scores: jax.Array, targets: jax.Array) -> jax.Array:
    """Return log Σ_c exp(z_c) - z_y, float[examples].

    Args:
        scores: z, float[classes, examples].
        targets: y, int[examples].
    """
    return entropies_and_slopes(scores, targets)[0]


def _sum_of_entropies(weights: jax.Array, examples: Examples) -> jax.Array:
    return cross_entropies(weights @ examples.inputs, examples.targets).sum()


def _sum_and_gradient(
    weights: jax.Array, examples: Examples
) -> tuple[jax.Array, jax.Array]:
    x, y = examples
    entropies, slopes = entropies_and_slopes(weights @ x, y)
    return entropies.sum(), (x @ slopes.T).T


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class SoftmaxRegression(MeanLoss):
    """f(W) = (1/m) Σ_i (log Σ_c exp(w_cᵀx_i) - w_yᵀx_i) + (l2/2) ||W||².

    The params are one array, float[classes, features].

    Attributes:
        classes: The number of classes.
        start_scale: Standard deviation of the start point's entries.
        labels: The labels in a file that the classes stand for, if they are others.
    """

    classes: int = field(default=10, metadata={"static": True}, kw_only=True)
    start_scale: float = field(default=0.1, metadata={"static": True}, kw_only=True)
    labels: Labels = field(default=(), metadata={"static": True}, kw_only=True)

    def init(self, key: jax.Array) -> jax.Array:
        """Draw W ~ N(0, start_scale²)."""
        inputs = self.train.inputs
        shape = (self.classes, inputs.shape[0])
        return normal(key, jax.ShapeDtypeStruct(shape, inputs.dtype), self.start_scale)

    @property
    def sum_of_losses(self) -> Callable[[jax.Array, Examples], jax.Array]:
        """Return the sum of cross-entropies."""
        return _sum_of_entropies

    @property
    def sum_and_gradient(
        self,
    ) -> Callable[[jax.Array, Examples], tuple[jax.Array, jax.Array]]:
        """Return a function for the sum and its gradient, with shared exponentials."""
        return _sum_and_gradient

    def hvp(self, params: jax.Array, v: jax.Array, examples: Examples) -> jax.Array:
        """Return D(VX) Xᵀ / m + l2 V, D z = p ∘ z - p (pᵀz) for each example."""

        def of_block(block: Examples) -> jax.Array:
            x = block.inputs
            p, z = jax.nn.softmax(params @ x, axis=0), v @ x
            return (p * (z - (p * z).sum(0))) @ x.T

        return total(of_block, examples) / examples.count + self.l2 * v

    def ggn(self, params: jax.Array, v: jax.Array, examples: Examples) -> jax.Array:
        """Return the Hessian's product: the scores are linear."""
        return self.hvp(params, v, examples)

    def hessian(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return the blocks X diag(p_a (δ_ab - p_b)) Xᵀ / m, plus l2 I."""
        size = params.size

        def of_block(block: Examples) -> jax.Array:
            x = block.inputs
            p = jax.nn.softmax(params @ x, axis=0)
            outer = (p[:, None] * x).reshape(size, -1)
            own = jax.vmap(lambda weights: (x * weights) @ x.T)(p)
            return jax.scipy.linalg.block_diag(*own) - outer @ outer.T

        mean = total(of_block, examples) / examples.count
        return mean + self.l2 * jnp.eye(size, dtype=params.dtype)

    def ray(
        self, params: jax.Array, direction: jax.Array, examples: Examples
    ) -> Ray | None:
        """Return t -> f(params + t * direction), if the examples are in memory."""
        if not isinstance(examples, Examples):
            return None
        x, y = examples
        c = penalty_along(self.l2, params, direction)
        return Ray(cross_entropies, params @ x, direction @ x, y, c)

    def metrics(self, params: jax.Array, examples: Examples) -> dict[str, jax.Array]:
        """Return `accuracy`, the share of examples whose class has the best score."""

        def of_block(block: Examples) -> jax.Array:
            return right(params @ block.inputs, block.targets)

        return {"accuracy": total(of_block, examples, self.cuts) / examples.count}

    def _certify(self) -> Certificate | None:
        # Without a penalty the features may separate the classes, as in both data sets.
        if not self.l2:
            return None
        inputs = np.asarray(self.train.inputs, np.float64)
        model = Softmax(inputs, np.asarray(self.train.targets), self.l2, self.classes)
        start = np.asarray(self.init(jax.random.key(0)), np.float64).ravel()
        return least_convex(model, start, self.l2)


def _without_optimum(l2: float = 1e-3, **rest: Any) -> bool:
    """Return whether such a regression has no certified optimum; see `_certify`."""
    del rest
    return not l2


def _resolve(dataset: str = "digits", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set does not take a setting, or a file is not valid.
    """
    return checked_settings(DATA_SETS, dataset, given, "classes")


@declares(
    resolve=_resolve, without_optimum=_without_optimum, metrics=reports("accuracy")
)
def softmax_regression(
    *,
    dataset: Literal["digits", "wine", "iris", "breast_cancer", "files"] = "digits",
    file: str | None = None,
    inputs: str | list[str] | None = None,
    targets: str | None = None,
    standardise: bool | None = None,
    l2: Nonnegative = 1e-3,
    start_scale: Nonnegative = 0.1,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> SoftmaxRegression:
    """Make a softmax regression.

    Args:
        dataset: scikit-learn's "digits" (ten classes of images), "wine" (three
            cultivars), "iris" (three species) or "breast_cancer" (two classes), with a
            constant feature in front, or "files".
        file: A table as in `read_table`, .csv, .tsv, .parquet or .npz; files only.
        inputs: A .npy file of number[examples, features]; with `file`, the columns of
            the inputs (all but the targets), or the name of an array; files only.
        targets: A .npy file of labels [examples], numbers or text; with `file`, a
            column, or the name of an array; files only.
        standardise: Whether features get mean 0 and deviation 1; without it, those of
            wine differ in size by a factor of a thousand; not for files (yes).
        l2: Penalty on all weights.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples (0.2; for files the last ones, 0).
        validation: Share of the examples on which tuning chooses settings.
        data_seed: Seed of the split; not for files.
        dtype: Of data and params.
    """
    settings = _resolve(
        dataset,
        file=file,
        inputs=inputs,
        targets=targets,
        standardise=standardise,
        held_out=held_out,
        validation=validation,
    )
    if dataset == "files":
        train, held, chosen_on, classes, labels = from_files(
            **settings, dtype=dtype, kind="classes"
        )
    else:
        parts = load_scikit_learn(dataset, seed=data_seed, **settings)
        (train, held, chosen_on), labels = place(parts, dtype), ()
        classes = CLASSES[dataset]
    return SoftmaxRegression(
        train,
        held,
        validation=chosen_on,
        l2=l2,
        classes=classes,
        start_scale=start_scale,
        labels=labels,
    )
