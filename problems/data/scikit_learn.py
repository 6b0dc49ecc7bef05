"""The data sets bundled with scikit-learn, standardised or not."""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .split import Block, Split, split

Table = tuple[NDArray[np.float64], NDArray]
"""float64[examples, features], and float64[examples] or int[examples]."""


def load_scikit_learn(
    name: str,
    held_out: float,
    validation: float,
    seed: int,
    standardise: bool = True,
) -> Split[Block]:
    """Load a data set, split it, and standardise it by its training examples.

    Features, and targets that are numbers, get mean 0 and standard deviation 1 over
    the training examples. A constant feature, 1, is put in front.

    Args:
        name: "diabetes", "linnerud", "breast_cancer", "digits", "iris" or "wine".
        held_out: Share of held-out examples.
        validation: Share of validation examples.
        seed: Seed of the split.
        standardise: Whether to standardise features and targets.

    Returns:
        (inputs, targets) of each part, inputs
        float64[1 + features, examples], targets float64[examples] or int[examples].
    """
    rows, targets = bundled(name)
    parts = split(len(targets), held_out, validation, seed=seed)
    features = rows.T
    if standardise:
        features = _standard(features, parts.train)
        if np.issubdtype(targets.dtype, np.floating):
            targets = _standard(targets, parts.train)
    inputs = np.vstack([np.ones(len(targets)), features])
    return parts.map(lambda part: (inputs[:, part], targets[part]))


def bundled(name: str) -> Table:
    """Return a data set as scikit-learn's `load_NAME(return_X_y=True)` does.

    Of the three targets of linnerud it is the pulse.

    The files are read without importing scikit-learn, which takes a second in each
    process.

    Args:
        name: As in `load_scikit_learn`.
    """
    found = find_spec("sklearn")
    assert found is not None
    assert found.origin is not None
    files = Path(found.origin).parent / "datasets" / "data"
    if name == "diabetes":
        targets = _columns(files / "diabetes_target.csv.gz", None)
        return _scaled(_columns(files / "diabetes_data_raw.csv.gz", None)), targets
    if name == "digits":
        both = _columns(files / "digits.csv.gz", ",")
        return both[:, :-1], both[:, -1].astype(int)
    if name == "linnerud":
        exercise, physiology = (
            _columns(files / f"linnerud_{part}.csv", None, headings=1)
            for part in ("exercise", "physiological")
        )
        return exercise, physiology[:, 2].copy()
    file = "wine_data.csv" if name == "wine" else f"{name}.csv"
    both = _columns(files / file, ",", headings=1)
    return np.ascontiguousarray(both[:, :-1]), both[:, -1].astype(int)


def _columns(path: Path, delimiter: str | None, headings: int = 0) -> NDArray:
    """Return the numbers of a file, compressed or not."""
    packed = path.read_bytes()
    text = gzip.decompress(packed) if path.suffix == ".gz" else packed
    lines = text.decode().splitlines()
    return np.loadtxt(lines, delimiter=delimiter, skiprows=headings)


def _scaled(rows: NDArray) -> NDArray:
    """Return columns of mean 0 and length 1, rounded as by scikit-learn."""
    return (rows - rows.mean(0)) / rows.std(0) / len(rows) ** 0.5


def _standard(values: NDArray, train: NDArray) -> NDArray:
    """Standardise along the last axis; what is constant becomes 0."""
    mean = values[..., train].mean(-1, keepdims=True)
    deviation = values[..., train].std(-1, keepdims=True)
    return (values - mean) / np.where(deviation > 0, deviation, 1.0)
