"""Seconds predicted from calls, prices and the update alone, beside those measured."""

from collections.abc import Iterator, Mapping
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from ..core.costs import Prices, cost_of_calls
from ..core.readings import READINGS
from ..store import files
from ..store.run import table
from .groups import Results, TrialGroup

UPDATES = "updates.csv"
COLUMNS = ("problem", "optimizer", "seconds", *READINGS)


def write_updates(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write what one update of each optimizer takes, and which calls are part of it.

    What the folder knows of other optimizers stays.

    Args:
        folder: A run folder.
        rows: Each with `COLUMNS`: labels, seconds of an update, calls in it, if any.

    Raises:
        DiskFull, StoreError: The file cannot be written.
        RunError: The one that is there is not what was written.
    """
    whole = [dict.fromkeys(READINGS, 0) | row for row in rows]
    known = _updates(folder / UPDATES) | {_pair(row): row for row in whole}
    frame = pd.DataFrame(list(known.values()), columns=list(COLUMNS))
    files.write(folder / UPDATES, frame.to_csv(index=False))


def predict(results: Results) -> pd.DataFrame:
    """Return each trial's predicted seconds beside the measured ones.

    calls = Σ_c readings[c] price[c]; update = steps (u - Σ_c in_update[c] price[c]), u
    the seconds of an update timed alone, with the calls that it makes itself; rest =
    measured - calls - update: rounding of prices, the overhead of the loop, and what
    runs faster or slower together than apart.

    Args:
        results: Of a run; u is known where its folder has `updates.csv`.

    Returns:
        A row a trial: problem, optimizer, seed, round, steps, then seconds
        `measured`, of `calls`, of `update` and the `rest`. Calls without a price are
        nan; so is an update that was not timed, which then is part of the rest.

    Raises:
        RunError: `updates.csv` is not what was written.
    """
    known = _updates(results.run.folder / UPDATES)
    rows = [row for group in results.groups for row in _rows(results, group, known)]
    return pd.DataFrame(rows)


def _updates(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    if not path.exists():
        return {}
    rows = table(path, COLUMNS).to_dict("records")
    return {_pair(row): row for row in rows}


def _pair(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["problem"]), str(row["optimizer"])


def _rows(
    results: Results,
    group: TrialGroup,
    known: Mapping[tuple[str, str], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    prices = results.prices(group, "seconds")
    update_alone = _alone(known.get((group.problem, group.optimizer)), prices)
    for record in group.records:
        if not record.steps:
            continue
        calls = _seconds(record.readings, prices)
        update = record.steps * update_alone
        yield {
            "problem": group.problem,
            "optimizer": group.optimizer,
            "seed": record.spec.seed,
            "round": record.spec.round,
            "steps": record.steps,
            "measured": record.seconds,
            "calls": calls,
            "update": update,
            "rest": record.seconds - calls - (0.0 if update != update else update),
        }


def _alone(update: dict[str, Any] | None, prices: Prices) -> float:
    """Return the seconds of an update without the calls that it makes itself."""
    if update is None:
        return nan
    return update["seconds"] - _seconds(update, prices)


def _seconds(readings: Mapping[str, Any], prices: Prices) -> float:
    return float(cost_of_calls(readings, prices)) if prices else nan
