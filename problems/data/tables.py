"""Arrays from a table in a .csv, .tsv, .parquet or .npz file."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from factories import FactoryError, nearest

SUFFIXES = {
    ".csv": ",",
    ".tsv": "\t",
    ".csv.gz": ",",
    ".tsv.gz": "\t",
    ".parquet": "",
    ".npz": "",
}
"""The endings of the files that can be read, and what separates their columns."""
_MOST_LISTED = 12


class Table(NamedTuple):
    """What a file holds.

    Attributes:
        inputs: float64[examples, features].
        targets: float64[examples], or int64[examples] for labels; None if no targets
            were asked for.
        columns: The names of the features; empty for a .npz file.
        labels: The distinct labels in sorted order; `targets` holds their places. Empty
            if targets are numbers.
    """

    inputs: NDArray
    targets: NDArray | None = None
    columns: tuple[str, ...] = ()
    labels: tuple[Any, ...] = ()


def read_table(
    file: str | Path,
    *,
    inputs: str | Sequence[str] | None = None,
    targets: str | None = None,
    labels: bool = False,
) -> Table:
    """Read examples from a table, one a row.

    Rows are counted from 0, without that of the names. Parquet needs pyarrow, which
    `pip install "gradmeter[files]"` installs.

    Args:
        file: A .csv, .tsv (also .gz), .parquet or .npz file.
        inputs: The columns of the inputs, numbers or truth values; None for all but
            `targets`. Of a .npz file, the name of number[examples, features]; None for
            "inputs".
        targets: The column of the targets; None for none. Of a .npz file, the name of
            an array [examples]. Text is read as labels.
        labels: Whether numbers are labels too.

    Raises:
        FactoryError: The file is not as above, a value is missing, or an input is no
            finite number; one sentence with file, column and first row.
    """
    path = str(file)
    if _suffix(path) == ".npz":
        return _from_npz(path, inputs, targets, labels)
    frame = _read(path, whole=True)
    names = _chosen(list(frame.columns), path, inputs, targets)
    columns = [_numbers(_Column(path, name, frame[name]), "inputs") for name in names]
    table = Table(np.column_stack(columns), columns=names)
    if targets is None:
        return table
    column = _Column(path, targets, frame[targets])
    if labels or not column.is_number:
        codes, found = numbered(column.present().to_numpy())
        return table._replace(targets=codes, labels=found)
    return table._replace(targets=_numbers(column, "targets"))


def check_table(
    file: str, inputs: str | Sequence[str] | None, targets: str | None
) -> None:
    """Check that a file is there and has these columns; only names are read.

    Args:
        file, inputs, targets: As in `read_table`.

    Raises:
        FactoryError: It has not.
    """
    if targets is None:
        raise FactoryError(f'"{file}" needs "targets", a column of it', "targets")
    if _suffix(file) == ".npz":
        with _archive(file) as archive:
            for key, name in (("inputs", inputs or "inputs"), ("targets", targets)):
                _check_name(archive.files, file, key, name, "array")
        return
    _chosen(list(_read(file, whole=False).columns), file, inputs, targets)


def numbered(values: NDArray) -> tuple[NDArray, tuple[Any, ...]]:
    """Return labels as places in their sorted distinct values, and these.

    Args:
        values: Numbers or text.
    """
    if values.dtype.kind not in "fiub":
        values = np.asarray([str(value) for value in values])
    distinct, places = np.unique(values, return_inverse=True)
    return places.astype(np.int64), tuple(map(_plain, distinct))


def _plain(label: Any) -> Any:
    """Return a label as a Python value; a whole number as int."""
    value = label.item()
    if isinstance(value, bool):
        return str(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Column(NamedTuple):
    """A column of a table.

    Attributes:
        path: The file.
        name: The column.
        values: Its values.
    """

    path: str
    name: str
    values: Any  # a pandas Series

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers or truth values."""
        from pandas.api import types

        dtype = self.values.dtype
        return types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)

    def present(self) -> Any:
        """Return the values.

        Raises:
            FactoryError: One is missing.
        """
        rows = np.flatnonzero(self.values.isna())
        if len(rows):
            more = f", nor in {len(rows) - 1:,} other rows" if len(rows) > 1 else ""
            raise self.error(f"has no value in row {rows[0]:,}{more}")
        return self.values

    def error(self, words: str) -> FactoryError:
        """Return the error for a column that is wrong."""
        return _error("file", self.path, f'column "{self.name}" {words}')


def _numbers(column: _Column, key: str) -> NDArray:
    """Return float64[examples].

    Raises:
        FactoryError: A value is missing, no number, or not finite.
    """
    import pandas as pd

    values = column.present()
    if not column.is_number:
        known = cast(Any, pd.to_numeric(values.astype(str), errors="coerce"))
        row = int(np.argmax(known.isna()))
        hint = "; leave it out: inputs = [...]" if key == "inputs" else ""
        shown = f'"{values.iloc[row]}" in row {row:,}'
        raise column.error(f"holds {shown}: {key} have to be numbers{hint}")
    numbers = values.to_numpy(np.float64)
    rows = np.flatnonzero(~np.isfinite(numbers))
    if len(rows):
        shown = f"{numbers[rows[0]]:g} in row {rows[0]:,}"
        raise column.error(f"holds {shown}: numbers have to be finite")
    return numbers


def _error(key: str, value: str | None, words: str, hint: str = "") -> FactoryError:
    return FactoryError(words, key, value=f'"{value}"', hint=hint)


