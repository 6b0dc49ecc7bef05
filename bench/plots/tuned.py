"""What tuning saw: outcomes against each setting, and against how many were tried."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from ..reading import Run
from ..tuning.findings import Record, best_of_k, records, said
from ..tuning.tried_settings import by_value
from . import sensitivity, settings_tried
from .look import Look


def problems(run: Run) -> list[str]:
    """Return the problems that optimizers were tuned on."""
    return list(dict.fromkeys(record["problem_label"] for record in records(run)))


def figures(
    run: Run, problem: str, looks: dict[str, Look]
) -> Iterator[tuple[str, Figure]]:
    """Yield a name and a figure, for each setting and for how many were tried."""
    mine = [record for record in records(run) if record["problem_label"] == problem]
    words = said(mine[0])
    for setting in dict.fromkeys(name for r in mine for name in r["chosen"]):
        table, title = _outcomes(mine, setting), f"{problem}, tuning"
        drawn = sensitivity.figure(title, table, setting, words, looks)
        yield f"sensitivity-{setting}", drawn
    curves = best_of_k(run)
    rows = curves.loc[curves["problem"] == problem]
    title = f"{problem}, had fewer been tried"
    yield "best-of-k", settings_tried.figure(title, rows, words, looks)


def _outcomes(records: list[Record], setting: str) -> pd.DataFrame:
    tables = [
        by_value(record, setting, record["table"]["criterion"])
        for record in records
        if setting in record["chosen"]
    ]
    return pd.concat(tables, ignore_index=True)
