"""Arrays in idx files, the format of MNIST, compressed with gzip or not."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTES = 8
"""The third byte of a file of unsigned bytes, the only numbers read here."""


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """Return the array of an idx file of unsigned bytes.

    A file begins with two zero bytes, the type of its numbers and the number of its
    axes; then the length of each axis follows, a big-endian uint32, then the
    numbers in C order.

    Args:
        path: Of the file; one that ends in `.gz` is decompressed.
        axes: The number of axes that it has to have: 3 for images, 1 for labels.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not such a file; the message does not name it.
    """
    data = _bytes(path)
    expected = bytes([0, 0, UNSIGNED_BYTES, axes])
    if data[:4] != expected:
        raise ValueError(
            f"it begins with 0x{data[:4].hex()}, and an idx file of unsigned bytes "
            f"with {axes} axes with the magic number 0x{expected.hex()}"
        )
    first = 4 + 4 * axes
    if len(data) < first:
        raise ValueError(f"it ends after {len(data)} bytes, within its header")
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", axes, 4))
    held, stated = len(data) - first, math.prod(shape)
    if held != stated:
        sizes = " x ".join(f"{n:,}" for n in shape)
        kind = "truncated" if held < stated else "too long"
        raise ValueError(
            f"it is {kind}: {held:,} bytes of data, and its header states {sizes}"
        )
    return np.frombuffer(data, np.uint8, stated, first).reshape(shape)


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except EOFError as error:
        raise ValueError("it is truncated: the gzip stream has no end") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"it is not a gzip file: {error}") from error
