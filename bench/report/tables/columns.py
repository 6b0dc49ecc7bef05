"""Columns of the tables of problems, and tables made of them."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import pandas as pd

from ...core.costs import COSTS
from ...core.readings import READINGS
from .. import format, metrics
from ..format import Estimate, Table, best_rows
from .metrics import cell

Row = dict[str, Any]


class Column(NamedTuple):
    """A column of a problem's table.

    Attributes:
        heading: Its heading.
        value: From a row of the summary to the value.
        format: From the value to the text of the cell.
        rank: From a row to the number of which the least is best; None for none.
    """

    heading: str
    value: Callable[[Row], Any]
    format: Callable[[Any], str] = str
    rank: Callable[[Row], float] | None = None

    def cell(self, row: Row) -> str:
        """Return the text of the cell for a row of the summary."""
        return self.format(self.value(row))


OPTIMIZER = Column("optimizer", itemgetter("optimizer"))
ENDS = Column("ends", itemgetter("ends"))


def to_target(cost: str) -> Column:
    """Return the column of the cost to the target: median and interval over seeds.

    The least is best of a cost that counts all calls, not of one kind of call.
    """
    number, name = format.FORMATS[COSTS[cost].format], f"{cost}_to_target"

    def interval(ends: tuple[float, float, float]) -> str:
        return Estimate(*map(number, ends))

    value = itemgetter(name, f"{name}_low", f"{name}_high")
    heading = f"{COSTS[cost].words} to target"
    rank = None if cost in READINGS else itemgetter(name)
    return Column(heading, value, interval, rank)


def final_metric(column: str) -> Column:
    """Return the column of a metric's final value."""
    heading = f"final {metrics.words(column)}"
    return Column(heading, lambda row: cell(row, f"final_{column}"), lambda text: text)


def losses(certified: bool, has_target: bool = False) -> tuple[Column, ...]:
    """Return the columns of the suboptimality if it is known, else of the loss.

    The least is best where no target ends the trials.
    """
    shown = "suboptimality" if certified else "loss"
    return tuple(
        Column(f"{which} {shown}", value, format.loss, None if has_target else value)
        for which in ("final", "best")
        for value in [itemgetter(f"{which}_{shown}")]
    )


def filled(
    title: str, columns: Sequence[Column], rows: pd.DataFrame, notes: Iterator[str]
) -> Table:
    """Return a table of these columns with a line for each row of the summary."""
    listed = rows.to_dict("records")
    cells = tuple(tuple(column.cell(row) for column in columns) for row in listed)
    headings = tuple(column.heading for column in columns)
    best = frozenset(
        (row, place)
        for place, column in enumerate(columns)
        if column.rank is not None
        for row in best_rows([*map(column.rank, listed)])
    )
    return Table(title, headings, cells, tuple(notes), best)


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the summary, the best optimizer first."""
    return rows.sort_values(["seconds_to_target", "final_loss"], kind="stable")


def known(rows: pd.DataFrame, column: str) -> bool:
    """Return whether some row has a value in a column."""
    return bool(rows[column].notna().any())
