"""Calls of every kind, weighed by what they cost on the problem at hand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..keeping.reading import problem_label
from ..planning.asked import said
from .entries import Entry

CALLS = ("forward", "point", "gradient", "jvp", "hvp", "hessian")


def ratios(prices: pd.DataFrame | None, entry: Entry) -> dict[str, float]:
    """Return each call's seconds over one forward pass's, for an entry's problem.

    Args:
        prices: Columns problem, call, ratio_to_forward; the problem is named by its
            label or by its factory.
        entry: Whose problem it is.

    Returns:
        Those calls that were priced, by name; none for batches, whose calls are not
        the ones that were priced.
    """
    return _known(prices, entry, "ratio_to_forward")


def seconds(prices: pd.DataFrame | None, entry: Entry) -> dict[str, float]:
    """Return each call's seconds, for an entry's problem; otherwise as `ratios`."""
    return _known(prices, entry, "seconds")


def flops(prices: pd.DataFrame | None, entry: Entry) -> dict[str, float]:
    """Return each call's FLOPs, for an entry's problem; otherwise as `ratios`."""
    if prices is None or "flops" not in prices:
        return {}
    return _known(prices, entry, "flops")


def _known(prices: pd.DataFrame | None, entry: Entry, column: str) -> dict[str, float]:
    if prices is None or "batch" in said(entry.first):
        return {}
    for name in (problem_label(entry.first), entry.first["problem"]["name"]):
        rows = [row for row in prices.to_dict("records") if row["problem"] == name]
        if rows:
            known = {row["call"]: row[column] for row in rows}
            return {call: number for call, number in known.items() if number == number}
    return {}


def forward_equivalents(
    readings: Mapping[str, Any], weights: Mapping[str, float]
) -> np.ndarray:
    """Return sum_c readings[c] weights[c], in forward passes.

    Args:
        readings: float[] or float[rows] by kind of call; inf for never.
        weights: From `ratios`.

    Returns:
        float[] or float[rows]; nan where a call was made whose price is not known:
        it was not for free.
    """
    total = np.zeros(())
    for call in CALLS:
        spent = np.asarray(readings.get(call, 0.0), float)
        price = weights.get(call, np.nan)
        total = total + np.where(spent == 0, 0.0, spent * price)
    return total
