"""What tuning saw, as tables to draw: by setting, and by how many were tried."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..statistics import best_of
from ..statistics.intervals import medians

NEVER = "never"


def by_value(record: Mapping[str, Any], setting: str, criterion: str) -> pd.DataFrame:
    """Return a row per setting tried, for `plots.sensitivity`.

    Args:
        record: What tuning came to: `label`, `settings`, their `lanes`, each with a
            row of scores per seed in `score`, and the `winner`'s place.
        setting: Whose values are shown; rows that lack it are left out.
        criterion: Which score.

    Returns:
        Columns optimizer, value, outcome (the median over the seeds that did not
        choose), word (the commonest end of seeds without a score) and chosen.
    """
    rows = [
        {
            "optimizer": record["label"],
            "value": float(settings[setting]),
            "outcome": _numbers(lane["score"], criterion)[1],
            "word": _word(lane["score"], criterion),
            "chosen": place == record["winner"],
        }
        for place, (settings, lane) in enumerate(
            zip(record["settings"], record["lanes"], strict=True)
        )
        if setting in settings
    ]
    return pd.DataFrame(rows)


def by_number(record: Mapping[str, Any], criterion: str) -> pd.DataFrame:
    """Return the best of k for each k, for `plots.settings_tried`.

    Args:
        record: As of `by_value`; the seeds of `choose` choose, those of `score` score.
        criterion: Which score.

    Returns:
        Columns optimizer, tried, median, low, high.
    """
    lanes = record["lanes"]
    choose = np.array([_numbers(lane["choose"], criterion)[1] for lane in lanes])
    score = np.array([_numbers(lane["score"], criterion)[0] for lane in lanes])
    found = [best_of(choose, score, k) for k in range(1, len(lanes) + 1)]
    rows = [
        {"optimizer": record["label"], "tried": k, **best._asdict()}
        for k, best in enumerate(found, 1)
    ]
    return pd.DataFrame(rows).drop(columns="coverage")


def _numbers(
    rows: Sequence[Mapping[str, Any]], criterion: str
) -> tuple[list[float], float]:
    """Return the seeds' scores and their median."""
    scores = [float(row[criterion]) for row in rows]
    return scores, float(medians(np.array(scores)))


def _word(rows: Sequence[Mapping[str, Any]], criterion: str) -> str:
    ends = [row["end"] for row in rows if np.isinf(row[criterion])]
    word = max(dict.fromkeys(ends), key=ends.count, default="")
    return NEVER if word == "budget" else word
