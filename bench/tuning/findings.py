"""What tuning came to in a run: choices, and the outcome had fewer been tried."""

import json
from typing import Any

import pandas as pd

from ..keeping.reading import Run
from ..statistics.intervals import median
from .records import Record
from .tried_settings import by_number


def choices(run: Run) -> pd.DataFrame:
    """Return a row per problem and tuned optimizer.

    Columns: what was `chosen` of how many `settings`, `at_edge`, `widened`; the
    criterion's median over the seeds that chose, `outcome`, and over others, `fresh`:
    the first flatters the winner.
    """
    return pd.DataFrame([_choice(record) for record in run.tuned])


def _choice(record: Record) -> dict[str, Any]:
    lane, criterion = record["lanes"][record["winner"]], record["table"]["criterion"]
    return {
        **_names(record),
        "chosen": json.dumps(record["chosen"]),
        "settings": len(record["settings"]),
        "widened": record["widened"],
        "at_edge": ", ".join(record["at_edge"]),
        "criterion": criterion,
        "unit": record["table"]["unit"],
        "outcome": median(row[criterion] for row in lane["choose"]),
        "fresh": median(row[criterion] for row in lane["score"]),
    }


def _names(record: Record) -> dict[str, Any]:
    return {"problem": record["problem_label"], "optimizer": record["label"]}


def best_of_k(run: Run) -> pd.DataFrame:
    """Return a row per problem, optimizer and number of settings tried.

    `median`, `low`, `high`: the median over fresh seeds of the outcome of the best
    of `tried` settings, drawn without replacement from those that were, and its
    order-statistic interval.
    """
    tables = [fewer(r).assign(problem=r["problem_label"]) for r in run.tuned]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def fewer(record: Record) -> pd.DataFrame:
    """Return a row per number of settings tried, by the criterion that chose."""
    return by_number(record, record["table"]["criterion"])


def said(record: Record) -> str:
    """Return what a task's outcomes are, in words."""
    unit = record["table"]["unit"].replace("_", " ")
    words = {"cost": f"{unit} to the target", "final_loss": "final loss"}
    return words.get(record["table"]["criterion"], "mean log10 of the suboptimality")
