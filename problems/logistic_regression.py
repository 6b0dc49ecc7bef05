"""Classification into two classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from .blocks import total
from .certify.certificate import Certificate
from .certify.convex import least_convex
from .certify.linear_models import Logistic, separable
from .data.examples import Examples
from .data.files import SETTINGS, Labels, checked_settings, from_files
from .data.scikit_learn import load_scikit_learn
from .data.split import Block, Split, fill, place, sizes
from .data.synthetic import conditioned, source
from .generalised_linear import GeneralisedLinear
from .settings import (
    SHARES,
    Condition,
    Count,
    DType,
    Fraction,
    Nonnegative,
    Seed,
    declares,
    reports,
)

DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {
        "rows": 10_000,
        "columns": 20,
        "condition": 1.0,
        "separable": False,
        **SHARES,
    },
    "breast_cancer": SHARES,
    "digits": SHARES,
    "iris": SHARES,
    "wine": SHARES,
    "files": SETTINGS,
}

POSITIVE = {
    "breast_cancer": (1,),
    "digits": (1, 3, 5, 7, 9),
    "iris": (1,),
    "wine": (1,),
}
"""The classes of scikit-learn's data sets whose label is 1."""


@jax.custom_jvp
def softplus_and_sigmoid(t: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return log(1 + eᵗ) and σ(t) = 1/(1 + e⁻ᵗ), each like `t`.

    Neither overflows. Both are accurate to a few units in the last place if they
    are normal numbers, and so are their derivatives of every order, also at 0.
    """
    e = jnp.exp(-jnp.abs(t))
    return jax.nn.relu(t) + _log1p(e), jnp.where(t < 0, e, 1) / (1 + e)


@softplus_and_sigmoid.defjvp
def _(primals, tangents):
    (t,), (v,) = primals, tangents
    softplus, sigmoid = softplus_and_sigmoid(t)
    slope = sigmoid * softplus_and_sigmoid(-t)[1]  # 1 - sigmoid would cancel
    return (softplus, sigmoid), (sigmoid * v, slope * v)


def _log1p(e: jax.Array) -> jax.Array:
    """Return log(1 + e) for 0 <= e <= 1: 2 artanh s, s = e/(2 + e) <= 1/3.

    The series of artanh has products and sums only: no branch, and no logarithm, which
    would double the cost.
    """
    s = e / (2 + e)
    square, series = s * s, jnp.zeros_like(s)
    for k in reversed(range(_terms(e.dtype))):
        series = series * square + 1 / (2 * k + 1)
    return 2 * s * series


def _terms(dtype: np.dtype) -> int:
    """Return the number of terms after which the rest, <= 9⁻ᵏ/(2k + 1), is rounding."""
    k = np.arange(1, 64)
    lost = 9.0**-k / (2 * k + 1) < jnp.finfo(dtype).eps / 16
    return int(k[lost][0])


def _sum_of_softplus(w: jax.Array, examples: Examples) -> jax.Array:
    return LogisticRegression.losses(w @ examples.inputs, examples.targets).sum()


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class LogisticRegression(GeneralisedLinear):
    """f(w) = (1/m) Σ_i log(1 + exp(-y_i x_iᵀw)) + (l2/2) ||w||², y_i = ±1.

    Attributes:
        labels: The labels in a file that -1 and 1 stand for, if they are others.
    """

    labels: Labels = field(default=(), metadata={"static": True}, kw_only=True)

    @staticmethod
    def losses(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return log(1 + exp(-y z)), which never overflows."""
        return softplus_and_sigmoid(-targets * scores)[0]

    def losses_and_slopes(
        self, scores: jax.Array, targets: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return log(1 + exp(-y z)) and -y σ(-y z), from one exponential."""
        losses, probabilities = softplus_and_sigmoid(-targets * scores)
        return losses, -targets * probabilities

    @staticmethod
    def curvatures(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return σ(z) σ(-z), the same for either label."""
        del targets
        return jax.nn.sigmoid(scores) * jax.nn.sigmoid(-scores)

    @property
    def sum_of_losses(self) -> Callable[[jax.Array, Examples], jax.Array]:
        """Return Σ_i log(1 + exp(-y_i x_iᵀw))."""
        return _sum_of_softplus

    def metrics(self, params: jax.Array, examples: Examples) -> dict[str, jax.Array]:
        """Return `accuracy`, the share of examples with y_i = sign(x_iᵀw)."""

        def right(block: Examples) -> jax.Array:
            x, y = block
            return ((params @ x > 0) == (y > 0)).sum(dtype=jnp.int32)

        return {"accuracy": total(right, examples, cut=False) / examples.count}

    def _certify(self) -> Certificate | None:
        """Certify, unless the loss has no minimum: separable data without penalty."""
        inputs, labels = self.train.on_host()
        if not self.l2 and separable(inputs, labels):
            return None
        start = np.asarray(self.init(jax.random.key(0)), np.float64)
        return least_convex(Logistic(inputs, labels, self.l2), start, self.l2)


def _resolve(dataset: str = "synthetic", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set does not take a setting, or a file is not valid.
    """
    if given.get("separable") and given.get("held_out") is None:
        given = {**given, "held_out": 0.0}  # labels without noise
    return checked_settings(DATA_SETS, dataset, given, "signs")


def _synthetic(
    rng: np.random.Generator, settings: dict[str, Any], dtype: str
) -> tuple[Split[Block], dict[str, Any]]:
    """Draw y = sign(xᵀw) if separable, else y = 1 with probability σ(xᵀw).

    Returns:
        The parts, and the arguments of `source` that draw more.
    """
    features = settings["columns"]
    shares = {name: settings[name] for name in SHARES}
    counts = sizes(settings["rows"], **shares)
    rest = settings["rows"] - counts.train
    among = (counts.train, rest, settings["condition"])
    inputs, mixing = conditioned(rng, features, *among)
    weights = rng.standard_normal(features)
    scale = 0.0 if settings["separable"] else 1.0

    def with_labels(x):
        noise = rng.logistic(size=x.shape[1]) if scale else 0.0
        return x, np.where(weights @ x + noise > 0, 1.0, -1.0)

    parts = fill(map(with_labels, inputs), features, counts, dtype)
    drawn = {"weights": weights, "mixing": mixing, "noise": scale, "labels": True}
    return parts, drawn


def _bundled(
    dataset: str, seed: int, held_out: float, validation: float
) -> Split[Block]:
    def with_labels(part: Block) -> Block:
        x, y = part
        return x, np.where(np.isin(y, POSITIVE[dataset]), 1.0, -1.0)

    return load_scikit_learn(dataset, held_out, validation, seed).map(with_labels)


def _without_optimum(separable: bool = False, l2: float = 1e-3, **rest: Any) -> bool:
    """Return whether such a regression is known to have no optimum; see `_certify`."""
    del rest
    return separable and not l2


@declares(
    resolve=_resolve, without_optimum=_without_optimum, metrics=reports("accuracy")
)
def logistic_regression(
    *,
    dataset: Literal[
        "synthetic", "breast_cancer", "digits", "iris", "wine", "files"
    ] = "synthetic",
    file: str | None = None,
    inputs: str | list[str] | None = None,
    targets: str | None = None,
    stream: bool | None = None,
    rows: Count | None = None,
    columns: Count | None = None,
    condition: Condition | None = None,
    separable: bool | None = None,
    l2: Nonnegative = 1e-3,
    start_scale: Nonnegative = 1.0,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> LogisticRegression:
    """Make a logistic regression.

    Args:
        dataset: "synthetic", or scikit-learn's "breast_cancer", "digits" (odd or even),
            "iris" (versicolor or not) or "wine" (the second cultivar or not),
            standardised, with a constant feature in front, or "files".
        file: A table as in `read_table`, .csv, .tsv, .parquet or .npz; files only.
        inputs: A .npy file of number[examples, features]; with `file`, the columns of
            the inputs (all but the targets), or the name of an array; files only.
        targets: A .npy file of labels ±1, number[examples]; with `file`, a column, or
            the name of an array, of any two labels; files only.
        stream: Whether examples stay in .npy files and are read in blocks; files only
            (default: if they would take more than half of the available memory).
        rows: Total number of examples; synthetic only (10,000).
        columns: Features; synthetic only (20).
        condition: Of XXᵀ/m, exact; if there are fewer training examples than columns,
            of the covariance from which the inputs are drawn; synthetic only (1).
        separable: Whether a plane separates the classes; synthetic only (no).
        l2: Penalty on all weights.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples (0.2, or 0 if separable; for files the last
            ones, 0).
        validation: Share of validation examples, on which tuning chooses settings (0;
            for files the last ones before the held-out ones).
        data_seed: Seed of the data and the split.
        dtype: Of data and params.
    """
    settings = _resolve(
        dataset,
        file=file,
        inputs=inputs,
        targets=targets,
        stream=stream,
        rows=rows,
        columns=columns,
        condition=condition,
        separable=separable,
        held_out=held_out,
        validation=validation,
    )
    drawn, labels = None, ()
    if dataset == "files":
        train, held, chosen_on, _, labels = from_files(
            **settings, dtype=dtype, kind="signs"
        )
    elif dataset in POSITIVE:
        parts = _bundled(dataset, data_seed, **settings)
        train, held, chosen_on = place(parts, dtype)
    else:
        parts, drawn = _synthetic(np.random.default_rng(data_seed), settings, dtype)
        train, held, chosen_on = place(parts, dtype)
    return LogisticRegression(
        train,
        held,
        validation=chosen_on,
        l2=l2,
        start_scale=start_scale,
        source=None if drawn is None else source(dtype, **drawn),
        labels=labels,
    )
