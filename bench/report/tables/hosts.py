"""The tables of seconds on each host, of a run whose trials are of several."""

from collections.abc import Iterator
from operator import itemgetter

import pandas as pd

from ...store.run import Run
from .. import format
from ..format import Table
from .columns import OPTIMIZER, SPEED, TIME, Column, filled, known, to_target

HOST = Column("host", itemgetter("host"))
TRIALS = Column("trials", itemgetter("finished"), format.count)
NOTE = "seconds of different hosts are not comparable; calls are pooled above"


def host_table(problem: str, rows: pd.DataFrame) -> Table:
    """Return the seconds of a problem's optimizers, a row for each host.

    Args:
        problem: Its label.
        rows: Of `report.hosts.by_host`.
    """
    target = known(rows, "seconds_to_target")
    spent = (to_target("seconds") if target else TIME), *SPEED
    columns = (OPTIMIZER, HOST, TRIALS, *spent)
    return filled(f"{problem}: seconds by host", columns, rows, iter([NOTE]))


def host_notes(run: Run) -> Iterator[str]:
    """Yield what each host is, with the number of its trials, if there are several."""
    hosts = run.record.hosts
    for name, own in run.by_host.items():
        words = hosts[name].words if name in hosts else ""
        count = format.count(len(own.records))
        yield f"host {name}: {count} trials{f' ({words})' if words else ''}"
