"""Let several processes share a run folder: what one works on, no other does."""

from pathlib import Path

from filelock import FileLock, Timeout

from . import files


def acquire(folder: Path, name: str) -> FileLock | None:
    """Return the lock of a name, held until it is released; None if it is taken.

    The system lets go of the lock when its process ends, however it ends.

    Args:
        folder: The run folder.
        name: Of what is being done.

    Raises:
        StoreError: The system refuses.
    """
    files.make_folder(folder / "trials")
    path = folder / "trials" / f".{name}.lock"
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    except OSError as error:
        raise files.refused("write", path, error) from error
    return lock
