"""Every trial's cost to every target, as a run folder keeps it."""

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..core.checking import RecordError, complete
from ..core.costs import COSTS
from ..core.errors import RunError, RunMissing
from . import reading, tables

COSTS_FILE = "costs.csv.gz"
"""Every trial's cost to every target; made with the tables."""
_NUMBERS = ("batch", "seed", "round", "target_loss", *COSTS)
COST_COLUMNS = (
    *("problem", "class", "optimizer", "label", "family", "tuned", "draw_seeds"),
    *("batch", "settings", "seed", "round", "end", "target_metric", "target_loss"),
    *COSTS,
)
ORIGIN_FILE = "costs.json"
"""What the costs were made with; beside `COSTS_FILE` and written with it."""
AGAIN = "`table RUN --out FOLDER` writes both"


@dataclass(frozen=True)
class Origin:
    """What tells whether the costs of a run still fit.

    Attributes:
        sha256: Of the file of the costs.
        meter: The version of the meter that counted them.
        starts: By problem and seed, the loss at the start.
        by_clock: By optimizer, the trials that the budget of seconds has ended: on
            another machine they would have gone further, or less far.
    """

    sha256: str
    meter: int
    starts: dict[str, dict[str, float]]
    by_clock: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def read(folder: Path) -> pd.DataFrame:
    """Return a row for each trial and target, as `bench.report.costs.trial_costs`.

    Raises:
        RunMissing: There is no file of costs.
        RunError: It is not valid, or not the one that was written. Folders of earlier
            versions do not state which was.
    """
    if (folder / ORIGIN_FILE).exists() and (folder / COSTS_FILE).exists():
        refuse_other(folder, origin(folder))
    return unchecked(folder)


def unchecked(folder: Path) -> pd.DataFrame:
    """Return the same of a folder whose costs `refuse_other` has let pass.

    Raises:
        RunMissing, RunError: As `read`.
    """
    return tables.read(folder / COSTS_FILE, COST_COLUMNS, _NUMBERS)


def refuse_other(folder: Path, made: Origin) -> None:
    """Check that the costs are those that were written.

    Raises:
        RunMissing, RunError: They are missing, or others.
    """
    content = reading.content(folder / COSTS_FILE)
    if hashlib.sha256(content).hexdigest() != made.sha256:
        raise RunError(
            f"{folder / COSTS_FILE}: its sha256 is not the one in {ORIGIN_FILE}: "
            f"{AGAIN}"
        )


def origin(folder: Path) -> Origin:
    """Return what tells whether the costs of a folder still fit.

    Raises:
        RunMissing: It is not stated.
        RunError: The file is not valid.
    """
    path = folder / ORIGIN_FILE
    try:
        return complete(Origin, reading.values(path))
    except RunMissing:
        raise RunMissing(f"{path}: no such file: {AGAIN}") from None
    except RecordError as error:
        raise RunError(f"{path}: {error}") from None
