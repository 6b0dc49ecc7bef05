"""Which optimizers of a field to try first on one problem."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from ...core.costs import COSTS
from ...core.text import for_markdown
from .. import format
from ..format import Table, markdown
from ..groups import Results, TrialGroup
from ..summary import summarize

FEW = 5
"""Optimizers to try first."""
UNIT = "forward_equivalents"


class Tried(NamedTuple):
    """An optimizer of the field on the problem.

    Attributes:
        label, family: Its labels.
        tuned: Whether tuning chose its settings; None if it has nothing to tune.
        ends, settings: As in summary.csv.
        calls, seconds: To the target, medians over seeds; inf for never.
        loss: The final training loss, a median; inf if it diverged.
    """

    label: str
    family: str
    tuned: bool | None
    ends: str
    settings: str
    calls: float
    seconds: float
    loss: float


class First:
    """The optimizers of a field on one problem, the best first.

    With a target they are ordered by calls to it, and by the final loss where none
    reaches it; without, by the final loss alone.

    Args:
        results: The results of the run on the problem.
        left_out: Optimizers that could not be planned, each with the reason.
    """

    def __init__(self, results: Results, left_out: Mapping[str, str] | None = None):
        self._results, self._left_out = results, left_out or {}
        self.problem = results.groups[0].problem
        self.has_target = bool(results.with_target)
        rows = zip(results.groups, summarize(results).to_dict("records"), strict=True)
        tried = [_tried(group, row) for group, row in rows if group.applicable]
        self.order = sorted(tried, key=self._key)

    def _key(self, one: Tried) -> tuple[float, float]:
        calls = (
            one.calls if self.has_target and one.calls == one.calls else float("inf")
        )
        return calls, one.loss

    def best(self, tuned: bool) -> list[Tried]:
        """Return the first few, of those that are tuned or need no tuning, or not."""
        return [x for x in self.order if x.tuned in (None, tuned) and _works(x)][:FEW]

    def text(self) -> str:
        """Return rank.md: a paragraph and the table of all."""
        said = [f"# {for_markdown(f'{self.problem}: what to try first')}"]
        said.append(for_markdown(self.paragraph()))
        said += [for_markdown(line) for line in self._limits()]
        return "\n\n".join([*said, markdown(self.table())]) + "\n"

    def paragraph(self) -> str:
        """Return which optimizers to try first, tuned and untuned."""
        tuned, plain = (
            "; ".join(map(self._named, self.best(tuned))) or "none gets anywhere"
            for tuned in (True, False)
        )
        by = f"{COSTS[UNIT].words} to the target" if self.has_target else "final loss"
        families = len({group.spec.family for group in self._results.groups})
        return (
            f"On {self.problem}, of {families} optimizers, try first when tuned: "
            f"{tuned}. Untuned: {plain}. Ordered by {by}, the median over "
            f"{len(self._results.run.record.config['seeds'])} seeds."
        )

    def _named(self, one: Tried) -> str:
        """Return an optimizer's name with the number by which it is placed."""
        reached = self.has_target and isfinite(one.calls)
        placed = format.count(one.calls) if reached else f"loss {format.loss(one.loss)}"
        return f"{one.family} ({placed})"

    def _limits(self) -> Iterator[str]:
        budget = self._results.groups[0].spec.budget
        if not self.has_target:
            most = budget.forward_equivalents
            within = f"{most:,} forward passes" if most else "the budget"
            yield (
                f"There is no target: each trial spent {within}, or what costs as "
                "much. State one with --target, such as --target loss=0.1."
            )
        skipped = {g.spec.family: g for g in self._results.groups if not g.applicable}
        if skipped:
            words = (f"{name} ({_reason(group)})" for name, group in skipped.items())
            yield f"Do not apply: {'; '.join(words)}."
        if self._left_out:
            lines = (f"{name} ({why})" for name, why in self._left_out.items())
            yield f"Left out: {'; '.join(lines)}."

    def table(self) -> Table:
        """Return all optimizers, the best first."""
        columns = ("optimizer", "ends", COSTS[UNIT].words, "time", "final loss")
        cells = tuple(
            (
                one.label,
                one.ends,
                format.count(one.calls),
                format.seconds(one.seconds),
                format.loss(one.loss),
                format.settings(one.settings),
            )
            for one in self.order
        )
        note = "to the target, medians over seeds" if self.has_target else ""
        notes = tuple(filter(None, [note, "time: on this machine"]))
        return Table(self.problem, (*columns, "settings"), cells, notes)


def _tried(group: TrialGroup, row: dict) -> Tried:
    calls, seconds = (row[f"{unit}_to_target"] for unit in (UNIT, "seconds"))
    labels = group.optimizer, group.spec.family
    named = (*labels, group.spec.tuned, row["ends"], row["settings"])
    loss = row["final_loss"]
    return Tried(*named, calls, seconds, loss if loss == loss else float("inf"))


def _works(one: Tried) -> bool:
    return isfinite(one.calls) or isfinite(one.loss)


def _reason(group: TrialGroup) -> str:
    return next((record.reason for record in group.records), "no trial")
