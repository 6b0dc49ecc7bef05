"""Runs that time trials on this machine at the same time, each of which is warned."""

import contextlib
import getpass
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .progress import Report

SETTING = "GRADMETER_TIMING"
"""A variable that names the folder in which runs see each other."""
_PREFIX = "timing-"


class Simultaneous:
    """The runs of this user that time trials on this machine.

    Each holds a lock while it does, which the system releases when its process ends.

    Args:
        report: Is told once if another run times trials too.
        folder: Where the locks are; by default that of `SETTING`, or one of this user.
    """

    def __init__(self, report: Report, folder: Path | None = None):
        self._report, self._folder = report, folder or _of_user()
        self._told = False

    @contextlib.contextmanager
    def timing(self) -> Iterator[None]:
        """Be seen as a run that times trials while inside."""
        own = self._lock(str(os.getpid()))
        with contextlib.suppress(OSError, Timeout):  # no lock is no reason not to run
            self._folder.mkdir(parents=True, exist_ok=True)
            own.acquire(timeout=0)
        try:
            self.look()
            yield
        finally:
            own.release()
            with contextlib.suppress(OSError):
                Path(own.lock_file).unlink(missing_ok=True)

    def look(self) -> None:
        """Warn if another run times trials now; once."""
        if self._told or not (pids := sorted(self._others())):
            return
        self._told = True
        named = ", ".join(map(str, pids))
        self._report.line(
            f"another run times trials on this machine (process {named}): the seconds "
            "of both are longer than they would be"
        )

    def _others(self) -> Iterator[int]:
        for path in self._folder.glob(f"{_PREFIX}*.lock"):
            pid = path.stem.removeprefix(_PREFIX)
            if pid.isdecimal() and int(pid) != os.getpid() and self._is_held(pid):
                yield int(pid)

    def _is_held(self, pid: str) -> bool:
        lock = self._lock(pid)
        try:
            with lock.acquire(timeout=0):
                Path(lock.lock_file).unlink(missing_ok=True)  # its process was killed
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def _lock(self, pid: str) -> FileLock:
        return FileLock(self._folder / f"{_PREFIX}{pid}.lock", thread_local=False)


def _of_user() -> Path:
    """Return a folder for this user alone, on this machine's own disk."""
    if named := os.environ.get(SETTING):
        return Path(named)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no entry in the list of users, as in a container
        user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"gradmeter-{user}"
