"""Costs by problem, optimizer and seed, from rows of the file of all costs."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...core.costs import COSTS
from ...core.records import LOST
from ..classes import LEAST
from ..comparison import CostTable
from ..groups import ALL_EXAMPLES, BATCHES

UNKNOWN = ("skipped", LOST)
"""Ends of trials whose cost no statistic includes."""
_TRIAL = ["problem", "optimizer", "seed", "round"]


class Division(NamedTuple):
    """A part of the problems, and one of the targets of each.

    Attributes:
        part: All examples or batches; empty if there is one kind only.
        problem_class: Empty for all classes.
        target: 1 is the hardest of each problem, 2 the next easier.
        rows: Those on these problems.
    """

    part: str
    problem_class: str
    target: int
    rows: pd.DataFrame

    @property
    def is_part(self) -> bool:
        """Whether it is a whole part, at its hardest targets."""
        return not self.problem_class and self.target == 1


def divisions(rows: pd.DataFrame) -> Iterator[Division]:
    """Yield what is compared: each part, whole and by class, at each target.

    Args:
        rows: Of the file of all costs.
    """
    for part, of_part in parts(rows).items():
        of, names = of_part["class"], list(dict.fromkeys(of_part["class"]))
        own = {
            name: of_part.loc[of == name] for name in names if name and len(names) > 1
        }
        for name, some in {"": of_part, **own}.items():
            if len(set(some["problem"])) >= LEAST:
                for target in range(1, _targets(some) + 1):
                    yield Division(part, name, target, some)


def parts(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of trials on all examples and of those on batches, by name."""
    whole = rows["batch"].isna().to_numpy()
    if whole.all() or not whole.any():
        return {"": rows}
    return {ALL_EXAMPLES: rows.loc[whole], BATCHES: rows.loc[~whole]}


def _targets(rows: pd.DataFrame) -> int:
    return max(len(trial) for _, trial in rows.groupby(_TRIAL))


def cost_table(rows: pd.DataFrame, unit: str, target: int = 1) -> CostTable:
    """Return the table of one cost, the same as from the records of the trials.

    Args:
        rows: Of the file of all costs.
        unit: The name of the cost in `COSTS`.
        target: Which of each problem's targets: 1 is the hardest, 2 the next easier.
    """
    is_tuned = rows["draw_seeds"] != "[]"
    named = rows.assign(who=rows["label"].where(is_tuned, rows["optimizer"]))
    compared = named.loc[~named["problem"].isin(_several(named, unit))]
    seeds = tuple(sorted({int(seed) for seed in named["seed"]}))
    whole = _Table(_distinct(compared["problem"]), _distinct(named["who"]), seeds)
    draws = sorted({d for text in _distinct(named["draw_seeds"]) for d in _list(text)})
    firsts = named.drop_duplicates("who").to_dict("records")
    return CostTable(
        whole.problems,
        whole.optimizers,
        tuple(row["family"] for row in firsts),
        tuple(_flag(row["tuned"]) for row in firsts),
        tuple(_draw_seeds(named, row["who"]) for row in firsts),
        seeds,
        whole.filled(_known(compared, unit, target), unit, draws or [0]),
    )


class _Table(NamedTuple):
    """The axes of a table of costs."""

    problems: tuple[str, ...]
    optimizers: tuple[str, ...]
    seeds: tuple[int, ...]

    def filled(self, known: pd.DataFrame, unit: str, draws: list[int]) -> np.ndarray:
        """Return float[problems, optimizers, draw_seeds, seeds] of known costs."""
        axes = {"problem": self.problems, "who": self.optimizers, "seed": self.seeds}
        problem, who, seed = (
            np.array([axis.index(x) for x in known[name]], int)
            for name, axis in axes.items()
        )
        shape = map(len, (self.problems, self.optimizers, draws, self.seeds))
        costs = np.full(tuple(shape), np.nan)
        for text in _distinct(known["draw_seeds"]):
            at = (known["draw_seeds"] == text).to_numpy()
            for draw in _list(text) or draws:
                place = problem[at], who[at], draws.index(draw), seed[at]
                costs[place] = known.loc[at, unit]
        return costs


def _several(rows: pd.DataFrame, unit: str) -> list[str]:
    """Return the problems whose trials do not share a unit of cost."""
    if not COSTS[unit].per_pass:
        return []
    sizes = rows["batch"].astype(float)  # nan for all examples, also where it is None
    by_problem = sizes.groupby(rows["problem"], sort=False)
    return [str(name) for name, of in by_problem if len(of.unique()) > 1]


def _distinct(column: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(column))


def _list(text: str) -> list[int]:
    return json.loads(text)


def _flag(value: Any) -> bool | None:
    return None if value is None or value != value else bool(value)


def _draw_seeds(named: pd.DataFrame, who: str) -> int:
    """Return the number of draw seeds of a competitor."""
    texts = _distinct(named.loc[named["who"] == who, "draw_seeds"])
    return len({draw for text in texts for draw in _list(text)})


def _known(rows: pd.DataFrame, unit: str, target: int) -> pd.DataFrame:
    """Return a row for each seed of a trial group whose cost is known.

    It is the median over the rounds. A group of which some trial made a call without a
    price has none.
    """
    place = rows.groupby(_TRIAL, sort=False).cumcount(ascending=False) + 1
    at = rows.loc[(place == target) & ~rows["end"].isin(UNKNOWN)]
    group = ["problem", "who", "draw_seeds"]
    unpriced = at[unit].isna().groupby([at[name] for name in group]).transform("any")
    by_seed = at.loc[~unpriced].groupby([*group, "seed"], sort=False)[unit]
    return by_seed.quantile(0.5, interpolation="lower").reset_index()
