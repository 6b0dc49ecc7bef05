"""The fingerprint of a problem or an optimizer: all that its name leaves open."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from factories import sources, with_paths

_OWN = re.compile(r".+:[A-Za-z_]\w*")  # of a factory: place:name
FOLDER = "files"
"""The setting that may name a folder, of which each file counts."""


def fingerprint(name: str, settings: dict[str, Any], arrays: str = "") -> str:
    """Return a sha256 of what a factory makes beyond its name and settings.

    It covers the source files of the user's own that the name and the settings refer
    to, the contents of each file that a setting names, and the arrays.

    Args:
        name, settings: Of the factory, as in a config.
        arrays: A digest of a problem's arrays, as `measurement.arrays.digest`.

    Returns:
        An empty text if name and settings state all, as for a built-in problem
        without files.
    """
    paths = with_paths(settings)
    contents = [*_contents(name), *_contents(paths), *filter(None, [arrays])]
    if not contents:
        return ""
    return hashlib.sha256(json.dumps(contents).encode()).hexdigest()


def _contents(plain: Any) -> Iterator[str]:
    """Yield a digest of each file that plain values refer to, in order of the keys."""
    if isinstance(plain, dict):
        for key in sorted(plain):
            yield from _contents(plain[key])
            if key == FOLDER:
                yield from map(of_file, _beside(plain[key]))
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from _contents(value)
    elif isinstance(plain, str):
        if _OWN.fullmatch(plain):
            yield from map(of_file, sources(plain))
        elif _is_file(plain):
            yield of_file(Path(plain))


def _beside(folder: Any) -> list[Path]:
    """Return the files in a folder, in order of their names; none if it is none."""
    if not isinstance(folder, str) or not os.path.isdir(folder):
        return []
    return sorted(path for path in Path(folder).iterdir() if path.is_file())


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # no file has such a name
        return False


WHOLE = 2**26
"""Bytes up to which a file is read completely."""
SAMPLES = 256
_SAMPLE = 4096  # bytes


def of_file(path: Path) -> str:
    """Return a sha256 that changes with a file's contents.

    Of a file of more than 64 MiB it covers the size, the time of the last change and
    256 evenly spaced samples of 4 KiB, first and last bytes among them.
    """
    stat = path.stat()
    return _of_file(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=256)  # several entries of a config may name the same file
def _of_file(path: Path, size: int, changed: int) -> str:
    if size <= WHOLE:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256(f"{size} {changed}".encode())
    with path.open("rb") as file:
        for sample in range(SAMPLES):
            file.seek(sample * (size - _SAMPLE) // (SAMPLES - 1), os.SEEK_SET)
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()
