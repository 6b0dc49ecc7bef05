"""End a worker and its children, also when the process that started it was killed."""

import contextlib
import os
import signal
import sys

import psutil


def end(pid: int) -> None:
    """Kill a process, its group, and all descendants, those in other groups too.

    Args:
        pid: The leader of a process group.
    """
    below = []
    with contextlib.suppress(psutil.Error):
        below = psutil.Process(pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for process in below:
        with contextlib.suppress(psutil.Error):
            process.kill()


def main(pid: int) -> None:
    """Wait until the parent ends, which closes stdin, and end the worker.

    A worker cannot do this itself: it may be stopped, or hold the interpreter's lock.
    """
    sys.stdin.buffer.read()
    end(pid)


if __name__ == "__main__":
    main(int(sys.argv[1]))
