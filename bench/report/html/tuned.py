"""The results of tuning and the landscapes of a page, as plain values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.records import TuningRecord
from ...store.landscapes import Landscape
from ...store.run import Run
from ..tuning import (
    by_number_tried,
    by_optimizer,
    outcome_in_words,
    outcomes,
    score_of,
)
from .entries import finite


def tuning(run: Run) -> list[dict[str, Any]]:
    """Return the settings that were tried for each optimizer, and their scores."""
    grouped = by_optimizer(run.tuned).values()
    return [_plain(record) for records in grouped for record in records]


def _plain(record: TuningRecord) -> dict[str, Any]:
    score = score_of(record)
    by_seed = {
        part: [
            [finite(score.signed(score.of(row))) for row in each[part]]
            for each in record.scores
        ]
        for part in ("choose", "score")
    }
    ends = [[row["end"] for row in each["score"]] for each in record.scores]
    return {
        "problem": record.problem_label,
        "label": record.label,
        "drawSeed": record.draw_seed,
        "criterion": record.criterion,
        "decides": outcome_in_words(record),
        "rising": score.rising,
        "metric": record.metric,
        "unit": record.unit,
        "budget": record.budget,
        "chosen": record.winner,
        "atEdge": record.at_edge,
        "widened": record.widened,
        "ranges": record.ranges,
        "settings": record.settings,
        "origins": record.origins,
        "outcomes": [finite(x) for x in outcomes(record)["outcome"]],
        "ends": ends,
        "choose": by_seed["choose"],
        "fresh": by_seed["score"],
    }


def best_of_k(run: Run) -> list[dict[str, Any]]:
    """Return the best of k settings of each tuned optimizer, for each k."""
    return [
        {
            "problem": problem,
            "label": label,
            "decides": outcome_in_words(records[0]),
            **{
                str(name): [finite(x) for x in values]
                for name, values in by_number_tried(records).items()
                if name != "optimizer"
            },
        }
        for (problem, label), records in by_optimizer(run.tuned).items()
    ]


def landscape_plain(land: Landscape) -> dict[str, Any]:
    """Return the losses on a grid of a problem with two parameters."""
    return {
        "x1": land.x1.tolist(),
        "x2": land.x2.tolist(),
        "loss": [_row(row) for row in land.loss],
        "minimisers": land.minimisers.tolist(),
    }


def _row(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """Return losses with six digits, which is more than a contour shows."""
    return [None if not np.isfinite(x) else float(f"{x:.6g}") for x in values]
