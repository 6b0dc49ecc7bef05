"""The results of tuning in a run: chosen settings, and best of k settings."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.costs import COSTS
from ..core.records import TuningRecord
from ..statistics import best_of
from ..statistics.intervals import Interval, median
from ..tune.scores import Score, merit
from .format import NEVER
from .groups import Results
from .metrics import words


def choices(results: Results) -> pd.DataFrame:
    """Return a row for each problem, tuned optimizer and draw seed.

    Columns: the `chosen` settings and their `origin`, the number of `settings` tried,
    `at_edge`, `widened`; the `criterion` and the `metric` that was evaluated; the
    criterion's median over the seeds that chose, `outcome`, which is biased in favour
    of the best, and over others, `fresh`.
    """
    grouped = by_optimizer(results.run.tuned).values()
    return pd.DataFrame([_choice(record) for records in grouped for record in records])


def _choice(record: TuningRecord) -> dict[str, Any]:
    assert record.winner is not None
    scores = record.scores[record.winner]
    return {
        "problem": record.problem_label,
        "optimizer": record.label,
        "draw_seed": record.draw_seed,
        "chosen": json.dumps(record.chosen),
        "origin": record.origins[record.winner],
        "settings": len(record.settings),
        "widened": record.widened,
        "at_edge": ", ".join(record.at_edge),
        "criterion": record.criterion,
        "metric": record.metric,
        "unit": record.unit,
        "outcome": _middle(record, scores["choose"]),
        "fresh": _middle(record, scores["score"]),
    }


def best_of_k(results: Results) -> pd.DataFrame:
    """Return a row for each problem, optimizer and number of settings tried.

    `median`, `low`, `high`: the median over fresh seeds of the outcome of the best of
    `tried` settings, drawn without replacement from those drawn from the stated ranges
    with any draw seed, and its interval of order statistics.
    """
    tables = [
        by_number_tried(records).assign(problem=problem)
        for (problem, _), records in by_optimizer(results.run.tuned).items()
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def by_optimizer(
    records: Sequence[TuningRecord],
) -> dict[tuple[str, str], list[TuningRecord]]:
    """Return the records of each problem and optimizer, in order of draw seeds."""
    grouped: dict[tuple[str, str], list[TuningRecord]] = {}
    for record in sorted(records, key=lambda record: record.draw_seed):
        grouped.setdefault((record.problem_label, record.label), []).append(record)
    return grouped


def outcome_in_words(record: TuningRecord) -> str:
    """Return the label of a tuning's outcomes."""
    if record.decides == record.metric:
        return f"final {words(record.metric)}"
    of = f", {words(record.metric)}" if record.metric else ""
    named = {
        "cost": f"{COSTS[record.unit].words} to the target{of}",
        "final_loss": "final loss",
        "area": "mean log10 of the suboptimality",
    }
    return named[record.criterion]


def score_of(record: TuningRecord) -> Score:
    """Return the score by which the settings were chosen."""
    rising = record.decides == record.metric and record.higher_is_better
    return Score(record.decides, rising)


def _middle(record: TuningRecord, rows: Sequence[Mapping[str, Any]]) -> float:
    """Return the median over the seeds of the score that decides; inf for none."""
    score = score_of(record)
    return score.signed(median(map(score.of, rows)))


def outcomes(record: TuningRecord) -> pd.DataFrame:
    """Return a row for each setting tried, with a column for each tuned setting.

    Further columns: `outcome`, the median over the seeds that did not choose, and
    `chosen`.
    """
    return pd.DataFrame(record.settings).assign(
        outcome=[_middle(record, each["score"]) for each in record.scores],
        chosen=[place == record.winner for place in range(len(record.scores))],
    )


def by_value(record: TuningRecord, setting: str) -> pd.DataFrame:
    """Return a row for each setting tried, by the criterion that chose.

    Args:
        record: The result of tuning.
        setting: The setting whose values are shown.

    Returns:
        Columns optimizer, value > 0 (0 has no place on a logarithmic axis), outcome
        (the median over the seeds that did not choose), word (the most frequent end of
        seeds without a score), chosen, and alone, whether no other setting varies.
    """
    rows = [
        {
            "optimizer": record.label,
            "value": float(settings[setting]),
            "outcome": _middle(record, scores["score"]),
            "word": _word(scores["score"], record.decides),
            "chosen": place == record.winner,
            "alone": len(settings) == 1,
        }
        for place, (settings, scores) in enumerate(
            zip(record.settings, record.scores, strict=True)
        )
        if settings[setting] > 0
    ]
    return pd.DataFrame(rows)


def by_number_tried(records: Sequence[TuningRecord]) -> pd.DataFrame:
    """Return the best of k for each k: columns optimizer, tried, median, low, high.

    The seeds of `choose` choose, those of `score` score. Only settings drawn from the
    stated ranges count: the others were tried because of these, or are not random.

    Args:
        records: Of one optimizer on one problem, with different draw seeds.
    """
    score, label = score_of(records[0]), records[0].label
    drawn = [
        scores
        for record in records
        for scores, origin in zip(record.scores, record.origins, strict=True)
        if origin == "range"
    ]
    budget = records[0].budget
    choose = np.array([merit(each["choose"], score, budget) for each in drawn])
    fresh = np.array([list(map(score.of, each["score"])) for each in drawn])
    rows = [
        {"optimizer": label, "tried": k} | _shown(best_of(choose, fresh, k), score)
        for k in range(1, len(drawn) + 1)
    ]
    return pd.DataFrame(rows)


def _shown(found: Interval, score: Score) -> dict[str, float]:
    """Return a median and its interval as values of the score itself."""
    ends = (found.high, found.low) if score.rising else (found.low, found.high)
    names = zip(("median", "low", "high"), (found.median, *ends), strict=True)
    return {name: score.signed(value) for name, value in names}


def _word(rows: Sequence[Mapping[str, Any]], criterion: str) -> str:
    ends = [row["end"] for row in rows if np.isinf(row[criterion])]
    word = max(dict.fromkeys(ends), key=ends.count, default="")
    return NEVER if word == "budget" else word
