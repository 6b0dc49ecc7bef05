"""The table of prices of calls, and what it says of those in doubt."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from ...core.readings import READINGS
from ...store.folder import HOST
from .. import format
from ..format import Table
from ..groups import batch_size, on_examples, with_batch

EXCHANGED = "exchanged"
"""The row of bytes that a device sends to the others."""


def price_table(prices: pd.DataFrame) -> Table:
    """Return the table of the prices of calls and the rates that they reach."""
    kinds = tuple(kind for kind in READINGS if kind in set(prices["call"]))
    rows = []
    keys = ["problem", "batch"]
    groups: Any = with_batch(prices).groupby(keys, sort=False, dropna=False)
    for (problem, batch), calls in groups:
        by_kind, name = calls.set_index("call"), _name(problem, batch)
        rows.append((name, "time", *_cells(by_kind, "seconds", kinds)))
        rows.append(("", "ratio", *_ratios(by_kind, kinds)))
        rows += [("", *row) for row in _rates(by_kind, kinds)]
        rows += [("", *row) for row in _exchanged(by_kind, kinds)]
    width = len(kinds) + 3
    cells = tuple((*row, "")[:width] for row in rows)
    notes = (
        "time of one call on all training examples, or on a batch that is there; "
        "ratio: over one forward pass on the same examples [95 % interval]",
        *_hosts(prices),
        *_doubts(prices),
        *_of_a_device(rows),
        "FLOP/s, bytes/s: XLA's count for one call over its time, whether the bytes "
        "are in a cache or not; roofline: a large matrix product, a large copy",
    )
    return Table("Prices", ("problem", "", *kinds, "roofline"), cells, notes)


def _ratios(by_kind: pd.DataFrame, kinds: tuple[str, ...]) -> list[str]:
    """Return the ratios to a forward pass, with their intervals where known."""
    ratios = _cells(by_kind, "ratio_to_forward", kinds)
    if "ratio_low" not in by_kind:
        return ratios
    bounds = (_cells(by_kind, f"ratio_{side}", kinds) for side in ("low", "high"))
    return [
        f"{ratio} [{low}, {high}]"
        if kind != "forward" and kind in by_kind.index
        else ratio
        for kind, ratio, low, high in zip(kinds, ratios, *bounds, strict=True)
    ]


def _hosts(prices: pd.DataFrame) -> Iterator[str]:
    """Yield which host measured the prices of which problems, if that is stated."""
    if HOST in prices:
        named = prices[prices[HOST] != ""]
        for host, rows in named.groupby(HOST, sort=False):
            problems = dict.fromkeys(map(str, rows["problem"]))
            yield f"measured on {host}: {', '.join(problems)}"


def _doubts(prices: pd.DataFrame) -> Iterator[str]:
    """Yield a note on each kind of doubt about prices."""
    if "doubt" not in prices:
        return
    rows = with_batch(prices).to_dict("records")
    rows = [row for row in rows if isinstance(row["doubt"], str)]
    if wide := sum(row["doubt"] == "wide" for row in rows):
        yield (
            f"{wide} of {len(prices)} prices have a 95 % interval wider than 30 %, "
            "also when measured again (column doubt of prices.csv)"
        )
    for row in rows:
        if row["doubt"] not in ("", "wide"):
            less = _LESS.get(row["doubt"], "the loss, which it returns too")
            name = _name(row["problem"], row["batch"])
            yield f"{name}: {row['call']} took less time than {less}"


def _name(problem: object, batch: object) -> str:
    return on_examples(str(problem), batch_size(batch))


_LESS = {"below FLOPs": "its FLOPs take at 1.5 times the roofline"}


def _rates(by_kind: pd.DataFrame, kinds: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the rates of the calls, then the roofline."""
    for name, column in (("FLOP/s", "flops"), ("bytes/s", "bytes")):
        most = float(by_kind[f"most_{column}_per_second"].to_numpy(float)[0])
        reached = _cells(by_kind, f"{column}_per_second", kinds)
        yield (name, *reached, format.rate(most))


def _exchanged(
    by_kind: pd.DataFrame, kinds: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Yield what a device sends to the others in a call, if there are several."""
    name = "exchanged_bytes"
    if name in by_kind and (by_kind[name].to_numpy(float) > 0).any():
        yield EXCHANGED, *_cells(by_kind, name, kinds)


def _of_a_device(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield a note on rows of problems that are divided among several devices."""
    if any(row[1] == EXCHANGED for row in rows):
        yield (
            "with several devices FLOP/s, bytes/s and the roofline are those of one; "
            f"{EXCHANGED}: bytes that it sends to the others in a call"
        )


_FORMS = {
    "seconds": format.seconds,
    "exchanged_bytes": partial(format.amount, unit="B"),
    **dict.fromkeys(("ratio_to_forward", "ratio_low", "ratio_high"), format.count),
}


def _cells(by_kind: pd.DataFrame, column: str, kinds: tuple[str, ...]) -> list[str]:
    form = _FORMS.get(column, format.rate)
    numbers = by_kind[column].reindex(list(kinds)).astype(float)
    return [form(float(number)) for number in numbers]
