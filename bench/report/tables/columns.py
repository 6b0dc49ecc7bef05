"""The columns of a problem's tables, and the order of their rows."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import pandas as pd

from ...core.costs import COSTS
from ...core.readings import READINGS
from .. import format, metrics
from ..comparison import COMPARED
from ..format import Estimate, Table, best_rows
from ..groups import batch_size, unit_of_calls
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


STEPS = Column("steps", itemgetter("steps"), format.count)
TIME = Column("time", itemgetter("seconds"), format.seconds)
SPEED = (
    Column("steps/s", itemgetter("steps_per_second"), format.count),
    Column("compile", itemgetter("compile_seconds"), format.seconds),
)


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


def costs_to_target(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the units of the cost to the target in the tables of a problem.

    Time is none of them if the seconds are those of several hosts.
    """
    calls = "gradient", "forward", unit_of_calls(passes(rows))
    return ("seconds", *calls) if is_timed(rows) else calls


def passes(rows: pd.DataFrame) -> list[int | None]:
    """Return the examples of the calls in rows of the summary."""
    return list(dict.fromkeys(map(batch_size, rows["batch"])))


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
    """Return rows of the summary, the best optimizer first.

    That is by time to the target, or by calls if the times are of several hosts.
    """
    costs = (f"{cost}_to_target" for cost in COMPARED)
    first = next((cost for cost in costs if known(rows, cost)), "seconds_to_target")
    return rows.sort_values([first, "final_loss"], kind="stable")


def is_timed(rows: pd.DataFrame) -> bool:
    """Return whether rows of the summary have seconds, or no trial yet."""
    return known(rows, "seconds") or not known(rows, "steps")


def known(rows: pd.DataFrame, column: str) -> bool:
    """Return whether some row has a value in a column."""
    return bool(rows[column].notna().any())
