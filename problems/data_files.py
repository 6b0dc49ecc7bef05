"""Examples from a user's own files, loaded into memory or streamed."""

from functools import partial
from typing import cast

import jax
import numpy as np
import psutil
from numpy.typing import NDArray

from factories import FactoryError

from .examples import ALIGNMENT, Examples, place, sizes
from .filling import filled
from .npy import blocks, see, wrong
from .streamed import Streamed

SHARE = 0.5
"""Of the memory at hand: data that would take more of it are streamed."""
SETTINGS = {"inputs": None, "targets": None, "stream": None, "held_out": 0.0}
"""What the data set "files" takes."""


def from_files(
    inputs: str,
    targets: str,
    held_out: float,
    stream: bool | None,
    dtype: str,
    labels: bool = False,
) -> tuple[Examples, Examples | None]:
    """Load or map the examples of two files, the last ones held out.

    Args:
        inputs: Path of number[examples, features].
        targets: Path of number[examples].
        held_out: Share that is held out.
        stream: Whether they stay in the file; None goes by `SHARE`.
        dtype: Of the examples: float32 or float64.
        labels: Whether targets have to be ±1.

    Raises:
        FactoryError: The files are not what is said above, hold a number that is not
            finite, or cannot be streamed.
    """
    x, y = see(inputs, targets)
    counts = sizes(len(x), held_out)
    read = partial(blocks, inputs, targets, dtype, labels)
    if not _is_streamed(stream, x, dtype):
        return place(filled(read(), x.shape[1], counts, dtype), dtype)
    _see_that_streamable(x, inputs)
    for _ in read():  # for what may be wrong with them
        pass
    rows, goals = jax.device_put((x, _taken_over(y, dtype)), may_alias=True)
    train, held = (
        cast(Examples, Streamed(rows, goals, first, count, dtype))
        for first, count in zip((0, counts[0]), counts, strict=True)
    )
    return train, held if held.count else None


def _is_streamed(stream: bool | None, inputs: NDArray, dtype: str) -> bool:
    on_cpu = jax.default_backend() == "cpu"
    if stream and not on_cpu:
        words = f"only a CPU reads from files, and this is a {jax.default_backend()}"
        raise FactoryError(f"stream = true: {words}", "stream")
    size = inputs.size * np.dtype(dtype).itemsize
    large = size > SHARE * psutil.virtual_memory().available
    return on_cpu and (large if stream is None else stream)


def _see_that_streamable(inputs: NDArray, path: str) -> None:
    """See that JAX can read the mapping itself, and not a copy of it."""
    if not _is_known(inputs):
        words = f"{inputs.dtype} cannot be streamed here; save it as float32"
    elif not inputs.flags.c_contiguous:
        words = "cannot be streamed in Fortran order; save it in C order"
    elif inputs.ctypes.data % ALIGNMENT:
        words = f"its numbers do not begin at a multiple of {ALIGNMENT} bytes"
    else:
        return
    raise wrong("inputs", path, words)


def _taken_over(targets: NDArray, dtype: str) -> NDArray:
    """Return the mapping, or a copy in memory where JAX has not its type."""
    return targets if _is_known(targets) else np.asarray(targets, dtype)


def _is_known(array: NDArray) -> bool:
    """Tell whether JAX has the type; without float64 it has no int64 either."""
    canonical = jax.dtypes.canonicalize_dtype(array.dtype)
    return array.dtype.isnative and canonical == array.dtype
