"""Seconds predicted from calls, prices and the update alone, beside those measured."""

from collections.abc import Iterator, Mapping
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from ..keeping import files
from ..keeping.reading import Run, table
from .entries import Entry, entries
from .summary import number
from .weigh import CALLS, forward_equivalents, seconds

UPDATES = "updates.csv"
COLUMNS = ("problem", "optimizer", "seconds", *CALLS)


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
    whole = [dict.fromkeys(CALLS, 0) | row for row in rows]
    known = _updates(folder / UPDATES) | {_pair(row): row for row in whole}
    frame = pd.DataFrame(list(known.values()), columns=list(COLUMNS))
    files.write(folder / UPDATES, frame.to_csv(index=False))


def predict(run: Run) -> pd.DataFrame:
    """Return, for each trial that took a step, where its seconds should have gone.

    calls = Σ_c readings[c] price[c]; update = steps (u - Σ_c in_update[c] price[c]), u
    the seconds of an update timed alone, with the calls that it makes itself; rest =
    measured - calls - update: rounding of prices, the harness, and what runs faster or
    slower together than apart.

    Args:
        run: From `bench.load`; u is known where its folder has `updates.csv`.

    Returns:
        A row a trial: problem, optimizer, seed, round, steps, then seconds
        `measured`, of `calls`, of `update` and the `rest`. Calls without a price are
        nan; so is an update that was not timed, which then is part of the rest.

    Raises:
        RunError: `updates.csv` is not what was written.
    """
    known = _updates(run.folder / UPDATES)
    rows = [row for entry in entries(run) for row in _rows(run, entry, known)]
    return pd.DataFrame(rows)


def _updates(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    if not path.exists():
        return {}
    rows = table(path, COLUMNS).to_dict("records")
    return {_pair(row): row for row in rows}


def _pair(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["problem"]), str(row["optimizer"])


def _rows(
    run: Run, entry: Entry, known: Mapping[tuple[str, str], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    prices = seconds(run.prices, entry)
    each = _alone(known.get((entry.problem, entry.optimizer)), prices)
    for record in entry.records:
        measured, steps = (number(record, key, nan) for key in ("seconds", "steps"))
        if not steps > 0:
            continue
        calls = _priced(record.get("readings") or {}, prices)
        update = steps * each
        yield {
            "problem": entry.problem,
            "optimizer": entry.optimizer,
            "seed": record["seed"],
            "round": record["round"],
            "steps": int(steps),
            "measured": measured,
            "calls": calls,
            "update": update,
            "rest": measured - calls - (0.0 if update != update else update),
        }


def _alone(update: dict[str, Any] | None, prices: Mapping[str, float]) -> float:
    """Return the seconds of an update without the calls that it makes itself."""
    if update is None:
        return nan
    return update["seconds"] - _priced(update, prices)


def _priced(readings: Mapping[str, Any], prices: Mapping[str, float]) -> float:
    return float(forward_equivalents(readings, prices)) if prices else nan
