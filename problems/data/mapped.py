"""Examples of any tree that stay in memory-mapped .npy and .npz files."""

import zipfile
from dataclasses import dataclass, field
from math import prod
from mmap import ALLOCATIONGRANULARITY
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.lib import format as npy
from numpy.typing import NDArray

from factories import FactoryError, nearest

from .examples import ALIGNMENT
from .tree import TreeExamples

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_LOCAL = 30  # bytes of a zip file's entry before its name


def memory_map(path: str | Path, array: str | None = None) -> np.memmap:
    """Map an array of a .npy or .npz file into memory; only its header is read.

    An array of a .npz file can be mapped if it is not compressed, as `numpy.savez`
    writes it.

    Args:
        path: The file.
        array: The name of an array in a .npz file; None for the only one.

    Returns:
        The array, read-only, as by `numpy.load(path, mmap_mode="r")`.

    Raises:
        FactoryError: There is no such array, or it cannot be mapped; one sentence.
    """
    try:
        if zipfile.is_zipfile(path):
            return _member(path, array)
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        beside = [str(f) for f in Path(path).parent.glob("*.np[yz]")]
        raise _error(path, "no such file.", nearest(str(path), beside)) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _error(path, f"cannot be mapped: {error}") from error
    if array is not None:
        raise _error(path, f'holds one array, and none called "{array}"')
    return mapped


def _error(path: str | Path, words: str, hint: str = "") -> FactoryError:
    return FactoryError(f'"{path}": {words}', hint=hint)


def _member(path: str | Path, array: str | None) -> np.memmap:
    """Map an array that a .npz file, which is a zip file, holds as it is."""
    with zipfile.ZipFile(path) as archive:
        entries = {e.filename.removesuffix(".npy"): e for e in archive.infolist()}
    if array is None and len(entries) == 1:
        (array,) = entries
    if array not in entries:
        listed = ", ".join(entries) or "nothing"
        which = "name one of its arrays" if array is None else f'no array "{array}"'
        raise _error(path, f"{which}; it holds {listed}")
    entry = entries[array]
    if entry.compress_type != zipfile.ZIP_STORED:
        words = f'"{array}" is compressed and cannot be mapped: write the file with'
        raise _error(path, f"{words} numpy.savez, or each array with numpy.save")
    with open(path, "rb") as file:
        file.seek(entry.header_offset)
        local = file.read(_LOCAL)  # it ends with the lengths of a name and an extra
        name, extra = (int.from_bytes(local[i : i + 2], "little") for i in (26, 28))
        file.seek(entry.header_offset + _LOCAL + name + extra)
        read = _HEADERS.get(npy.read_magic(file))
        if read is None:
            raise _error(path, f'"{array}" has a header of an unknown version')
        shape, fortran, dtype = read(file)
        if dtype.hasobject:
            raise _error(path, f'"{array}" holds Python objects, not numbers')
        order, start = "F" if fortran else "C", file.tell()
    return np.memmap(path, dtype, "r", start, shape, order)


class Part(NamedTuple):
    """Where an array is mapped from.

    Attributes:
        file: Its path.
        start: The byte at which its numbers begin.
        dtype, shape: Of the array.
    """

    file: str
    start: int
    dtype: str
    shape: tuple[int, ...]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class MappedTree:
    """Examples as a tree of arrays, some of them in memory-mapped files.

    A CPU's program reads the mapping like any array, and only those examples that it
    takes; see `MappedExamples`. It can replace `TreeExamples` in every mean over
    examples.

    Attributes:
        arrays: The arrays of the tree, in the order of its leaves.
        structure: Of the tree.
        parts: Of each array, where it is mapped from; None for one in memory.
        count: The number of examples.
        features: The bytes of an example, over four.
    """

    arrays: tuple[Any, ...]
    structure: Any = field(metadata={"static": True})
    parts: tuple[Part | None, ...] = field(metadata={"static": True})
    count: int = field(metadata={"static": True})
    features: int = field(metadata={"static": True})
    axis: ClassVar[int] = 0

    @property
    def tree(self) -> Any:
        """Return the tree of all examples, in memory."""
        return self.whole().tree

    def whole(self) -> TreeExamples:
        """Return all examples, which then have to fit into memory."""
        return self.block(0, self.count)

    def block(self, start: jax.Array | int, size: int) -> TreeExamples:
        """Return `size` examples that follow each other, inside a program."""
        return self._each(
            lambda x: (
                x.block(start, size)
                if isinstance(x, _Shifted)
                else lax.dynamic_slice_in_dim(x, start, size)
            )
        )

    def take(self, chosen: jax.Array) -> TreeExamples:
        """Return the examples at places int[k], inside a program."""
        return self._each(
            lambda x: (
                x.take(chosen)
                if isinstance(x, _Shifted)
                else jnp.take(x, chosen, axis=0)
            )
        )

    def _each(self, of: Any) -> TreeExamples:
        return TreeExamples(jax.tree.unflatten(self.structure, map(of, self.arrays)))


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class _Shifted:
    """An array whose rows begin within the rows of an aligned array of bytes.

    XLA copies an array that does not begin at a multiple of `ALIGNMENT` bytes, so that
    the mapping of such an array is read from the last multiple before.

    Attributes:
        rows: uint8[rows, bytes of an example], mapped.
        rest: uint8[shift], the end of the last example, in memory.
        first: The row in which the first example begins.
        shift: The byte of a row at which an example begins.
        shape: Of an example.
        dtype: Of its numbers.
    """

    rows: jax.Array
    rest: jax.Array
    first: int = field(metadata={"static": True})
    shift: int = field(metadata={"static": True})
    shape: tuple[int, ...] = field(metadata={"static": True})
    dtype: str = field(metadata={"static": True})

    def block(self, start: jax.Array | int, size: int) -> jax.Array:
        """Return the examples start, ..., start + size - 1."""
        return self.take(start + jnp.arange(size))

    def take(self, chosen: jax.Array) -> jax.Array:
        """Return the examples at places int[k]."""
        at, last = self.first + chosen, len(self.rows) - 1
        begin = jnp.take(self.rows, at, 0)[:, self.shift :]
        after = jnp.take(self.rows, jnp.minimum(at + 1, last), 0)[:, : self.shift]
        end = jnp.where((at == last)[:, None], self.rest, after)
        return self._numbers(jnp.concatenate([begin, end], 1))

    def _numbers(self, rows: jax.Array) -> jax.Array:
        """Return the numbers that rows of bytes, uint8[k, bytes], stand for."""
        dtype = np.dtype(self.dtype)
        if dtype.kind == "b":
            return (rows != 0).reshape(-1, *self.shape)
        wide = dtype.itemsize > 1
        split = rows.reshape(len(rows), -1, dtype.itemsize) if wide else rows
        return lax.bitcast_convert_type(split, dtype).reshape(-1, *self.shape)


