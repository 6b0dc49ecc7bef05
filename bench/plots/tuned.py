"""What tuning saw: outcomes against each setting, and against how many were tried."""

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.figure import Figure

from ..tuning.findings import fewer, said
from ..tuning.records import Record
from ..tuning.tried_settings import by_value
from . import sensitivity, settings_tried
from .look import Look


def figures(
    problem: str, records: Sequence[Record], looks: dict[str, Look]
) -> Iterator[tuple[str, Figure]]:
    """Yield a name and a figure, for each setting and for how many were tried.

    Args:
        problem: Its label.
        records: Of the optimizers that were tuned on it.
        looks: Of the run's other plots.
    """
    words = f"{said(records[0])}, on fresh seeds"
    for setting in dict.fromkeys(name for r in records for name in r["chosen"]):
        table, title = _outcomes(records, setting), f"{problem}, tuning"
        drawn = sensitivity.figure(title, table, setting, words, looks)
        yield f"sensitivity-{setting}", drawn
    curves = pd.concat(map(fewer, records), ignore_index=True)
    title = f"{problem}, had fewer been tried"
    yield "best-of-k", settings_tried.figure(title, curves, words, looks)


def _outcomes(records: Sequence[Record], setting: str) -> pd.DataFrame:
    tables = [
        by_value(record, setting, record["table"]["criterion"])
        for record in records
        if setting in record["chosen"]
    ]
    return pd.concat(tables, ignore_index=True)
