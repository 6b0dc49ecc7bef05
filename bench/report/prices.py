"""Results from the prices of calls: break-even prices and predicted seconds."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.costs import Prices, cost_of_calls
from ..core.readings import READINGS
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..statistics import break_evens, wins
from ..statistics.intervals import medians
from ..store import files, tables
from .comparison import CostTable, cost_table
from .format import csv_text
from .groups import Results, TrialGroup


@dataclass(frozen=True)
class Contest:
    """One problem's optimizers that reach its target, the best setting of each.

    Attributes:
        problem: Its label.
        batch: The examples of each call; None for all training examples.
        price: The measured price of a gradient, in forward passes.
        optimizers, families: The labels, the cheapest at that price first.
        gradients: float[optimizers, seeds], calls until the target; inf for never. If
            optimizers were tuned with several draw seeds, with a column for each pair
            of a draw seed and a seed.
        others: float[optimizers, seeds], all other calls, in forward passes.
    """

    problem: str
    batch: int | None
    price: float
    optimizers: tuple[str, ...]
    families: tuple[str, ...]
    gradients: np.ndarray
    others: np.ndarray

    def costs(self, price: float) -> np.ndarray:
        """float[optimizers]: median cost to the target, in forward passes."""
        return medians(price * self.gradients + self.others)


def contests(results: Results) -> list[Contest]:
    """Return a contest for each problem with prices where two reach the target.

    Trials with batches of one size are a contest of their own: their calls have other
    prices.
    """
    found = [
        contest
        for batch, of_batch in results.by_batch.items()
        for contest in _contests(of_batch, batch)
    ]
    return [contest for contest in found if len(contest.optimizers) > 1]


def _contests(results: Results, batch: int | None) -> Iterator[Contest]:
    gradients = cost_table(results, _gradients, "forward_equivalents")
    others = cost_table(results, _others, "forward_equivalents")
    prices = _measured(results)
    for place, problem in enumerate(gradients.problems):
        price = prices.get(problem, nan)
        yield _contest(gradients, others, place, batch, price)


def _measured(results: Results) -> dict[str, float]:
    prices = ((group.problem, results.prices(group)) for group in results.groups)
    return {problem: p["gradient"] for problem, p in prices if "gradient" in p}


def _gradients(record: TrialRecord, prices: Prices) -> float:
    return record.cost_to_target("gradient", prices)


def _others(record: TrialRecord, prices: Prices) -> float:
    if not prices:
        return nan
    if not record.is_reached:
        return inf
    readings = (record.readings_to_target or {}) | {"gradient": 0}
    return float(cost_of_calls(readings, prices))


def _contest(
    gradients: CostTable,
    others: CostTable,
    place: int,
    batch: int | None,
    price: float,
) -> Contest:
    calls, rest = gradients.pooled[place], others.pooled[place]
    costs = medians(price * calls + rest)
    order = [i for i in np.argsort(costs, kind="stable") if np.isfinite(costs[i])]
    firsts = {gradients.families[i]: i for i in reversed(order)}
    kept = [i for i in order if firsts[gradients.families[i]] == i]
    return Contest(
        gradients.problems[place],
        batch,
        price,
        tuple(gradients.optimizers[i] for i in kept),
        tuple(gradients.families[i] for i in kept),
        calls[kept],
        rest[kept],
    )


def break_even_prices(results: Results) -> pd.DataFrame:
    """Return the break-even prices of each pair of optimizers.

    Args:
        results: Of a run.

    Returns:
        A row for each break-even price of an `optimizer` and its `rival`, or one row if
        there is none: `below` is cheaper at prices below `price`, `above` at prices
        above it, `here` at the `measured` price. `price` is empty for none; its
        interval is `low` to `high`. `batch` has the examples of a call, empty for all;
        prices are in forward passes over these.
    """
    rows = [
        row
        for contest in contests(results)
        for pair in combinations(range(len(contest.optimizers)), 2)
        for row in _break_evens(contest, np.array(pair))
    ]
    return pd.DataFrame(rows)


def _break_evens(contest: Contest, pair: np.ndarray) -> Iterator[dict[str, Any]]:
    names = [contest.optimizers[i] for i in pair]
    calls = np.stack([contest.gradients[pair], contest.others[pair]])
    gradients, others = calls[..., ~np.isnan(calls).any((0, 1))]
    here = _winner(wins(gradients, others, contest.price), names)
    shared = {"problem": contest.problem, "optimizer": names[0], "rival": names[1]}
    last = {"measured": contest.price, "here": here, "batch": contest.batch}
    met = break_evens(gradients, others)
    for one in met:
        numbers = {key: getattr(one, key) for key in ("price", "low", "high")}
        sides = {"below": names[one.below], "above": names[one.above]}
        yield shared | sides | numbers | last
    if not met:
        nowhere = dict.fromkeys(("price", "low", "high"), nan)
        yield shared | {"below": here, "above": here} | nowhere | last


def _winner(counts: np.ndarray, names: list[str]) -> str:
    return "" if counts[0] == counts[1] else names[int(counts.argmax())]


UPDATES = "updates.csv"
NUMBERS = ("seconds", *READINGS)
COLUMNS = ("problem", "optimizer", *NUMBERS)
IDENTITY = "identity"


def update_identity(spec: Spec, device_kind: str | None) -> str:
    """Return a digest of all that an update's seconds depend on.

    It covers problem and optimizer with their fingerprints, precision and devices.
    Settings that are not whole do not change the work of an update.
    """
    words = [
        [asdict(spec.problem), asdict(spec.optimizer)],
        [spec.arithmetic, spec.matmul_precision, device_kind],
        *([spec.devices] if spec.devices > 1 else []),
    ]
    text = json.dumps(_without_rates(words), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _without_rates(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _without_rates(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_without_rates(value) for value in plain]
    return None if isinstance(plain, float) else plain


def write_updates(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Write the seconds of one update of each optimizer, and the calls in it.

    Rows of other optimizers in the folder are kept.

    Args:
        folder: A run folder.
        rows: Each with `COLUMNS`: labels, seconds of an update, calls in it; and with
            its `identity`, as `update_identity` returns it.

    Raises:
        DiskFull, StoreError: The file cannot be written.
        RunError: The existing file is not valid.
    """
    whole = [dict.fromkeys(READINGS, 0) | row for row in rows]
    with files.lock(folder, "updates"):
        known = _updates(folder / UPDATES) | {_pair(row): row for row in whole}
        frame = pd.DataFrame(list(known.values()), columns=[*COLUMNS, IDENTITY])
        files.write(folder / UPDATES, csv_text(frame))


