"""Paths that a config states: taken from its own folder, else from the working one."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

KEYS = ("file", "files")
"""Settings that are always paths; others are if they name what is there."""


class _Place:
    """Where paths are taken from, for the whole process, as the working directory is.

    Attributes:
        folder: The config's; empty for the working directory.
        elsewhere: Paths that were in the working directory only.
    """

    def __init__(self) -> None:
        self.folder = ""
        self.elsewhere: dict[str, None] = {}


_PLACE = _Place()


@contextlib.contextmanager
def taken_from(folder: str | Path) -> Iterator[dict[str, None]]:
    """Take relative paths from a folder while inside, else from the working directory.

    Args:
        folder: The config's folder; "" or "." for the working directory alone.

    Yields:
        The paths that turn out to be in the working directory only.
    """
    before = _PLACE.folder, _PLACE.elsewhere
    _PLACE.folder, _PLACE.elsewhere = str(Path(folder) if str(folder) else ""), {}
    if _PLACE.folder == ".":
        _PLACE.folder = ""
    try:
        yield _PLACE.elsewhere
    finally:
        _PLACE.folder, _PLACE.elsewhere = before


def folder() -> str:
    """Return the folder that paths are taken from first; empty for the working one."""
    return _PLACE.folder


def located(path: str) -> str:
    """Return a stated path as it leads to its file from the working directory.

    A path that leads nowhere is returned as one inside the config's folder.
    """
    if not _PLACE.folder or os.path.isabs(path):
        return path
    inside = os.path.join(_PLACE.folder, path)
    if os.path.exists(inside) or not os.path.exists(path):
        return inside
    _PLACE.elsewhere[path] = None
    return path


def with_paths(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in which the paths lead to their files.

    A text is a path if its key is one of `KEYS`, or if it has a suffix or a folder in
    it and something of this name is there.
    """
    if not _PLACE.folder:
        return dict(settings)
    return {key: _found(key, value) for key, value in settings.items()}


def _found(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return with_paths(value)
    if type(value) in (list, tuple):
        return type(value)(_found(key, each) for each in value)
    if not isinstance(value, str) or not (key in KEYS or _is_path(value)):
        return value
    return located(value)


def _is_path(text: str) -> bool:
    """Return whether a text looks like a path and names something that is there."""
    if not Path(text).suffix and "/" not in text:
        return False
    return any(os.path.exists(os.path.join(f, text)) for f in (_PLACE.folder, ""))