def held(tree: Any, axis: int) -> TreeExamples | MappedTree:
    """Return the examples of a tree: placed on the device, or mapped where they are.

    On an accelerator mapped arrays are copied to its memory, as all others.

    Args:
        tree: Arrays, some of them memory-mapped or slices of such.
        axis: The axis of the examples in every array.

    Raises:
        FactoryError: A mapped array cannot be read from where it is; one sentence.
    """
    leaves, structure = jax.tree.flatten(tree)
    on_cpu = jax.default_backend() == "cpu"
    if not (on_cpu and any(map(is_read_from_file, leaves))):
        placed = [jax.device_put(np.asarray(leaf)) for leaf in leaves]
        return TreeExamples(jax.tree.unflatten(structure, placed), axis)
    paths = [jax.tree_util.keystr(p) for p, _ in jax.tree.leaves_with_path(tree)]
    counts = {np.shape(leaf)[:1] for leaf in leaves}
    if axis != 0 or len(counts) > 1 or counts == {()}:
        shapes = ", ".join(f"{np.shape(leaf)}" for leaf in leaves)
        raise FactoryError(
            "memory-mapped examples have to be on the first axis of every array, as "
            f"many in each: the shapes are {shapes}, and axis = {axis}"
        )
    arrays, parts = [], []
    for path, leaf in zip(paths, leaves, strict=True):
        mapped = is_read_from_file(leaf)
        arrays.append(_mapped(leaf, path) if mapped else jnp.asarray(leaf))
        parts.append(_part(leaf) if mapped else None)
    ((count,),) = counts
    size = sum(leaf.dtype.itemsize * leaf.size for leaf in map(np.asarray, leaves))
    each = max(1, size // max(1, count) // 4)
    return MappedTree(tuple(arrays), structure, tuple(parts), count, each)


def is_read_from_file(leaf: Any) -> bool:
    """Return whether a leaf is a mapping that JAX can read in place.

    Of a type that JAX does not have here, an array of one axis, as labels are, is
    converted in memory.
    """
    mapped = isinstance(leaf, np.memmap) and getattr(leaf, "_mmap", None) is not None
    return mapped and (leaf.ndim > 1 or _is_known(leaf))


def _is_known(array: NDArray) -> bool:
    known = array.dtype.kind in "biuf" and array.dtype.isnative
    return known and jax.dtypes.canonicalize_dtype(array.dtype) == array.dtype


def _begin(array: np.memmap) -> tuple[NDArray, int]:
    """Return all mapped bytes, and the place of an array's first one among them."""
    whole = np.frombuffer(array._mmap, np.uint8)  # pyright: ignore[reportAttributeAccessIssue]
    return whole, array.ctypes.data - whole.ctypes.data


def _part(array: np.memmap) -> Part:
    _, begin = _begin(array)
    offset = array.offset or 0
    start = offset - offset % ALLOCATIONGRANULARITY + begin
    return Part(str(array.filename), start, str(array.dtype), array.shape)


def _mapped(array: np.memmap, path: str) -> Any:
    """Return what a program reads the mapping by.

    Raises:
        FactoryError: It would read a copy of the whole array.
    """
    if not _is_known(array):
        other = {"f": "float32", "i": "int32", "u": "uint32"}.get(array.dtype.kind)
        hint = f": save it as {other}" if other else ""
        words = f"{array.dtype} cannot be read from a mapping here{hint}"
    elif not array.flags.c_contiguous:
        words = "its rows do not follow each other; save them so, in C order"
    elif not array.size:
        words = "it holds no numbers"
    else:
        return _placed(array)
    place = f", {path}" if path else ""
    raise FactoryError(f'"{array.filename}"{place}: {words}')


def _placed(array: np.memmap) -> Any:
    bytes_before = array.ctypes.data % ALIGNMENT
    if not bytes_before:
        return jax.device_put(np.asarray(array), may_alias=True)
    whole, begin = _begin(array)
    row = prod(array.shape[1:]) * array.dtype.itemsize
    first, shift = divmod(bytes_before, row)
    count = len(array) + first
    start = begin - bytes_before
    rows = whole[start : start + count * row].reshape(count, row)
    end = begin + array.nbytes
    rest = jnp.asarray(whole[end - shift : end].copy())
    mapped = jax.device_put(rows, may_alias=True)
    return _Shifted(mapped, rest, first, shift, array.shape[1:], str(array.dtype))
