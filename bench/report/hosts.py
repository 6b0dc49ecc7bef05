"""The seconds of a run's trials on each of its hosts."""

import pandas as pd

from .groups import Results
from .summary import summarize

COLUMNS = (
    *("problem", "optimizer", "host", "finished", "seeds", "reached"),
    *("seconds_to_target", "seconds_to_target_low", "seconds_to_target_high"),
    *("seconds", "steps_per_second", "compile_seconds"),
)


def by_host(results: Results) -> pd.DataFrame:
    """Return a row for each problem, optimizer and host, in planned order.

    Args:
        results: The results of a run.

    Returns:
        `COLUMNS`, as in the summary; empty if all trials are of one host.
    """
    tables = [summarize(own).assign(host=host) for host, own in results.hosts.items()]
    if not tables:
        return pd.DataFrame()
    rows = pd.concat(tables).sort_index(kind="stable")  # the groups are the same
    return rows.loc[rows["finished"] > 0, list(COLUMNS)].reset_index(drop=True)
