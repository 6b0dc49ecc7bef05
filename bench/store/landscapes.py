"""The losses on a grid of a run's problems with two parameters."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RunError
from ..core.metrics import COORDINATES
from . import files

FILE = "landscapes.json"


class Landscape(NamedTuple):
    """A problem's losses on a grid.

    Attributes:
        x1, x2: The grid's coordinates, float64[k] each.
        loss: float64[k, k], by x2, then by x1; nan where it was not finite.
        minimisers: Those that are known, float64[number, 2].
    """

    x1: NDArray
    x2: NDArray
    loss: NDArray
    minimisers: NDArray


def add(folder: Path, problem: str, landscape: dict[str, Any]) -> None:
    """Add the landscape of a problem's label; one that it had is replaced.

    Args:
        folder: The run folder.
        problem: The label.
        landscape: As `bench.measurement.landscape` returns it.
    """
    with files.lock(folder, "landscapes"):
        files.write(folder / FILE, text(plain(folder) | {problem: landscape}))


def text(known: Mapping[str, Any]) -> str:
    """Return the text of the file, a line for each problem."""
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(known[k])}" for k in known)
    return f"{{\n{lines}\n}}\n"


def read(folder: Path) -> dict[str, Landscape]:
    """Return the landscapes of a run by the labels of their problems.

    Raises:
        RunError: The file is not valid.
    """
    known = plain(folder)  # whose error names the file
    try:
        return {name: _made(own) for name, own in known.items()}
    except (ValueError, TypeError, KeyError) as error:
        raise RunError(f"{folder / FILE}: not the losses of grids: {error}") from error


def plain(folder: Path) -> dict[str, Any]:
    """Return the landscapes of a run in plain values, by the problems' labels."""
    try:
        known = json.loads((folder / FILE).read_bytes())
        if not isinstance(known, dict):
            raise ValueError("not a JSON object")
        return known
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RunError(f"cannot read {folder / FILE}: {error}; remove it") from error


def _made(plain: dict[str, Any]) -> Landscape:
    loss = np.array(plain["loss"], np.float64)
    sides = zip(COORDINATES, reversed(loss.shape), strict=True)
    x1, x2 = (np.linspace(*map(float, plain[name]), num=count) for name, count in sides)
    return Landscape(
        x1, x2, loss, np.reshape(plain["minimisers"], (-1, len(COORDINATES)))
    )
