"""The built-in regressions on a user's arrays, in scikit-learn's orientation."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from factories import FactoryError, check

from .data.examples import examples
from .data.split import split
from .huber_regression import HuberRegression
from .linear_regression import LinearRegression
from .logistic_regression import LogisticRegression
from .settings import DType, Fraction, Nonnegative, Positive, Seed
from .softmax_regression import SoftmaxRegression

Kind = Literal["linear", "logistic", "softmax", "huber"]
Regression = LinearRegression | LogisticRegression | SoftmaxRegression | HuberRegression
LABELS = ("logistic", "softmax")
"""The kinds whose targets are labels."""


def from_sklearn(
    X: Any,
    y: Any,
    *,
    kind: Kind,
    l2: Nonnegative = 0.0,
    delta: Positive = 1.345,
    intercept: bool = True,
    start_scale: Nonnegative = 0.1,
    held_out: Fraction = 0.0,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Regression:
    """Return a regression on arrays, with closed forms and a certificate.

    With m training examples, and a constant feature in front of x,
    f(w) = (1/m) Σ_i ℓ(x_iᵀw, y_i) + (l2/2) ||w||², where ℓ(z, y) is

    - linear: (z - y)²; scikit-learn's Ridge with alpha = m l2/2.
    - huber: (z - y)²/2 where |z - y| <= δ, else δ (|z - y| - δ/2); its HuberRegressor
      with scale σ, δ = epsilon σ and alpha = m l2/σ.
    - logistic: log(1 + exp(-y z)), y = ±1; its LogisticRegression with C = 1/(m l2).
    - softmax: log Σ_c exp(z_c) - z_y, one row of w for each class; the same.

    The penalty is on all weights, that of the constant feature among them. In
    scikit-learn it is not, unless X has a column of ones and `fit_intercept` is False.

    Args:
        X: number[m, features].
        y: number[m], or for the last two kinds labels of one type: they become classes
            in the order of `numpy.unique(y)`, scikit-learn's `classes_`; of two, the
            first is -1 and the second 1.
        kind: Which regression.
        l2: Penalty.
        delta: δ, in units of y; huber only.
        intercept: Whether a constant feature, 1, is put in front.
        start_scale: Standard deviation of the start point's entries.
        held_out: Share of held-out examples, drawn with `data_seed`.
        validation: Share of validation examples, on which settings are chosen.
        data_seed: Seed of the split.
        dtype: Of data and params.

    Raises:
        FactoryError: The arrays do not fit together or hold a number that is not
            finite, there are too few or too many labels, or an argument is out of its
            range.
    """
    options = {"kind": kind, "l2": l2, "delta": delta, "intercept": intercept}
    options |= {"start_scale": start_scale, "held_out": held_out, "dtype": dtype}
    options |= {"validation": validation}
    check(from_sklearn, options | {"X": X, "y": y, "data_seed": data_seed})
    inputs = _inputs(X)
    labels, targets = _targets(y, len(inputs), kind)
    if intercept:
        inputs = np.hstack([np.ones((len(inputs), 1)), inputs])
    train, held, chosen_on = (
        examples(inputs[part].T, targets[part], dtype)
        for part in split(len(targets), held_out, validation, seed=data_seed)
    )
    halves = train, held if held.count else None
    rest: Any = {"l2": float(l2), "start_scale": float(start_scale)}
    rest |= {"validation": chosen_on if chosen_on.count else None}
    if kind == "linear":
        return LinearRegression(*halves, **rest)
    if kind == "huber":
        return HuberRegression(*halves, delta=float(delta), **rest)
    if kind == "logistic":
        return LogisticRegression(*halves, **rest)
    return SoftmaxRegression(*halves, classes=len(labels), **rest)


def _inputs(X: Any) -> NDArray[np.float64]:
    if hasattr(X, "toarray"):
        raise FactoryError("X is sparse: pass X.toarray()", "X")
    inputs = np.asarray(X)
    if inputs.dtype.kind not in "fiub":
        raise FactoryError(f"X holds {_held(inputs)}, not numbers", "X")
    if inputs.ndim != 2 or not inputs.size:
        words = f"X has the shape {inputs.shape}, not (examples, features)"
        raise FactoryError(words, "X")
    return _finite(inputs, "X")


def _targets(y: Any, count: int, kind: Kind) -> tuple[NDArray, NDArray]:
    """Return the labels, none of numbers, and the targets."""
    targets = np.asarray(y)
    if targets.shape != (count,):
        words = f"y has the shape {targets.shape}, not ({count},) as X has rows"
        raise FactoryError(words, "y")
    if kind not in LABELS:
        if targets.dtype.kind not in "fiub":
            words = f'y holds {_held(targets)}, not numbers: with kind = "{kind}" it '
            raise FactoryError(words + "cannot be labels", "y")
        return targets[:0], _finite(targets, "y")
    if targets.dtype.kind == "f":
        _finite(targets, "y")
    labels, classes = _labels(targets)
    if len(labels) < 2 or (kind == "logistic" and len(labels) > 2):
        wanted = "two" if kind == "logistic" else "at least two"
        hint = '; kind = "softmax" takes more' if len(labels) > 2 else ""
        words = f"y has {len(labels)} different labels, and {wanted} are wanted"
        raise FactoryError(words + hint, "y")
    return labels, 2.0 * classes - 1 if kind == "logistic" else classes


def _labels(targets: NDArray) -> tuple[NDArray, NDArray]:
    try:
        return np.unique(targets, return_inverse=True)
    except TypeError as error:  # they cannot be put in order
        kinds = sorted({type(label).__name__ for label in targets})
        words = f"y holds labels of different types: {' and '.join(kinds)}"
        raise FactoryError(words, "y") from error


def _finite(values: NDArray, name: str) -> NDArray[np.float64]:
    floats = np.asarray(values, np.float64)
    if not np.isfinite(floats).all():
        row = np.argwhere(~np.isfinite(floats))[0]
        words = f"{name} holds {floats[tuple(row)]} in row {row[0]:,}: numbers have to"
        raise FactoryError(f"{words} be finite", name)
    return floats


def _held(array: NDArray) -> str:
    return {"U": "text", "S": "bytes", "O": "objects"}.get(
        array.dtype.kind, str(array.dtype)
    )
