"""Errors that a user can correct, each with lines and an exit status."""

import re
from collections.abc import Iterable
from pathlib import Path

from .text import one_line


class BenchError(Exception):
    """An error that the user can correct; it is shown without a traceback.

    Attributes:
        lines: One line for each error.
        status: The exit status of the command.
    """

    status = 2

    def __init__(self, lines: str | Iterable[str]):
        given = [lines] if isinstance(lines, str) else list(lines)
        self.lines = tuple(one_line(" ".join(line.split())) for line in given)
        super().__init__("\n".join(self.lines))


class ConfigError(BenchError):
    """The config is wrong; one line for each error."""


class DeviceMissing(BenchError):
    """The requested device does not exist."""


class EnvironmentFault(BenchError):
    """The machine or the shell's environment does not let anything run."""

    status = 1


class StoreError(BenchError):
    """A run folder cannot be used as it is."""


class DiskFull(BenchError):
    """The disk is full; files written before are complete."""

    status = 1


class RunError(StoreError, ValueError):
    """A file of a run folder is not valid; the message is one sentence."""


class RunMissing(StoreError, FileNotFoundError):
    """A run folder or one of its files is missing; the message is one sentence."""


def no_run(folder: Path) -> RunMissing:
    """Return the error for a folder that is missing or is no run folder."""
    return RunMissing(f"{folder}: not a run folder (it has no run.json)")


def cannot(what: str, path: Path, error: OSError) -> StoreError:
    """Return the error for a file or folder that cannot be used."""
    return StoreError(f"cannot {what} {path}: {error.strerror or error}")


def in_a_line(error: BaseException) -> str:
    """Return an error's type and the first line of its message."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


_OUTPUT = 4_000
"""Characters that are kept of the output of a trial that failed."""


def last_output(text: str) -> str:
    """Return the last lines of an output, without a line that is cut off."""
    kept = text.strip()
    if len(kept) <= _OUTPUT:
        return kept
    return kept[-_OUTPUT:].partition("\n")[2]


_FATAL = re.compile(r"F\d{4} .*?\] (.*)")
_RAISED = re.compile(r"(?:\w+\.)*([A-Z]\w*(?:: .*)?)")


def last_words(stderr: str) -> str:
    """Return the line of a dead process that says most; empty if it printed none.

    It is the message of a fatal error of XLA, or the last line that names a Python
    error, or the first line.
    """
    lines = [line.rstrip() for line in stderr.splitlines() if line.strip()]
    fatal = [match[1] for line in lines if (match := _FATAL.match(line))]
    raised = [match[1] for line in lines if (match := _RAISED.fullmatch(line))]
    return [*fatal[:1], *raised[::-1][:1], *lines[:1], ""][0].strip()[:200]
