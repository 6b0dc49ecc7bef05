"""The generator of MNIST-1D: ten patterns of twelve points, made hard to tell apart."""

import numpy as np
from numpy.typing import NDArray

PATTERNS = (
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)
"""The patterns of the digits 0 to 9, as published."""
CLASSES = len(PATTERNS)
POINTS = len(PATTERNS[0])
PADDING = (36, 60)
"""Least and most zeros behind a pattern."""
LENGTH = POINTS + PADDING[1]
"""Points of a signal until it is shortened."""
FINAL = 40
"""Points of a signal in the end."""
SCALE = 0.4
TRANSLATION = 48
"""One more than the most points by which a signal is moved."""
CORRELATED, WIDTH = 0.25, 2.0
"""Of the noise where there is no pattern: scale, and deviation of its filter."""
INDEPENDENT = 0.02
SHEAR = 0.75
_BLOCK = 10_000  # signals made at once


def signals(rows: int, seed: int) -> dict[str, NDArray]:
    """Draw signals, each class as often as the others, in random order.

    Each is made from its digit's pattern: zeros are put behind it, it is stretched to
    72 points, scaled by U(0.8, 1.2) and moved in a circle; where the pattern is not,
    noise with correlations is put; independent noise and a line of random slope are
    added; and it is shortened to 40 points by linear interpolation.

    Args:
        rows: The number of signals.
        seed: Of all random draws.

    Returns:
        "inputs" float64[rows, 40] and "targets" int32[rows].

    References:
        Greydanus and Kobak, "Scaling down deep learning with MNIST-1D", 2024.
    """
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.arange(rows) % CLASSES)
    inputs = np.empty((rows, FINAL))
    for first in range(0, rows, _BLOCK):
        at = slice(first, first + _BLOCK)
        inputs[at] = _signals(rng, classes[at])
    return {"inputs": inputs, "targets": classes.astype(np.int32)}


def _signals(rng: np.random.Generator, classes: NDArray) -> NDArray:
    count = len(classes)
    values, inside = _stretched(classes, rng.integers(*PADDING, count, endpoint=True))
    values = values * (1 + SCALE * (rng.random((count, 1)) - 0.5))
    moved = (np.arange(LENGTH) - rng.integers(TRANSLATION, size=(count, 1))) % LENGTH
    values, inside = (np.take_along_axis(x, moved, 1) for x in (values, inside))
    noise = CORRELATED * rng.standard_normal((count, LENGTH)) @ smoothing()
    values = np.where(inside, values, noise)
    values += INDEPENDENT * rng.standard_normal((count, LENGTH))
    slopes = SHEAR * (rng.random((count, 1)) - 0.5)
    return _shortened(values - slopes * np.linspace(-0.5, 0.5, LENGTH))


def patterns() -> NDArray:
    """Return the patterns, from 0 to 0 with deviation 1/6, float64[10, 12]."""
    x = np.asarray(PATTERNS, np.float64)
    return (x - x[:, :1]) / x.std(1, keepdims=True) / 6


def _stretched(classes: NDArray, padding: NDArray) -> tuple[NDArray, NDArray]:
    """Return padded patterns at 72 points, and where the pattern is."""
    padded = np.pad(patterns(), ((0, 0), (0, PADDING[1] + 1)))
    at = np.linspace(0, 1, LENGTH) * (POINTS + padding - 1)[:, None]
    left = at.astype(int)
    share, digits = at - left, classes[:, None]
    values = (1 - share) * padded[digits, left] + share * padded[digits, left + 1]
    return values, at < POINTS


def smoothing() -> NDArray:
    """Return the Gaussian filter as a matrix, float64[72, 72]; signals are rows.

    It reaches four deviations far and reflects signals at their ends.
    """
    reach = round(4 * WIDTH)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / WIDTH) ** 2)
    rows = np.pad(np.eye(LENGTH), ((0, 0), (reach, reach)), mode="symmetric")
    filtered = (w * rows[:, i : i + LENGTH] for i, w in enumerate(weights))
    return sum(filtered, np.zeros(())) / weights.sum()


def _shortened(values: NDArray) -> NDArray:
    at = np.linspace(0, LENGTH - 1, FINAL)
    left = np.minimum(at.astype(int), LENGTH - 2)
    share = at - left
    return (1 - share) * values[:, left] + share * values[:, left + 1]
