"""The costs of an optimizer's trials beside the kept costs of a field."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...core.invariants import START
from ...core.records import TrialRecord
from ...store.field import Field
from ...store.run import Run
from ...store.trials import load_tuning
from ..costs import trial_costs
from ..groups import Results, TrialGroup
from .rows import UNKNOWN, Division, divisions

UNIT = "forward_equivalents"
"""The cost by which an optimizer is ranked: all calls, at the prices of the field."""
_TRIAL = ["problem", "label", "settings", "seed", "round"]


class Agreement(NamedTuple):
    """Trials of one rival that ran here, and how many had the calls of the kept ones.

    Attributes:
        rival: Its label.
        trials: Those with kept costs.
        equal: Those with the same calls to every target.
    """

    rival: str
    trials: int
    equal: int


class Joined:
    """An optimizer's run beside a field.

    Args:
        field: The field.
        run: The run of the newcomer, perhaps with some rivals of the field.
        label: The newcomer's.
        left_out: What the run's config had to leave out, each with the reason.
    """

    def __init__(self, field: Field, run: Run, label: str, left_out: Mapping[str, str]):
        self.field, self.run, self.label = field, run, label
        self.results = Results(replace(run, prices=field.prices))
        self._left_out = left_out

    @cached_property
    def costs(self) -> pd.DataFrame:
        """The kept costs that fit, then the newcomer's, without seconds."""
        kept = self.field.costs
        fits = kept.loc[kept["problem"].isin(self.fitting)]
        own = self._here.loc[self._here["family"] == self.label]
        own = own.loc[own["problem"].isin(self.fitting)]
        joined = pd.concat([fits, own], ignore_index=True).assign(seconds=np.nan)
        classes = dict(zip(kept["problem"], kept["class"], strict=True))
        of = joined["problem"].map(lambda problem: classes.get(problem, ""))
        return joined.assign(**{"class": of})

    @cached_property
    def _here(self) -> pd.DataFrame:
        return trial_costs(self.results)

    @cached_property
    def fitting(self) -> list[str]:
        """The problems on which the newcomer's costs can be compared."""
        return [p for p in self.planned if p not in self._changed]

    @property
    def left_out(self) -> dict[str, str]:
        """The problems and rivals that do not fit any more, each with the reason."""
        missing = {
            problem: "not among the problems of this run"
            for problem in dict.fromkeys(self.field.costs["problem"])
            if problem not in self.planned
        }
        return {**missing, **self._left_out, **self._changed}

    @cached_property
    def planned(self) -> list[str]:
        """The problems of both, in the order of the field."""
        here = {group.problem for group in self.results.groups}
        return [p for p in dict.fromkeys(self.field.costs["problem"]) if p in here]

    @cached_property
    def _changed(self) -> dict[str, str]:
        """The problems that are no longer those of the field, each with the reason."""
        why = {problem: self._change(problem) for problem in self.planned}
        return {problem: words for problem, words in why.items() if words}

    def _change(self, problem: str) -> str:
        """Return how a problem differs from that of the field; empty if it does not."""
        records = self.results.of_problem[problem]
        starts = self.field.origin.starts.get(problem, {})
        moved = sorted({r.spec.seed for r in records if _has_moved(r, starts)})
        if moved:
            return (
                f"the loss at the start of seed {moved[0]} is not that of the field: "
                "the problem has changed"
            )
        rows = self.field.costs.loc[self.field.costs["problem"] == problem]
        if rows[UNIT].isna().all():
            return "calls have no price in the field"
        kept = list(dict.fromkeys(rows["target_loss"]))
        for record in records:
            own = [target.value for target in record.targets]
            if own and not _same(own, kept, record.spec.dtype, 0.0):
                return "its targets are not those of the field"
        return ""

    @cached_property
    def divisions(self) -> list[Division]:
        """What is compared: the problems by part and by class, at each target."""
        return list(divisions(self.costs))

    @cached_property
    def groups(self) -> list[TrialGroup]:
        """The newcomer's trial groups."""
        return [g for g in self.results.groups if g.spec.family == self.label]

    @property
    def not_run(self) -> Iterator[tuple[str, str]]:
        """Yield each problem on which the newcomer did not run, with the reason.

        It did not run if no trial of it did; after these come those on which it could
        not be tuned.
        """
        seen: set[str] = set()
        for group in self.groups:
            faults = [r for r in group.records if r.end in ("skipped", "failed")]
            if (
                faults
                and group.problem not in seen
                and len(faults) == len(group.records)
            ):
                seen.add(group.problem)
                yield group.problem, f"{faults[0].end}: {faults[0].reason}"
        for record in load_tuning(self.run.folder):
            known = record.problem_label in seen or record.label != self.label
            if record.chosen is None and not known:
                yield record.problem_label, f"not tuned: {record.reason}"

    @property
    def by_clock(self) -> int:
        """The newcomer's trials that the budget of seconds has ended."""
        return sum(
            record.end == "budget" and record.seconds >= record.spec.budget.seconds
            for group in self.groups
            for record in group.records
        )

    @property
    def agreements(self) -> list[Agreement]:
        """For each rival that ran here, whether its calls are the kept ones.

        What differs is due to the machine: to its rounding, or to its speed where the
        budget of seconds ended a trial.
        """
        rows = self._here.loc[self._here["family"] != self.label]
        here = rows.loc[~rows["end"].isin(UNKNOWN)]
        kept, on = _placed(self.field.costs), [*_TRIAL, "place"]
        both = _placed(here).merge(kept, on=on, suffixes=("", "_kept"))
        same = np.logical_and.reduce(
            [both[n] == both[f"{n}_kept"] for n in ("steps", "gradient", "forward")]
        )
        rows = both.assign(same=same)
        found = []
        for rival, own in rows.groupby("family", sort=False):
            trials = own.groupby(["problem", "label", "seed", "round"])
            equal = [bool(one["same"].all()) for _, one in trials]
            found.append(Agreement(str(rival), len(equal), sum(equal)))
        return found


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the place of each target: its loss may differ by a rounding."""
    return rows.assign(place=rows.groupby(_TRIAL).cumcount())


def _has_moved(record: TrialRecord, starts: dict[str, float]) -> bool:
    """Return whether a trial does not start at the loss of the field's trials."""
    kept, own = starts.get(str(record.spec.seed)), record.start_loss
    if kept is None or own is None:
        return False
    return not _same([own], [kept], record.spec.dtype, 1.0)


def _same(own: list[float], kept: list[float], dtype: str, least: float) -> bool:
    """Return whether losses are equal up to what other programs may compute.

    Args:
        own, kept: The losses.
        dtype: In which they were computed.
        least: The size below which differences are not relative.
    """
    share = START[dtype]
    return len(own) == len(kept) and all(
        abs(a - b) <= share * max(least, abs(a), abs(b)) or a == b
        for a, b in zip(own, kept, strict=True)
    )
