"""What tuning saw: outcomes against each setting, and against how many were tried."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from ..reading import Run
from ..tuning.tried_settings import by_value
from ..tuning.findings import Record, best_of_k, records, said
from . import sensitivity, settings_tried
from .look import Look


def figures(run: Run, looks: dict[str, Look]) -> Iterator[tuple[str, str, Figure]]:
    """Yield the problem, a name and the figure, for each problem that was tuned on."""
    known, curves = records(run), best_of_k(run)
    for problem in dict.fromkeys(record["problem_label"] for record in known):
        mine = [record for record in known if record["problem_label"] == problem]
        words = said(mine[0])
        for setting in dict.fromkeys(name for r in mine for name in r["chosen"]):
            table = _outcomes(mine, setting)
            name = f"sensitivity-{setting}"
            title = f"{problem}, tuning"
            drawn = sensitivity.figure(title, table, setting, words, looks)
            yield problem, name, drawn
        rows = curves.loc[curves["problem"] == problem]
        title = f"{problem}, had fewer been tried"
        yield problem, "best-of-k", settings_tried.figure(title, rows, words, looks)


def _outcomes(records: list[Record], setting: str) -> pd.DataFrame:
    tables = [
        by_value(record, setting, record["table"]["criterion"])
        for record in records
        if setting in record["chosen"]
    ]
    return pd.concat(tables, ignore_index=True)
