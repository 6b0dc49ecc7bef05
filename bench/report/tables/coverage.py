"""What the intervals of a table are, in words."""

import pandas as pd

from ...core.text import number_of


def intervals(rows: pd.DataFrame) -> str:
    """Return what the medians and intervals of some rows are.

    Args:
        rows: Of the summary.
    """
    covered = rows[rows["coverage"].notna()].groupby("seeds", sort=True)["coverage"]
    parts = [
        f"{100 * coverage:.3g} % with {number_of(int(str(seeds)), 'seed')}"
        for seeds, coverage in covered.first().items()
    ]
    few = " (min to max below 6 seeds)" if min(rows["seeds"]) < 6 else ""
    return f"medians over seeds [order statistics{few}, coverage {', '.join(parts)}]"
