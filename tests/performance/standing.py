"""The standing comparison from an empty cache: wall seconds, and of its tuning."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .command import Shell
from .figure import Figure
from .wall import STANDING


def figures() -> Iterator[Figure]:
    """Yield the wall seconds of the whole run, and those until its tuning was done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.time()
        wall = Shell(folder / "cache").run(STANDING, folder / "run")
        tuned = max(x.stat().st_mtime for x in (folder / "run/tuning").glob("*.json"))
        what = "standing comparison, nothing cached"
        yield Figure.number(f"{what}, wall, s", "<= 900", wall)
        words = "its tuning, with certificates and all programs, wall, s"
        yield Figure.number(f"{what}: {words}", "<= 240", tuned - began)
