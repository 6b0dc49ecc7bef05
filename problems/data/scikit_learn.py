"""The data sets bundled with scikit-learn, standardised or not."""

import numpy as np
from numpy.typing import NDArray

from .split import Halves, split


def load_scikit_learn(
    name: str, held_out: float, seed: int, standardise: bool = True
) -> Halves:
    """Load a data set, split it, and standardise it by its training half.

    Features, and targets that are numbers, get mean 0 and standard deviation 1 over
    the training examples. A constant feature, 1, is put in front.

    Args:
        name: "diabetes", "breast_cancer", "digits" or "wine".
        held_out: Share of held-out examples.
        seed: Seed of the split.
        standardise: Whether to standardise features and targets.

    Returns:
        (inputs, targets) for training and for held-out, inputs
        float64[1 + features, examples], targets float64[examples] or int[examples].
    """
    from sklearn import (
        datasets,
    )  # the import takes a second, and only these data sets need it

    rows, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    train, held = split(len(targets), held_out, seed)
    features = rows.T
    if standardise:
        features = _standard(features, train)
        if np.issubdtype(targets.dtype, np.floating):
            targets = _standard(targets, train)
    inputs = np.vstack([np.ones(len(targets)), features])
    return (inputs[:, train], targets[train]), (inputs[:, held], targets[held])


def _standard(values: NDArray, train: NDArray) -> NDArray:
    """Standardise along the last axis; what is constant becomes 0."""
    mean = values[..., train].mean(-1, keepdims=True)
    deviation = values[..., train].std(-1, keepdims=True)
    return (values - mean) / np.where(deviation > 0, deviation, 1.0)
