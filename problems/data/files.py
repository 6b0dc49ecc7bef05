"""Examples from a user's files, loaded into memory or read in blocks."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import jax
import numpy as np
import psutil
from numpy.typing import NDArray

from factories import FactoryError, nearest

from ..settings import SHARES, data_set_settings
from .examples import ALIGNMENT, Examples, MappedExamples
from .split import Split, fill, place, sizes
from .tables import SUFFIXES, Table, check_table, numbered, read_table

SHARE = 0.5
"""Share of the available memory above which data are streamed."""
SETTINGS = {
    "file": None,
    "inputs": None,
    "targets": None,
    "stream": None,
    **SHARES,
    "held_out": 0.0,
}
"""The settings of the data set "files"."""
MOST_LABELS = 1000
Kind = Literal["numbers", "signs", "classes"]
"""What targets are: numbers, one of two labels as ±1, or labels from 0."""
Names = str | list[str] | None
Labels = tuple[tuple[Any, int], ...]
"""Pairs of a label in a file and the number that stands for it."""


class FromFiles(NamedTuple):
    """The examples of files.

    Attributes:
        train, held_out, validation: The last examples are held out, those before them
            are for validation; None if there are none.
        classes: How many labels there are; 0 if targets are numbers.
        labels: The numbers that stand for labels, if they are not the labels.
    """

    train: Examples
    held_out: Examples | None
    validation: Examples | None
    classes: int = 0
    labels: Labels = ()


def checked_settings(
    data_sets: Mapping[str, Mapping[str, Any]],
    dataset: str,
    given: Mapping[str, Any],
    kind: Kind = "numbers",
) -> dict[str, Any]:
    """Return a data set's settings as `data_set_settings`; its files are checked.

    Args:
        data_sets, dataset, given: As there; "files" is the data set of `SETTINGS`.
        kind: As in `from_files`.

    Raises:
        FactoryError: The data set does not take a setting, or a file is not valid.
    """
    settings = data_set_settings(data_sets, dataset, given)
    if dataset == "files":
        _check_files(**settings, kind=kind)
    return settings


def _check_files(
    file: str | None,
    inputs: Names,
    targets: str | None,
    stream: bool | None = None,
    kind: Kind = "numbers",
    **rest: Any,
) -> None:
    """Check that files are there and fit together; only their headers are read.

    Args:
        file, inputs, targets, stream, kind: As in `from_files`.
        rest: Its other settings.

    Raises:
        FactoryError: They are not.
    """
    del rest
    if file is None:
        mapped(inputs, targets, kind == "classes")
        return
    if stream:
        raise FactoryError("only .npy files can be streamed", "stream", value="true")
    check_table(file, inputs, targets)


def from_files(
    inputs: Names,
    targets: str | None,
    held_out: float,
    validation: float,
    dtype: str,
    file: str | None = None,
    stream: bool | None = None,
    kind: Kind = "numbers",
) -> FromFiles:
    """Load or map the examples of files; the last ones are held out.

    Args:
        inputs: Path of number[examples, features], a .npy file; with `file`, as in
            `read_table`.
        targets: Path of number[examples], a .npy file; with `file`, as in `read_table`.
        held_out: Share of held-out examples.
        validation: Share of validation examples, the last ones before these.
        dtype: Of the examples: float32 or float64.
        file: A table; see `read_table`.
        stream: Whether they stay in the .npy file; None decides by `SHARE`. Classes are
            in memory.
        kind: What targets are. Those of two .npy files have to be ±1 for `signs`.

    Raises:
        FactoryError: The files are not as above, hold a number that is not finite, or
            cannot be streamed.
    """
    shares = held_out, validation
    if file is not None:
        named = {"inputs": inputs, "targets": targets, "labels": kind != "numbers"}
        table = read_table(file, **named)
        return _from_table(table, shares, dtype, kind, file)
    x, y = mapped(inputs, targets, kind == "classes")
    at = cast(str, inputs), cast(str, targets)
    if kind == "classes":
        if y.dtype.kind == "f":
            _finite(y, "float64", 0, "targets", at[1])
        codes, labels = numbered(np.asarray(y))
        table = Table(np.asarray(x), codes, labels=labels)
        return _from_table(table, shares, dtype, kind, at[0])
    counts = sizes(len(x), *shares)
    read = partial(_blocks, *at, dtype, kind == "signs")
    if not _is_streamed(stream, x, dtype):
        return FromFiles(*place(fill(read(), x.shape[1], counts, dtype), dtype))
    return _streamed(x, y, at[0], counts, read, dtype)


def _streamed(
    x: NDArray,
    y: NDArray,
    inputs: str,
    counts: Split[int],
    read: Callable[[], Iterator[Any]],
    dtype: str,
) -> FromFiles:
    """Return examples that stay in their files."""
    _check_streamable(x, inputs)
    for _ in read():  # to check the numbers
        pass
    rows, column = jax.device_put((x, _readable(y, dtype)), may_alias=True)
    firsts = Split(0, counts.train + counts.validation, counts.train)
    train, held, chosen_on = (
        cast(Examples, MappedExamples(rows, column, first, count, dtype))
        for first, count in zip(firsts, counts, strict=True)
    )
    held, chosen_on = (x if x.count else None for x in (held, chosen_on))
    return FromFiles(train, held, chosen_on)


def _from_table(
    table: Table, shares: tuple[float, float], dtype: str, kind: Kind, file: str
) -> FromFiles:
    """Split a table, and place the parts on the device."""
    key = "file" if table.columns else "inputs"
    y, labels = _targets(table, kind, file)
    x = _finite(table.inputs, dtype, 0, key, file).T
    if kind != "classes":
        y = _finite(y, dtype, 0, "file", file)
    counts = sizes(len(y), *shares)
    chosen_on, held = counts.train, counts.train + counts.validation
    at = Split(slice(chosen_on), slice(held, None), slice(chosen_on, held))
    parts = place(at.map(lambda some: (x[:, some], y[some])), dtype)
    return FromFiles(*parts, len(table.labels), labels)


def _targets(table: Table, kind: Kind, file: str) -> tuple[NDArray, Labels]:
    """Return the targets of a table as numbers, and what they stand for."""
    y, found = cast(NDArray, table.targets), table.labels
    if kind == "numbers":
        if found:
            words = f'the targets hold text, "{found[0]}": numbers are wanted'
            raise _error("file", file, words)
        return y, ()
    two, count = kind == "signs", len(found)
    if (two and count != 2) or not 2 <= count <= MOST_LABELS:
        first = ", ".join(map(str, found[:4])) + (", ..." if count > 4 else "")
        wanted = "two are" if two else f"2 to {MOST_LABELS:,} are"
        words = f"the targets hold {count:,} labels, {first}: {wanted} wanted"
        raise _error("file", file, words)
    numbers = (-1, 1) if two else range(count)
    labels = tuple(zip(found, numbers, strict=True))
    same = all(label == number for label, number in labels)
    return 2 * y - 1 if two else y, () if same else labels


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


def mapped(
    inputs: Names, targets: str | None, text: bool = False
) -> tuple[NDArray, NDArray]:
    """Map two files into memory; only their headers are read.

    Args:
        inputs: Path of number[examples, features].
        targets: Path of number[examples].
        text: Whether targets may be text.

    Raises:
        FactoryError: A file is missing or not a .npy file of numbers, or the shapes do
            not match.
    """
    x = _array(inputs, "inputs", 2)
    y = _array(targets, "targets", 1, "fiuU" if text else "fiu")
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


def _array(path: Names, key: str, axes: int, kinds: str = "fiu") -> NDArray:
    if path is None:
        words = f'dataset "files" needs "{key}", a .npy file, or a table as "file"'
        raise FactoryError(words, key)
    if isinstance(path, list):
        words = 'columns are of a table: name it as "file"'
        raise FactoryError(words, key, value=repr(path))
    if path.lower().endswith(tuple(SUFFIXES)):
        words = 'name it as "file", and here what it calls the array or the columns'
        raise _error(key, path, words)
    array = _opened(path, key)
    if not isinstance(array, np.ndarray):
        raise _error(key, path, "it is a .npz file, whose name should end so")
    if array.dtype.kind not in kinds:
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