def _suffix(path: str) -> str:
    """Return the ending of a file.

    Raises:
        FactoryError: Files with this ending cannot be read.
    """
    for suffix in SUFFIXES:
        if path.lower().endswith(suffix):
            return suffix
    raise _error("file", path, f"should end with {', '.join(SUFFIXES)}")


def _chosen(
    names: Sequence[str],
    path: str,
    inputs: str | Sequence[str] | None,
    targets: str | None,
) -> tuple[str, ...]:
    """Return the columns of the inputs.

    Raises:
        FactoryError: The file lacks a column, or one is both.
    """
    if targets is not None:
        _check_name(names, path, "targets", targets, "column")
    if inputs is None:
        chosen = tuple(name for name in names if name != targets)
    else:
        chosen = (inputs,) if isinstance(inputs, str) else tuple(inputs)
    for name in chosen:
        _check_name(names, path, "inputs", name, "column")
        if name == targets:
            raise _error("inputs", name, "is the column of the targets")
    if not chosen:
        raise FactoryError(f'"{path}" has no column for the inputs', "inputs")
    return chosen


def _check_name(
    names: Iterable[str], path: str, key: str, name: Any, kind: str
) -> None:
    names = list(names)
    if name in names:
        return
    listed = ", ".join(names[:_MOST_LISTED]) or "none"
    rest = ", ..." if len(names) > _MOST_LISTED else ""
    hint = nearest(str(name), names) or f" It has {listed}{rest}."
    raise FactoryError(f'no such {kind} in "{path}".', key, value=repr(name), hint=hint)


def _read(path: str, whole: bool) -> Any:
    """Return a table as a pandas data frame, with all of its rows or none.

    Raises:
        FactoryError: It cannot be read, or its columns have no names.
    """
    import pandas as pd

    separator = SUFFIXES[_suffix(path)]
    try:
        if separator:
            frame = _csv(path, separator, None if whole else 0)
        else:
            frame = _parquet(path, whole)
    except FileNotFoundError as error:
        raise _no_such_file(path) from error
    except ImportError as error:
        words = 'reading Parquet needs pyarrow: pip install "gradmeter[files]"'
        raise _error("file", path, words) from error
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        raise _unreadable(path, error) from error
    frame.columns = frame.columns.map(str)
    if separator and all(map(_is_number, frame.columns)):
        raise _error("file", path, "its first line has to name the columns")
    if whole and frame.empty:
        raise _error("file", path, "it holds no rows")
    return frame


def _csv(path: str, separator: str, rows: int | None) -> Any:
    """Return at most so many rows of a table; a row too long is an error."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path, sep=separator, nrows=rows, index_col=False, low_memory=False
        )


def _parquet(path: str, whole: bool) -> Any:
    import pandas as pd

    if whole:
        return pd.read_parquet(path, engine="pyarrow")
    from pyarrow import parquet  # pyright: ignore[reportMissingImports]

    return parquet.read_schema(path).empty_table().to_pandas()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _no_such_file(path: str) -> FactoryError:
    beside = (str(file) for file in Path(path).parent.glob("*"))
    alike = [name for name in beside if name.lower().endswith(tuple(SUFFIXES))]
    return _error("file", path, "no such file.", nearest(path, alike))


def _unreadable(path: str, error: Exception) -> FactoryError:
    said = " ".join(str(getattr(error, "strerror", None) or error).split())
    return _error("file", path, f"cannot be read: {said}")


def _archive(path: str) -> Any:
    """Open a .npz file."""
    try:
        archive = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise _no_such_file(path) from error
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise _unreadable(path, error) from error
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise _error("file", path, "is no .npz file")
    return archive


def _from_npz(
    path: str, inputs: str | Sequence[str] | None, targets: str | None, labels: bool
) -> Table:
    x = _array(path, "inputs", inputs or "inputs", 2)
    if x.dtype.kind == "U":
        raise _error("file", path, f'array "{inputs or "inputs"}" holds text')
    if targets is None:
        return Table(_finite(x, path, inputs or "inputs"))
    y = _array(path, "targets", targets, 1)
    if len(y) != len(x):
        raise _error("file", path, f"{len(y):,} targets for {len(x):,} rows of inputs")
    table = Table(_finite(x, path, inputs or "inputs"))
    if labels or y.dtype.kind == "U":
        codes, found = numbered(y if y.dtype.kind == "U" else _finite(y, path, targets))
        return table._replace(targets=codes, labels=found)
    return table._replace(targets=_finite(y, path, targets))


def _array(path: str, key: str, name: Any, axes: int) -> NDArray:
    """Return an array of a .npz file, of numbers or text."""
    with _archive(path) as archive:
        _check_name(archive.files, path, key, name, "array")
        try:
            array = archive[name]
        except ValueError as error:  # of Python objects
            raise _unreadable(path, error) from error
    if array.dtype.kind not in "fiubU":
        raise _error("file", path, f'array "{name}" holds {array.dtype}, not numbers')
    if array.ndim != axes or not array.size:
        shape = "(examples, features)" if axes == 2 else "(examples,)"
        words = f'the shape of array "{name}" is {array.shape}, not {shape}'
        raise _error("file", path, words)
    return array


def _finite(array: NDArray, path: str, name: Any) -> NDArray:
    numbers = np.asarray(array, np.float64)
    if not np.isfinite(numbers).all():
        at = tuple(np.argwhere(~np.isfinite(numbers))[0])
        words = f'array "{name}" holds {numbers[at]:g} in row {at[0]:,}'
        raise _error("file", path, f"{words}: numbers have to be finite")
    return numbers
