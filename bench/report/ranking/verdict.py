"""What an optimizer's costs say beside those of a field, in numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd

from ...statistics.intervals import median
from ..classes import ranked
from ..comparison import CostTable, compared, cost_tables
from .joined import UNIT, Joined
from .rows import cost_table, parts

TIME = "seconds"


@dataclass(frozen=True)
class Place:
    """Where the newcomer ranks among all optimizers of a part of the problems.

    Attributes:
        part: The part, in words; empty for the whole.
        row: Of `compare_optimizers`, the newcomer's.
        first: The same of the optimizer that ranks first.
        of: The number of optimizers that are ranked.
    """

    part: str
    row: dict[str, Any]
    first: dict[str, Any]
    of: int

    @property
    def solved(self) -> int:
        """The number of problems on which it reaches the target."""
        return round(self.row["solved"] * self.row["problems"])

    @property
    def or_better(self) -> float:
        """The bootstrap probability of this rank or a better one."""
        return sum(self.row[f"rank_{r}"] for r in range(1, int(self.row["rank"]) + 1))


class Verdict:
    """All numbers of the newcomer beside the field, to each problem's hardest target.

    Args:
        joined: Its costs beside the kept ones.
    """

    def __init__(self, joined: Joined):
        self.joined, self.label = joined, joined.label

    @cached_property
    def tables(self) -> dict[str, CostTable]:
        """The costs in calls, by part of the problems."""
        rows = parts(self.joined.costs)
        return {part: cost_table(of_part, UNIT) for part, of_part in rows.items()}

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """The rows of `compare_optimizers` by calls, of field and newcomer."""
        return pd.DataFrame(
            [
                {"part": part} | row
                for part, table in self.tables.items()
                for row in compared(UNIT, table)
            ]
        )

    @cached_property
    def classes(self) -> pd.DataFrame:
        """The rows of `compare_classes` by calls, of field and newcomer."""
        rows = []
        for one in self.joined.divisions:
            of = {"part": one.part, "class": one.problem_class, "target": one.target}
            table = cost_table(one.rows, UNIT, one.target)
            rows += [of | {"cost": UNIT} | row for row in ranked(table)]
        return pd.DataFrame(rows)

    @cached_property
    def places(self) -> list[Place]:
        """Where the newcomer ranks, by part; parts without a cost of it are missing."""
        found = []
        for part in self.tables:
            whole = self.comparison
            if not whole.empty:
                whole = whole.query("part == @part and dropped == ''")
            rows = whole.sort_values("rank", kind="stable") if len(whole) else whole
            listed = rows.to_dict("records")
            own = [row for row in listed if row["optimizer"] == self.label]
            found += [Place(part, row, listed[0], len(listed)) for row in own]
        return found

    @cached_property
    def by_problem(self) -> pd.DataFrame:
        """A row for each problem on which the newcomer's cost is known.

        Columns: `part`, `problem`, the newcomer's median `cost`, the least one of a
        `rival` of the field, `least`, their `ratio` (nan if neither is finite), the
        newcomer's `place` among all of the field, `of` so many; and `untuned`, the cost
        with its untuned settings, nan if there are none.
        """
        rows = [
            {"part": part} | row
            for part, table in self.tables.items()
            for row in _rows(table, self.label)
        ]
        return pd.DataFrame(rows, columns=_COLUMNS)

    @property
    def wins(self) -> pd.DataFrame:
        """The problems on which no rival is as cheap, the clearest first."""
        rows = self.by_problem
        return rows.loc[rows["ratio"] < 1].sort_values("ratio", kind="stable")

    @property
    def losses(self) -> pd.DataFrame:
        """The problems on which some rival is cheaper, the clearest first."""
        rows = self.by_problem
        return rows.loc[rows["ratio"] > 1].sort_values(
            "ratio", ascending=False, kind="stable"
        )

    @cached_property
    def is_tuned(self) -> bool:
        """Whether tuning chose its settings on some problem."""
        return any(group.spec.tuned for group in self.joined.groups)

    @property
    def untuned_labels(self) -> set[str]:
        """The labels of its untuned version, where it also has a tuned one."""
        specs = [group.spec for group in self.joined.groups]
        return {spec.label for spec in specs if spec.tuned is False}

    @property
    def worth(self) -> "Worth | None":
        """What tuning was worth; None without a tuned and an untuned version."""
        rows = self.by_problem.dropna(subset="untuned")
        return Worth.of(rows) if self.is_tuned and len(rows) else None

    @cached_property
    def timed(self) -> dict[str, CostTable]:
        """The seconds of what ran here, by part; empty without rivals."""
        if len({group.spec.family for group in self.joined.results.groups}) < 2:
            return {}
        found = self.joined.results.parts.items()
        known = {part: cost_tables(of_part).get(TIME) for part, of_part in found}
        return {p: t for p, t in known.items() if t is not None and _has_costs(t)}

    @cached_property
    def time_comparison(self) -> pd.DataFrame:
        """The rows of `compare_optimizers` by seconds, of what ran here."""
        return pd.DataFrame(
            [
                {"part": part} | row
                for part, table in self.timed.items()
                for row in compared(TIME, table)
            ]
        )

    @property
    def time_ratios(self) -> Iterator[tuple[str, str, float, int]]:
        """Yield part, rival, the median of the newcomer's seconds over its, and n.

        n is the number of problems on which both reach the target.
        """
        for part, table in self.timed.items():
            own = table.medians[:, table.optimizers.index(self.label)]
            for i, rival in enumerate(table.optimizers):
                if table.families[i] == self.label or table.tuned[i] is False:
                    continue
                with np.errstate(invalid="ignore", divide="ignore"):
                    ratios = own / table.medians[:, i]
                both = np.isfinite(own) & np.isfinite(table.medians[:, i])
                yield part, rival, median(ratios[both]), int(both.sum())


_COLUMNS = (
    *("part", "problem", "cost", "rival", "least", "ratio", "place", "of"),
    "untuned",
)


def _has_costs(table: CostTable) -> bool:
    return bool(np.isfinite(table.medians).any())


def _rows(table: CostTable, label: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of `by_problem` of one part."""
    if label not in table.optimizers:
        return
    own = table.optimizers.index(label)
    rivals = [i for i, family in enumerate(table.families) if family != label]
    plain = [i for i, family in enumerate(table.families) if family == label]
    plain = [i for i in plain if table.tuned[i] is False and i != own]
    for problem, costs in zip(table.problems, table.medians, strict=True):
        known = [i for i in rivals if not np.isnan(costs[i])]
        if np.isnan(costs[own]) or not known:
            continue
        best = min(known, key=lambda i: costs[i])
        yield {
            "problem": problem,
            "cost": costs[own],
            "rival": table.optimizers[best],
            "least": costs[best],
            "ratio": _ratio(costs[own], costs[best]),
            "place": 1 + sum(costs[i] < costs[own] for i in known),
            "of": 1 + len(known),
            "untuned": costs[plain[0]] if plain else nan,
        }


def _ratio(cost: float, least: float) -> float:
    """Return cost / least; nan if neither reaches the target."""
    if not isfinite(cost) and not isfinite(least):
        return nan
    return 1.0 if cost == least else float(np.divide(cost, least or np.nan))


@dataclass(frozen=True)
class Worth:
    """What tuning was worth.

    Attributes:
        problems: Those on which both versions have a cost.
        tuned, untuned: On how many of them each reaches the target.
        factor: The median of the untuned version's cost over the tuned one's, where
            both reach it; nan if there is no such problem.
        better, worse: On how many problems the tuned version costs less, and more.
    """

    problems: int
    tuned: int
    untuned: int
    factor: float
    better: int
    worse: int

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Worth":
        """Return it from rows of `by_problem`."""
        tuned, untuned = (rows[name].to_numpy(float) for name in ("cost", "untuned"))
        both = np.isfinite(tuned) & np.isfinite(untuned)
        return cls(
            len(rows),
            int(np.isfinite(tuned).sum()),
            int(np.isfinite(untuned).sum()),
            median(untuned[both] / tuned[both]),
            int((tuned < untuned).sum()),
            int((tuned > untuned).sum()),
        )
