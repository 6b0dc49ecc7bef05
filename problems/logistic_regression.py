"""Classification into two classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jax
import numpy as np

from .bundled import bundled
from .certificate import Certificate
from .convex import least_convex
from .cross_entropy import Logistic
from .data_files import SETTINGS, from_files, see
from .examples import Examples, Halves, place, sizes
from .filling import filled
from .generalised_linear import GeneralisedLinear
from .separable import separable
from .settings import (
    Condition,
    Count,
    DType,
    Fraction,
    Nonnegative,
    Seed,
    settle,
)
from .softplus import softplus_and_sigmoid
from .source import source
from .synthetic import conditioned

DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "synthetic": {
        "rows": 10_000,
        "columns": 20,
        "condition": 1.0,
        "separable": False,
        "held_out": 0.2,
    },
    "breast_cancer": {"held_out": 0.2},
    "files": SETTINGS,
}


def _sum_of_softplus(w: jax.Array, examples: Examples) -> jax.Array:
    return LogisticRegression.losses(w @ examples.inputs, examples.targets).sum()


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class LogisticRegression(GeneralisedLinear):
    """f(w) = (1/m) Σ_i log(1 + exp(-y_i x_iᵀw)) + (l2/2) ||w||², y_i = ±1."""

    @staticmethod
    def losses(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return log(1 + exp(-y z)), which never overflows."""
        return softplus_and_sigmoid(-targets * scores)[0]

    def losses_and_slopes(
        self, scores: jax.Array, targets: jax.Array
    ) -> tuple[jax.Array, jax.Array]:
        """Return log(1 + exp(-y z)) and -y σ(-y z), from one exponential."""
        losses, chances = softplus_and_sigmoid(-targets * scores)
        return losses, -targets * chances

    @staticmethod
    def curvatures(scores: jax.Array, targets: jax.Array) -> jax.Array:
        """Return σ(z) σ(-z), the same for either label."""
        del targets
        return jax.nn.sigmoid(scores) * jax.nn.sigmoid(-scores)

    @property
    def sum_of_losses(self) -> Callable[[jax.Array, Examples], jax.Array]:
        """Return Σ_i log(1 + exp(-y_i x_iᵀw))."""
        return _sum_of_softplus

    def _certify(self) -> Certificate | None:
        """Certify, unless the loss has no minimum: separable and not penalised."""
        inputs, labels = self.train.on_host()
        if not self.l2 and separable(inputs, labels):
            return None
        start = np.asarray(self.init(jax.random.key(0)), np.float64)
        return least_convex(Logistic(inputs, labels, self.l2), start, self.l2)


def settled(dataset: str = "synthetic", **given: Any) -> dict[str, Any]:
    """Return the settings of a data set, those not given (None) filled in.

    Raises:
        FactoryError: This data set does not take a setting, or a file is not what it
            has to be.
    """
    if given.get("separable") and given.get("held_out") is None:
        given = {**given, "held_out": 0.0}  # labels without noise
    settings = settle(DATA_SETS, dataset, given)
    if dataset == "files":
        see(settings["inputs"], settings["targets"])
    return settings


def _synthetic(
    rng: np.random.Generator, settings: dict[str, Any], dtype: str
) -> tuple[Halves, dict[str, Any]]:
    """Draw y = sign(xᵀw) if separable, else y = 1 with probability σ(xᵀw).

    Returns:
        The halves, and the arguments of `source` that draw more.
    """
    features = settings["columns"]
    counts = sizes(settings["rows"], settings["held_out"])
    inputs, mixing = conditioned(rng, features, *counts, settings["condition"])
    weights = rng.standard_normal(features)
    scale = 0.0 if settings["separable"] else 1.0

    def with_labels(x):
        noise = rng.logistic(size=x.shape[1]) if scale else 0.0
        return x, np.where(weights @ x + noise > 0, 1.0, -1.0)

    halves = filled(map(with_labels, inputs), features, counts, dtype)
    drawn = {"weights": weights, "mixing": mixing, "noise": scale, "labels": True}
    return halves, drawn


def _breast_cancer(held_out: float, seed: int) -> Halves:
    train, held = (
        (x, np.where(y == 1, 1.0, -1.0))
        for x, y in bundled("breast_cancer", held_out, seed)
    )
    return train, held


def without_optimum(separable: bool = False, l2: float = 1e-3, **rest: Any) -> bool:
    """Tell whether such a regression is known to have no optimum; see `_certify`."""
    del rest
    return separable and not l2


def logistic_regression(
    *,
    dataset: Literal["synthetic", "breast_cancer", "files"] = "synthetic",
    inputs: str | None = None,
    targets: str | None = None,
    stream: bool | None = None,
    rows: Count | None = None,
    columns: Count | None = None,
    condition: Condition | None = None,
    separable: bool | None = None,
    l2: Nonnegative = 1e-3,
    start_scale: Nonnegative = 1.0,
    held_out: Fraction | None = None,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> LogisticRegression:
    """Make a logistic regression.

    Args:
        dataset: "synthetic", or scikit-learn's "breast_cancer", standardised, with
            a constant feature in front, or "files".
        inputs: A .npy file of number[examples, features]; files only.
        targets: A .npy file of labels ±1, number[examples]; files only.
        stream: Whether examples stay in their files and are read in blocks; files only
            (yes where they would take more than half of the memory at hand).
        rows: Examples in all; synthetic only (10,000).
        columns: Features; synthetic only (20).
        condition: Of XXᵀ/m, exactly, or of the covariance that the inputs are drawn
            from where there are fewer training examples than columns; synthetic
            only (1).
        separable: Whether a plane parts the classes; synthetic only (no).
        l2: Penalty, which falls on all weights alike.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of the examples (0.2, or 0 if separable; of files the last
            ones, 0).
        data_seed: Of the data and the split.
        dtype: Of data and params.
    """
    settings = settled(
        dataset,
        inputs=inputs,
        targets=targets,
        stream=stream,
        rows=rows,
        columns=columns,
        condition=condition,
        separable=separable,
        held_out=held_out,
    )
    drawn = None
    if dataset == "files":
        train, held = from_files(**settings, dtype=dtype, labels=True)
    elif dataset == "breast_cancer":
        train, held = place(_breast_cancer(settings["held_out"], data_seed), dtype)
    else:
        halves, drawn = _synthetic(np.random.default_rng(data_seed), settings, dtype)
        train, held = place(halves, dtype)
    return LogisticRegression(
        train,
        held,
        l2=l2,
        start_scale=start_scale,
        source=None if drawn is None else source(dtype, **drawn),
    )
