"""The reader of idx files returns what was written, and says what is wrong."""

import gzip
import struct

import numpy as np
import pytest

from problems.data.idx import read_idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def packed(array, kind=8):
    header = struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_the_array_is_read(tmp_path, name):
    path = tmp_path / name
    data = packed(IMAGES)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    read = read_idx(path, 3)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, IMAGES)


WHOLE = packed(IMAGES)
WRONG = {
    "labels for images": ("x", packed(IMAGES[0, 0]), "0x00000801.*0x00000803"),
    "floats": ("x", packed(IMAGES, 13), "0x00000d03.*0x00000803"),
    "text": ("x", b"label,pixel\n", "0x6c616265.*magic number"),
    "nothing": ("x", b"", "begins with 0x,"),
    "half a header": ("x", WHOLE[:10], "ends after 10 bytes, within its header"),
    "truncated": ("x", WHOLE[:-1], "truncated: 23 bytes.*states 2 x 3 x 4"),
    "too long": ("x", WHOLE + b"0", "too long: 25 bytes.*states 2 x 3 x 4"),
    "no gzip": ("x.gz", WHOLE, "not a gzip file"),
    "truncated gzip": ("x.gz", gzip.compress(WHOLE)[:-9], "truncated.*gzip"),
    "damaged gzip": ("x.gz", gzip.compress(WHOLE)[:10] + b"\7" * 40, "gzip file"),
    "unpacked in a header": ("x", struct.pack(">HBB3I", 0, 8, 3, *[2**32 - 1] * 3), ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_damaged_file_is_refused_with_what_is_wrong(tmp_path, case):
    name, data, words = WRONG[case]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=words or "truncated") as caught:
        read_idx(tmp_path / name, 3)
    assert "\n" not in str(caught.value)
