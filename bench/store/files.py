"""Write files atomically, and lock work against other processes."""

import errno
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from ..core.errors import DiskFull, cannot

_FULL = (errno.ENOSPC, errno.EDQUOT)
_ABANDONED = 3600.0


def write(path: Path, text: str) -> None:
    """Write a file atomically: temporary file, fsync, rename, fsync of the folder.

    Raises:
        DiskFull: No room is left; an earlier version of the file is unchanged.
        StoreError: The system refuses.
    """
    write_all({path: text})


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Write all files or none, as far as a system without transactions allows it.

    Every file is whole on the disk, under another name, before the first one replaces
    an earlier version.

    Args:
        contents: By path: a text, written as UTF-8, or bytes.

    Raises:
        DiskFull: No room is left; earlier versions of the files are unchanged.
        StoreError: The system refuses.
    """
    beside = {path: temporary(path) for path in contents}
    path = None
    try:
        for path, content in contents.items():
            with beside[path].open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
        for path, written in beside.items():
            written.replace(path)
        for folder in {path.parent for path in contents}:
            _settle(folder)
    except OSError as error:
        for written in beside.values():
            written.unlink(missing_ok=True)
        assert path is not None
        raise refused("write", path, error) from error


def replace(path: Path, content: bytes) -> None:
    """Write a file atomically, without fsync, if it can be made again.

    Raises:
        DiskFull, StoreError: As in `write`.
    """
    beside = temporary(path)
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise refused("write", path, error) from error


def to_json(plain: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write plain values as indented JSON, with the same text every time."""
    return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def make_folder(folder: Path) -> None:
    """Make a folder and its parents.

    Raises:
        DiskFull, StoreError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused("make", folder, error) from error


def refused(what: str, path: Path, error: OSError) -> Exception:
    """Return the error for a failed operation on a file."""
    if error.errno in _FULL:
        return DiskFull(f"no room is left for {path}; finished trials are kept")
    return cannot(what, path, error)


_HOST = re.sub(r"\W+", "_", socket.gethostname())
_TEMPORARY = re.compile(r"\..+\.((?P<host>\w*)-)?(?P<pid>\d+)\.tmp")


def temporary(path: Path) -> Path:
    """Return the name of a file or a folder while this process writes it."""
    return path.with_name(f".{path.name}.{_HOST}-{os.getpid()}.tmp")


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files and folders of killed writers, and nothing else.

    Whether a writer on another machine is alive is not known: its file goes an hour
    after its last change.
    """
    for path in folder.glob(".*.tmp"):
        try:
            if not _is_abandoned(path):
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except FileNotFoundError:  # another process may have removed it
            continue
        except OSError as error:
            raise refused("remove", path, error) from error


def _is_abandoned(path: Path) -> bool:
    named = _TEMPORARY.fullmatch(path.name)
    if named is None:
        return False
    if named["host"] == _HOST and not psutil.pid_exists(int(named["pid"])):
        return True
    return time.time() - path.stat().st_mtime > _ABANDONED


def _settle(folder: Path) -> None:
    """Flush the folder's directory entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock(folder: Path, name: str) -> FileLock:
    """Return the lock of a name, which `with` waits for and holds.

    The system releases the lock when its process ends, also after a crash.

    Args:
        folder: The run folder.
        name: The name of the locked work.
    """
    make_folder(folder / "trials")
    return FileLock(folder / "trials" / f".{name}.lock", thread_local=False)


def acquire_lock(folder: Path, name: str) -> FileLock | None:
    """Return the lock of a name, held until it is released; None if it is held.

    Args:
        folder, name: As in `lock`.

    Raises:
        StoreError: The system refuses.
    """
    held = lock(folder, name)
    try:
        held.acquire(timeout=0)
    except Timeout:
        return None
    except OSError as error:
        raise refused("write", Path(held.lock_file), error) from error
    return held
