"""The field: a run whose trials' costs are kept, for others to be compared with."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from factories import nearest

from ..core.errors import ConfigError, RunError
from ..core.readings import METER
from ..core.records import RunRecord
from . import costs, run_file, tables
from .costs import ORIGIN_FILE, Origin
from .packed import either
from .run import prices_of

TUNING_FILE = "tuning.csv"
_TUNING_COLUMNS = ("problem", "optimizer", "draw_seed", "chosen")
_TRIAL = ["problem", "optimizer", "seed", "round"]


@dataclass(frozen=True, eq=False)
class Field:
    """The costs of all trials of a run, and what tells how they were made.

    Attributes:
        folder: Where they are kept.
        record: Of the run, without its planned trials.
        prices: A row for each problem and kind of call; None if nothing was priced.
        origin: Of the costs.
    """

    folder: Path
    record: RunRecord
    prices: pd.DataFrame | None
    origin: Origin

    @cached_property
    def costs(self) -> pd.DataFrame:
        """A row for each trial and target, as `bench.report.costs.trial_costs`."""
        return costs.unchecked(self.folder)  # `load_field` has checked them

    @cached_property
    def trials(self) -> int:
        """The number of trials that have costs."""
        return len(self.costs.drop_duplicates(_TRIAL))

    @cached_property
    def chosen(self) -> dict[tuple[str, str, int], dict[str, float]]:
        """The settings that tuning chose, by problem, optimizer and draw seed."""
        path = either(self.folder / TUNING_FILE)
        if not path.exists():
            return {}
        rows = tables.read(path, _TUNING_COLUMNS, ["draw_seed"])
        return {
            (row["problem"], row["optimizer"], int(row["draw_seed"])): _settings(row)
            for row in rows.to_dict("records")
        }


def _settings(row: dict[Any, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in json.loads(row["chosen"]).items()}


def load_field(folder: Path) -> Field:
    """Read the costs that are kept of a run, and check that they fit this version.

    Args:
        folder: A run folder, or one that keeps only the tables of a run.

    Raises:
        RunMissing: It is no run folder, or a file is missing.
        RunError: The costs are not those that were written, or were counted by
            another version of the meter.
    """
    record = run_file.read_without_plan(folder)
    origin = costs.origin(folder)
    costs.refuse_other(folder, origin)
    if origin.meter != METER:
        raise RunError(
            f"{folder}: its calls were counted by version {origin.meter} of the meter, "
            f"this is version {METER}: run its config again"
        )
    return Field(folder, record, prices_of(folder), origin)


REFERENCE = Path("results", "reference")
_CHECKOUT = Path(__file__).resolve().parents[2] / REFERENCE
_WHEEL = Path(__file__).resolve().parent / "fields"
"""Where the wheel has the files that a field needs of a reference run."""


def find_field(name: str) -> Path:
    """Return the folder of a field.

    Args:
        name: That of a reference run, or a folder.

    Raises:
        ConfigError: There is neither; the nearest name is given.
    """
    shipped = (REFERENCE, _CHECKOUT, _WHEEL)
    places = [Path(name), *(folder / name for folder in shipped)]
    found = next((p for p in places if (p / run_file.NAME).is_file()), None)
    if found is not None:
        return found
    files = (path for folder in shipped for path in folder.glob(f"*/{ORIGIN_FILE}"))
    known = sorted({path.parent.name for path in files})
    words = f"--set name={name}: no folder of a run, and no reference run of this name"
    raise ConfigError(f"{words}.{nearest(name, known)}")
