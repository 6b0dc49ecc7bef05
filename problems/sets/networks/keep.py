"""Keeps the losses of a run that are below the best ones known.

`python -m problems.sets.networks.keep results/best_known` does so after
`python -m bench run configs/best_known.toml`.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import SET
from .best_known import FILE, Best, read, write


def found(folder: Path) -> Iterator[Best]:
    """Yield the lowest loss of each trial of a run on a network, from its record."""
    networks = {member.name for member in SET.members(None)}
    for file in sorted((folder / "trials").glob("*.json")):
        record: dict[str, Any] = json.loads(file.read_bytes())
        network, loss = record["problem_label"], record["best_loss"]
        if network in networks and loss is not None and math.isfinite(loss):
            optimizer = record["optimizer"]
            yield Best(
                network,
                loss,
                optimizer["name"],
                json.dumps(optimizer["settings"]),
                record["steps"],
                record["seed"],
                record["dtype"],
            )


def keep(folder: Path, file: Path = FILE) -> Iterator[str]:
    """Write the losses of a run that are lower, and yield a line for each.

    Args:
        folder: A run folder, whose problems are labelled with the names of networks.
        file: Where the best losses known are kept.
    """
    known = read(file)
    lower: dict[str, Best] = {}
    for best in found(folder):
        now = lower.get(best.network) or known.get(best.network)
        if now is None or best.loss < now.loss:
            lower[best.network] = best
    write((known | lower).values(), file)
    for best in lower.values():
        yield f"{best.network}: {best.loss!r}, {best.source}"


def main(arguments: list[str]) -> int:
    """Keep what a run found, and return the exit status."""
    if len(arguments) != 1 or not Path(arguments[0], "trials").is_dir():
        stated = " ".join(arguments) or "nothing"
        print(f"the folder of a run is wanted, and {stated} is given", file=sys.stderr)
        return 2
    for line in keep(Path(arguments[0])):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
