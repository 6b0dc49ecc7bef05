"""Files of a run folder that are kept gzipped."""

import gzip
import io
import zlib
from pathlib import Path

from ..core.errors import RunError
from . import reading

SUFFIX = ".gz"


def gzipped(text: str) -> bytes:
    """Return a text gzipped, without name and time: equal texts, equal bytes."""
    file = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as pack:
        pack.write(text.encode())
    return file.getvalue()


def unpacked(path: Path) -> bytes:
    """Return the bytes that a file holds, gzipped if its name says so.

    Raises:
        RunMissing: There is no such file.
        RunError: It is no whole gzip file.
        StoreError: It cannot be read.
    """
    content = reading.content(path)
    if path.suffix != SUFFIX:
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise RunError(f"{path}: not a whole gzip file: {error}") from None


def either(path: Path) -> Path:
    """Return the path of a file as it is in a folder: with `.gz` where it is packed."""
    gz = path.with_name(f"{path.name}{SUFFIX}")
    return gz if gz.exists() and not path.exists() else path
