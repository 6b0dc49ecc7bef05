"""Keep compiled programs and the referee's results for later processes."""

import contextlib
import hashlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import platformdirs
from jax import monitoring

from ..store.environment import versions

_MOST_BYTES = 2**30
"""Size above which the oldest files are removed."""
EXECUTABLES = "executables"
"""Folder of this project's own programs, beside those that JAX keeps."""
_LEAST_SECONDS = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"
_EVENTS = {
    "/jax/compilation_cache/compile_requests_use_cache": "requests",
    "/jax/compilation_cache/cache_hits": "hits",
}


def turn_on() -> None:
    """Let JAX keep all programs in the user's cache folder, also quickly compiled ones.

    The user's own settings (`JAX_COMPILATION_CACHE_DIR`, `jax.config`) are respected.
    """
    if not _jax_setting("jax_compilation_cache_dir"):
        ours = Path(platformdirs.user_cache_dir("gradmeter")) / "programs"
        with contextlib.suppress(OSError):  # no cache in a read-only home folder
            ours.mkdir(parents=True, exist_ok=True)
            jax.config.update("jax_compilation_cache_dir", str(ours))
            _make_room(ours)
    elif (theirs := folder()) is not None:  # what JAX keeps there is the user's matter
        with contextlib.suppress(OSError):
            _make_room(theirs / EXECUTABLES)
    if _LEAST_SECONDS not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def folder() -> Path | None:
    """Return the folder of kept programs; None if JAX's cache is off or remote."""
    named = _jax_setting("jax_compilation_cache_dir")
    on = named and _jax_setting("jax_enable_compilation_cache")
    return Path(named) if on and "://" not in named else None


def name() -> str:
    """Return the name of the folder of kept programs; empty if there is none.

    It stands in the folder: machines that share it find the same name.
    """
    place = folder()
    if place is None:
        return ""
    path, new = place / "name", uuid.uuid4().hex
    try:
        if not path.exists():
            place.mkdir(parents=True, exist_ok=True)
            beside = place / f"name-{new}"
            beside.write_text(new)
            with contextlib.suppress(FileExistsError):
                os.link(beside, path)  # whole from the beginning
            beside.unlink()
        return path.read_text()
    except OSError:
        return ""


def _make_room(folder: Path) -> None:
    files = []
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another process may remove it
            if path.is_file():
                files.append((path, path.stat()))
    held = sum(stat.st_size for _, stat in files)
    for path, stat in sorted(files, key=lambda file: file[1].st_mtime):
        if held <= _MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        held -= stat.st_size


@contextlib.contextmanager
def watch() -> Iterator[Counter[str]]:
    """Count the `requests` for programs, and the `hits` of the cache, inside."""
    counts: Counter[str] = Counter()

    def heard(event: str, **_: str | int) -> None:
        if event in _EVENTS:
            counts[_EVENTS[event]] += 1

    monitoring.register_event_listener(heard)
    try:
        yield counts
    finally:
        monitoring.unregister_event_listener(heard)


def vouched(program: str) -> bool:
    """Return whether the referee has accepted a program before.

    The same program makes the same calls and has the same readings in every process.
    The referee's own program calls the host, and JAX does not cache such programs.

    Args:
        program: A digest of its text, as passed to XLA.
    """
    verdict = _verdict(program)
    return verdict is not None and verdict.exists()


def vouch(program: str) -> None:
    """Record that the referee has accepted a program."""
    verdict = _verdict(program)
    if verdict is not None:
        with contextlib.suppress(OSError):
            verdict.parent.mkdir(parents=True, exist_ok=True)
            verdict.touch()


def _verdict(program: str) -> Path | None:
    """Return the file of a program's result; None if the cache is off or remote."""
    beside = folder()
    if beside is None:
        return None
    judged = json.dumps([program, versions()])
    return beside / "refereed" / hashlib.sha256(judged.encode()).hexdigest()


def _jax_setting(name: str) -> Any:
    """Return a setting of JAX that the environment or a program has set."""
    return getattr(jax.config, name)
