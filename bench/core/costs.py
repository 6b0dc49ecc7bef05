"""The units of cost, one row each, and how a cost is computed in them."""

from collections.abc import Mapping
from math import nan
from typing import Any, Literal, NamedTuple

import numpy as np

from .readings import KINDS, READINGS

Prices = Mapping[str, float]
"""By kind of call; kinds without a known price are missing."""


class Cost(NamedTuple):
    """A unit of cost.

    Attributes:
        name: In files, configs and the names of plots.
        words: In headings of tables.
        axis: The label of a plot's axis, with the unit.
        format: The format of its numbers in tables.
        priced: The column of prices.csv that weights the calls; empty for none.
        tunes: Whether tuning may use it: it does not depend on the machine.
        per_pass: Whether it is in passes over the examples of a step: trials with
            batches of one size have a unit of their own.
        unit: Of its raw numbers, in words.
    """

    name: str
    words: str
    axis: str
    format: Literal["duration", "count"] = "count"
    priced: str = ""
    tunes: bool = False
    per_pass: bool = False
    unit: str = "calls"


COSTS = {
    cost.name: cost
    for cost in (
        Cost("seconds", "time", "time on the clock (s)", "duration", unit="s"),
        Cost("steps", "steps", "steps", tunes=True, unit="steps"),
        *(Cost(k.name, k.words, f"{k.words} (calls)", tunes=True) for k in KINDS),
        Cost(
            "forward_equivalents",
            "forward-pass equivalents",
            "cost of all calls (forward-pass equivalents)",
            priced="ratio_to_forward",
            tunes=True,
            per_pass=True,
            unit="forward passes",
        ),
        Cost("flops", "FLOPs", "FLOPs of all calls", priced="flops", unit="FLOP"),
        Cost("examples", "examples", "examples read", unit="examples"),
    )
}


class Spent(NamedTuple):
    """What had been spent at one step, or, as arrays, at each step of a trace.

    Attributes:
        seconds, steps, examples: float[] or float[rows].
        readings: float[] or float[rows] by kind of call.
    """

    seconds: Any
    steps: Any
    readings: Mapping[str, Any]
    examples: Any = nan

    def amount(self, cost: str, prices: Prices) -> Any:
        """Return the cost in a unit, float[] or float[rows].

        Args:
            cost: A name of `COSTS`.
            prices: Of each kind of call, for a priced unit.

        Returns:
            nan if a call was made whose price is not known.
        """
        if COSTS[cost].priced:
            return cost_of_calls(self.readings, prices) if prices else nan
        if cost in READINGS:
            return self.readings.get(cost, 0)
        return getattr(self, cost)


def cost_of_calls(readings: Mapping[str, Any], prices: Prices) -> np.ndarray:
    """Return Σ_kind readings[kind] prices[kind].

    Args:
        readings: float[] or float[rows] by kind of call; inf for never.
        prices: By kind of call.

    Returns:
        float[] or float[rows], in the unit of the prices; nan if a call was made whose
        price is not known.
    """
    total = np.zeros(())
    for kind in READINGS:
        calls = np.asarray(readings.get(kind, 0.0), float)
        price = prices.get(kind, np.nan)
        total = total + np.where(calls == 0, 0.0, calls * price)
    return total
