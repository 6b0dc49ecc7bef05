"""The standing comparison from an empty cache: wall seconds, and of its tuning."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .command import Shell
from .figure import Figure
from .wall import STANDING

DRAWS = ("--set", "tuning.trials=8", "--set", "tuning.refine=0")
"""Eight settings an optimizer, with which the goals were set; it ships with more."""


def figures() -> Iterator[Figure]:
    """Yield the wall seconds of the whole run, of its tuning, and until that began."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.time()
        wall = Shell(folder / "cache").run(STANDING, folder / "run", *DRAWS)
        tuned = sorted(x.stat().st_mtime for x in (folder / "run/tuning").glob("*"))
        what = "standing comparison with 8 settings each, nothing cached"
        yield Figure.number(f"{what}, wall, s", "<= 900", wall)
        yield Figure.number(f"{what}: its tuning, s", "<= 240", tuned[-1] - tuned[0])
        words = "certificates and all programs, before its tuning, s"
        yield Figure.number(f"{what}: {words}", "", tuned[0] - began)