def predict(results: Results) -> pd.DataFrame:
    """Return each trial's predicted seconds beside the measured ones.

    calls = Σ_c readings[c] price[c]; update = steps (u - Σ_c in_update[c] price[c]), u
    the seconds of an update timed alone, with its own calls; rest = measured - calls -
    update: rounding of prices, the overhead of the loop, and parts that run faster or
    slower together than alone.

    Args:
        results: The results of a run; u is known if `updates.csv` in its folder has
            the same problem and optimizer, with the same fingerprints.

    Returns:
        A row for each trial: problem, optimizer, seed, round, steps, then seconds
        `measured`, of `calls`, of `update` and the `rest`. Calls without a price are
        nan. An update that was not timed is nan and part of the rest. Empty if the
        trials are of several hosts.

    Raises:
        RunError: `updates.csv` is not valid.
    """
    if results.hosts:
        return pd.DataFrame()
    known = _updates(results.run.folder / UPDATES)
    rows = [
        row for group in results.groups for row in _predicted(results, group, known)
    ]
    return pd.DataFrame(rows)


def _updates(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    if not path.exists():
        return {}
    rows = tables.read(path, COLUMNS, NUMBERS).to_dict("records")
    return {_pair(row): row for row in rows}


def _pair(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["problem"]), str(row["optimizer"])


def _predicted(
    results: Results,
    group: TrialGroup,
    known: Mapping[tuple[str, str], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    prices = results.prices(group, "seconds")
    update_alone = _alone(_timed(group, known), prices)
    for record in group.known:
        if not record.steps or not record.spec.timed:
            continue
        calls = _seconds(record.readings, prices)
        update = record.steps * update_alone
        yield {
            "problem": group.problem,
            "optimizer": group.optimizer,
            "seed": record.spec.seed,
            "round": record.spec.round,
            "steps": record.steps,
            "measured": record.seconds,
            "calls": calls,
            "update": update,
            "rest": record.seconds - calls - (0.0 if update != update else update),
        }


def _timed(
    group: TrialGroup, known: Mapping[tuple[str, str], dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the row of a group's update; None if another one was timed, or none."""
    device = next((r.device for r in group.records if r.device is not None), None)
    row = known.get((group.problem, group.optimizer))
    same = row and row.get(IDENTITY) == update_identity(group.spec, device)
    return row if same else None


def _alone(update: dict[str, Any] | None, prices: Prices) -> float:
    """Return the seconds of an update without its own calls."""
    if update is None:
        return nan
    return update["seconds"] - _seconds(update, prices)


def _seconds(readings: Mapping[str, Any], prices: Prices) -> float:
    return float(cost_of_calls(readings, prices)) if prices else nan
