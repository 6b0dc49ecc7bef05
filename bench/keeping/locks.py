"""Let several processes share a run folder: one trial, one process."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from . import files
from .store import make_folder


@contextlib.contextmanager
def held(folder: Path, key: str) -> Iterator[bool]:
    """Hold a trial while it is being done; give False where another process does.

    The system lets go of the lock when its process ends, however it ends.
    """
    trials = Path(folder) / "trials"
    make_folder(trials)
    path = trials / f".{key}.lock"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise files.refused("write", path, error) from error
    ours = _locked(descriptor, path)
    try:
        yield ours
    finally:
        if ours:
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:  # its last holder may have removed the file that we have just locked
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
