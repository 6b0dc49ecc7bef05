"""The units of the columns of a run's tables."""

from collections.abc import Iterable, Mapping

from ...core.costs import COSTS
from ...core.footprint import MEASURES
from ...core.readings import KINDS

_ENDS = ("", "_low", "_high")
"""Of the columns of a median and its interval."""
_FORWARD = COSTS["forward_equivalents"].unit


def _of_costs() -> Iterable[tuple[str, str]]:
    for cost in COSTS.values():
        for end in _ENDS:
            yield f"{cost.name}{end}", cost.unit
            yield f"{cost.name}_to_target{end}", cost.unit


_EVERYWHERE: Mapping[str, str] = {
    **dict(_of_costs()),
    **{f"{kind.name}_spent": COSTS[kind.name].unit for kind in KINDS},
    **{measure.name: measure.unit for measure in MEASURES if measure.unit},
    "batch": "examples",
    "resolution": "steps",
    "compile_seconds": "s",
    "steps_per_second": "steps/s",
}
_OF_TABLE: Mapping[str, Mapping[str, str]] = {
    "prices": {
        **dict.fromkeys(("bytes", "exchanged_bytes"), "B"),
        **dict.fromkeys(("ratio_to_forward", "ratio_low", "ratio_high"), _FORWARD),
        **dict.fromkeys(("flops_per_second", "most_flops_per_second"), "FLOP/s"),
        **dict.fromkeys(("bytes_per_second", "most_bytes_per_second"), "B/s"),
    },
    "break_even": dict.fromkeys(("price", "low", "high", "measured"), _FORWARD),
    "predicted": dict.fromkeys(("measured", "calls", "update", "rest"), "s"),
    "durations": dict.fromkeys(
        (
            *("on_clock_seconds", "off_clock_seconds", "rest_seconds"),
            "wall_seconds",
        ),
        "s",
    ),
}


def units(table: str, columns: Iterable[str]) -> dict[str, str]:
    """Return the units of a table's columns; pure numbers and texts have none.

    Args:
        table: Its name.
        columns: The names of its columns.
    """
    known = {**_EVERYWHERE, **_OF_TABLE.get(table, {})}
    return {column: known[column] for column in columns if column in known}
