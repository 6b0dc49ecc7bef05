"""Examples from a user's .npy files, loaded into memory or read in blocks."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import jax
import numpy as np
import psutil
from numpy.typing import NDArray

from factories import FactoryError, nearest

from ..settings import SHARES
from .examples import ALIGNMENT, Examples, MappedExamples
from .split import Split, fill, place, sizes

SHARE = 0.5
"""Share of the available memory above which data are streamed."""
SETTINGS = {"inputs": None, "targets": None, "stream": None, **SHARES, "held_out": 0.0}
"""The settings of the data set "files"."""


def from_files(
    inputs: str,
    targets: str,
    held_out: float,
    validation: float,
    stream: bool | None,
    dtype: str,
    labels: bool = False,
) -> tuple[Examples, Examples | None, Examples | None]:
    """Load or map the examples of two files; the last ones are held out.

    Args:
        inputs: Path of number[examples, features].
        targets: Path of number[examples].
        held_out: Share of held-out examples.
        validation: Share of validation examples, the last ones before these.
        stream: Whether they stay in the file; None decides by `SHARE`.
        dtype: Of the examples: float32 or float64.
        labels: Whether targets have to be ±1.

    Raises:
        FactoryError: The files are not as above, hold a number that is not finite, or
            cannot be streamed.
    """
    x, y = mapped(inputs, targets)
    counts = sizes(len(x), held_out, validation)
    read = partial(_blocks, inputs, targets, dtype, labels)
    if not _is_streamed(stream, x, dtype):
        return place(fill(read(), x.shape[1], counts, dtype), dtype)
    _check_streamable(x, inputs)
    for _ in read():  # to check the numbers
        pass
    rows, column = jax.device_put((x, _readable(y, dtype)), may_alias=True)
    firsts = Split(0, counts.train + counts.validation, counts.train)
    train, held, chosen_on = (
        cast(Examples, MappedExamples(rows, column, first, count, dtype))
        for first, count in zip(firsts, counts, strict=True)
    )
    return train, held if held.count else None, chosen_on if chosen_on.count else None


def _is_streamed(stream: bool | None, inputs: NDArray, dtype: str) -> bool:
    on_cpu = jax.default_backend() == "cpu"
    if stream and not on_cpu:
        words = f"only a CPU can stream files, and this is a {jax.default_backend()}"
        raise FactoryError(words, "stream", value="true")
    size = inputs.size * np.dtype(dtype).itemsize
    large = size > SHARE * psutil.virtual_memory().available
    return on_cpu and (large if stream is None else stream)


def _check_streamable(inputs: NDArray, path: str) -> None:
    """Raise FactoryError if JAX would read a copy instead of the mapping."""
    if not _is_known(inputs):
        words = f"{inputs.dtype} cannot be streamed here; save it as float32"
    elif not inputs.flags.c_contiguous:
        words = "cannot be streamed in Fortran order; save it in C order"
    elif inputs.ctypes.data % ALIGNMENT:
        words = f"its numbers do not begin at a multiple of {ALIGNMENT} bytes"
    else:
        return
    raise _error("inputs", path, words)


def _readable(targets: NDArray, dtype: str) -> NDArray:
    """Return the mapping, or a copy in memory if JAX does not have its type."""
    return targets if _is_known(targets) else np.asarray(targets, dtype)


def _is_known(array: NDArray) -> bool:
    """Return whether JAX has the type; without float64 it has no int64 either."""
    canonical = jax.dtypes.canonicalize_dtype(array.dtype)
    return array.dtype.isnative and canonical == array.dtype


_BLOCK = 2**20  # numbers


def mapped(inputs: str | None, targets: str | None) -> tuple[NDArray, NDArray]:
    """Map two files into memory; only their headers are read.

    Args:
        inputs: Path of number[examples, features].
        targets: Path of number[examples].

    Raises:
        FactoryError: A file is missing or not a .npy file of numbers, or the shapes do
            not match.
    """
    x = _array(inputs, "inputs", 2)
    y = _array(targets, "targets", 1)
    if len(x) != len(y):
        words = f'{len(y):,} targets for {len(x):,} rows of "{inputs}"'
        raise _error("targets", targets, words)
    return x, y


def _blocks(
    inputs: str, targets: str, dtype: str, labels: bool
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield the examples in blocks, (float[features, some], float[some]).

    Each block has its own mapping, because data that were read count as memory of this
    process as long as they are mapped.

    Args:
        inputs, targets: As in `mapped`.
        dtype: float32 or float64.
        labels: Whether targets have to be ±1.

    Raises:
        FactoryError: As in `mapped`; a number is not finite, or a label is not ±1.
    """
    x, y = mapped(inputs, targets)
    step = max(1, _BLOCK // x.shape[1])
    for first in range(0, len(x), step):
        x, y = mapped(inputs, targets)
        at = slice(first, first + step)
        block = _finite(y[at], dtype, first, "targets", targets)
        if labels:
            _check_labels(block, first, targets)
        yield _finite(x[at], dtype, first, "inputs", inputs).T, block


def _error(key: str, path: str | None, words: str, hint: str = "") -> FactoryError:
    """Return the error for a file that does not fit its setting."""
    return FactoryError(words, key, value=f'"{path}"', hint=hint)


def _array(path: str | None, key: str, axes: int) -> NDArray:
    if path is None:
        raise FactoryError(f'dataset "files" needs "{key}", a .npy file', key)
    array = _opened(path, key)
    if not isinstance(array, np.ndarray):
        raise _error(key, path, "save each array of a .npz file as a .npy file")
    if array.dtype.kind not in "fiu":
        raise _error(key, path, f"it holds {array.dtype}, not numbers")
    if array.ndim != axes:
        shape = "(examples, features)" if axes == 2 else "(examples,)"
        raise _error(key, path, f"its shape is {array.shape}, not {shape}")
    if not array.size:
        raise _error(key, path, "it holds no numbers")
    return array


def _opened(path: str, key: str) -> NDArray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        beside = [str(file) for file in Path(path).parent.glob("*.npy")]
        raise _error(key, path, "no such file.", nearest(path, beside)) from error
    except OSError as error:
        raise _error(key, path, error.strerror or str(error)) from error
    except (ValueError, EOFError) as error:
        raise _error(key, path, f"not a .npy file of numbers: {error}") from error


def _finite(values: NDArray, dtype: str, first: int, key: str, path: str) -> NDArray:
    """Convert numbers; raise FactoryError if one is not finite, before or after."""
    with np.errstate(over="ignore"):
        converted = np.asarray(values, dtype)
    if not np.isfinite(converted).all():
        at = tuple(np.argwhere(~np.isfinite(converted))[0])
        why = f" is too large for {dtype}" if np.isfinite(values[at]) else ""
        words = f"{values[at]} in row {first + at[0]:,}"
        raise _error(key, path, words + (why or ": numbers have to be finite"))
    return converted


def _check_labels(labels: NDArray, first: int, path: str) -> None:
    others = np.flatnonzero(np.abs(labels) != 1)
    if len(others):
        words = f"{labels[others[0]]:g} in row {first + others[0]:,}"
        raise _error("targets", path, f"{words}: labels are -1 and 1")
