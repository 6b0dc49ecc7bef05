"""The standing comparison from an empty cache: wall seconds, and of its parts."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .command import Shell
from .figure import Figure
from .wall import STANDING


def figures() -> Iterator[Figure]:
    """Yield the wall seconds of `--quick` and of all, and how long its parts last."""
    what = "standing comparison, nothing cached"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quick = Shell(folder / "first").run(STANDING, folder / "quick", "--quick")
        yield Figure.number(f"{what}: --quick, wall, s", "<= 180", quick)
        began = time.time()
        wall = Shell(folder / "second").run(STANDING, folder / "run")
        yield Figure.number(f"{what}: wall, s", "<= 1800", wall)
        tuned = sorted(x.stat().st_mtime for x in (folder / "run/tuning").glob("*"))
        words = "certificates and all programs, before its tuning, s"
        yield Figure.number(f"{what}: {words}", "", tuned[0] - began)
        yield Figure.number(f"{what}: its tuning, s", "", tuned[-1] - tuned[0])
