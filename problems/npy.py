"""Two .npy files of examples: opened, and in a line what is wrong with them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from factories import FactoryError, nearest

_CHUNK = 2**20  # numbers


def see(inputs: str | None, targets: str | None) -> tuple[NDArray, NDArray]:
    """Map two files, of which only the headers are read.

    Args:
        inputs: Path of number[examples, features].
        targets: Path of number[examples].

    Raises:
        FactoryError: A file is missing or no .npy file of numbers, or the shapes do
            not go together.
    """
    x = _mapped(inputs, "inputs", 2)
    y = _mapped(targets, "targets", 1)
    if len(x) != len(y):
        words = f'{len(y):,} targets for {len(x):,} rows of "{inputs}"'
        raise wrong("targets", targets, words)
    return x, y


def blocks(
    inputs: str, targets: str, dtype: str, labels: bool
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield (float[features, some], float[some]) until all examples were read.

    A block has a mapping of its own: what was read counts as memory of this process
    for as long as it is mapped.

    Args:
        inputs, targets: As in `see`.
        dtype: float32 or float64.
        labels: Whether targets have to be ±1.

    Raises:
        FactoryError: As in `see`; a number is not finite, or a label is not ±1.
    """
    x, y = see(inputs, targets)
    step = max(1, _CHUNK // x.shape[1])
    for first in range(0, len(x), step):
        x, y = see(inputs, targets)
        at = slice(first, first + step)
        goals = _finite(y[at], dtype, first, "targets", targets)
        if labels:
            _see_labels(goals, first, targets)
        yield _finite(x[at], dtype, first, "inputs", inputs).T, goals


def wrong(key: str, path: str | None, words: str) -> FactoryError:
    """Return the error that a file is not what its setting needs."""
    return FactoryError(f'{key} = "{path}": {words}', key)


def _mapped(path: str | None, key: str, axes: int) -> NDArray:
    if path is None:
        raise FactoryError(f'dataset "files" needs "{key}", a .npy file', key)
    array = _opened(path, key)
    if not isinstance(array, np.ndarray):
        raise wrong(key, path, "save the arrays of a .npz file one by one as .npy")
    if array.dtype.kind not in "fiu":
        raise wrong(key, path, f"it holds {array.dtype}, not numbers")
    if array.ndim != axes:
        shape = "(examples, features)" if axes == 2 else "(examples,)"
        raise wrong(key, path, f"its shape is {array.shape}, not {shape}")
    if not array.size:
        raise wrong(key, path, "it holds no numbers")
    return array


def _opened(path: str, key: str) -> NDArray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        beside = [str(file) for file in Path(path).parent.glob("*.npy")]
        words = f"no such file.{nearest(path, beside)}"
        raise wrong(key, path, words) from error
    except OSError as error:
        raise wrong(key, path, error.strerror or str(error)) from error
    except (ValueError, EOFError) as error:
        raise wrong(key, path, f"no .npy file of numbers: {error}") from error


def _finite(values: NDArray, dtype: str, first: int, key: str, path: str) -> NDArray:
    """Convert numbers, and see that they are finite before and after."""
    with np.errstate(over="ignore"):
        converted = np.asarray(values, dtype)
    if not np.isfinite(converted).all():
        at = tuple(np.argwhere(~np.isfinite(converted))[0])
        why = f" is too large for {dtype}" if np.isfinite(values[at]) else ""
        words = f"{values[at]} in row {first + at[0]:,}"
        raise wrong(key, path, words + (why or ": numbers have to be finite"))
    return converted


def _see_labels(goals: NDArray, first: int, path: str) -> None:
    others = np.flatnonzero(np.abs(goals) != 1)
    if len(others):
        words = f"{goals[others[0]]:g} in row {first + others[0]:,}"
        raise wrong("targets", path, f"{words}: labels are -1 and 1")
