"""Trial groups: trials that differ only in seed and round."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

import pandas as pd

from ..core.costs import COSTS, Prices
from ..core.identity import canonical, identity
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store.run import Run

ALL_EXAMPLES, BATCHES = "all examples", "batches"


@dataclass(frozen=True, eq=False)
class TrialGroup:
    """A trial group: one optimizer with fixed settings on one problem.

    Attributes:
        problem, optimizer: Their labels, with settings if a label repeats.
        spec: The shared part of the trials' specs.
        records: The finished trials, any seed and round.
        missing: The number of planned trials without a file.
    """

    problem: str
    optimizer: str
    spec: Spec
    records: tuple[TrialRecord, ...]
    missing: int

    @property
    def applicable(self) -> list[TrialRecord]:
        """The trials that did not end `skipped` and are not lost."""
        return [record for record in self.known if record.end != "skipped"]

    @property
    def known(self) -> list[TrialRecord]:
        """The finished trials whose result is known: those that are not lost."""
        return [record for record in self.records if not record.is_lost]

    @property
    def lost(self) -> int:
        """The number of lost trials, which no statistic includes."""
        return len(self.records) - len(self.known)


class Results:
    """A run's trials in groups, computed once for all tables and plots.

    Trials of an earlier plan with another budget, in the same folder, are left out.

    Args:
        run: From `bench.load`.
        specs: The planned trials; those of the run if None.
    """

    def __init__(self, run: Run, specs: Sequence[Spec] | None = None):
        self.run = run
        self._specs = run.planned if specs is None else specs

    @cached_property
    def groups(self) -> list[TrialGroup]:
        """The groups in planned order, also those whose trials have no file yet."""
        records = {record.key: record for record in self.run.records}
        specs = defaultdict(list)
        for spec in self._specs:
            specs[identity(spec)].append(spec)
        firsts = [group[0] for group in specs.values()]
        problems = _problem_names(firsts)
        optimizers = _optimizer_names(firsts, problems)
        groups = []
        for problem, optimizer, group in zip(
            problems, optimizers, specs.values(), strict=True
        ):
            done = tuple(records[s.key] for s in group if s.key in records)
            missing = len(group) - len(done)
            groups.append(TrialGroup(problem, optimizer, group[0], done, missing))
        return groups

    @cached_property
    def of_problem(self) -> dict[str, list[TrialRecord]]:
        """The finished trials of each problem, in planned order."""
        records: dict[str, list[TrialRecord]] = {}
        for group in self.groups:
            records.setdefault(group.problem, []).extend(group.records)
        return records

    @cached_property
    def with_target(self) -> set[str]:
        """The problems with a target."""
        return {g.problem for g in self.groups for r in g.records if r.has_target}

    @cached_property
    def parts(self) -> dict[str, "Results"]:
        """The results of trials on all examples and of those on batches, by name.

        They are not compared with each other, because a step on a batch has another
        cost and a noisy loss. If a run has only one kind, its name is empty.
        """
        on_batches = [spec for spec in self._specs if spec.batch is not None]
        others = [spec for spec in self._specs if spec.batch is None]
        if not on_batches or not others:
            return {"": self}
        return {
            ALL_EXAMPLES: Results(self.run, others),
            BATCHES: Results(self.run, on_batches),
        }

    @cached_property
    def classes(self) -> dict[str, "Results"]:
        """The results on the problems of each class, by its name.

        Empty unless the problems have two classes or more.
        """
        names = dict.fromkeys(spec.problem_class for spec in self._specs)
        if len(names) < 2:
            return {}
        return {
            name: Results(self.run, [s for s in self._specs if s.problem_class == name])
            for name in names
            if name
        }

    @cached_property
    def hosts(self) -> dict[str, "Results"]:
        """The results by host; empty if all trials are of one.

        The results of all hosts together have no seconds.
        """
        runs = self.run.by_host.items()
        return {host: Results(run, self._specs) for host, run in runs}

    @property
    def targets(self) -> int:
        """The greatest number of targets of a problem."""
        records = (record for group in self.groups for record in group.records)
        return max((len(record.targets) for record in records), default=0)

    @cached_property
    def by_batch(self) -> dict[int | None, "Results"]:
        """The results by the examples of a call: the size of a batch, or None for all.

        Within each, a forward pass is the same on one problem.
        """
        sizes = list(dict.fromkeys(spec.batch_size for spec in self._specs))
        if len(sizes) == 1:
            return {sizes[0]: self}
        return {
            size: Results(self.run, [s for s in self._specs if s.batch_size == size])
            for size in sizes
        }

    @cached_property
    def passes(self) -> dict[str, list[int | None]]:
        """For each problem, the examples of a forward pass of its trials."""
        sizes: dict[str, list[int | None]] = {}
        for group in self.groups:
            of_problem = sizes.setdefault(group.problem, [])
            if group.spec.batch_size not in of_problem:
                of_problem.append(group.spec.batch_size)
        return sizes

    def prices(self, group: TrialGroup, column: str = "ratio_to_forward") -> Prices:
        """Return the price of each kind of call on a group's problem.

        Args:
            group: The group.
            column: `ratio_to_forward`, `seconds` or `flops`.

        Returns:
            By kind of call, on all examples or on a batch of the group's size; a ratio
            is to a forward pass over the same examples. Empty if they are not known.
        """
        known = self._prices.get(column, {})
        for name in (group.spec.problem_label, group.spec.problem.name):
            if (name, group.spec.batch_size) in known:
                return known[name, group.spec.batch_size]
        return {}

    def unit_prices(self, group: TrialGroup, cost: str) -> Prices:
        """Return the prices that convert a group's calls into a cost.

        Args:
            group: The group.
            cost: A name of `COSTS`.

        Returns:
            As in `prices`; empty for a unit that is not priced.
        """
        column = COSTS[cost].priced
        return self.prices(group, column) if column else {}

    @cached_property
    def _prices(self) -> dict[str, dict[tuple[str, int | None], dict[str, float]]]:
        """The known prices by column, problem and batch, and kind of call."""
        table = self.run.prices
        if table is None:
            return {}
        table = with_batch(table)
        prices: dict[str, dict[tuple[str, int | None], dict[str, float]]] = {}
        numbers = table.select_dtypes("number").columns
        for column in numbers.drop("batch", errors="ignore"):
            by_calls = prices.setdefault(str(column), defaultdict(dict))
            columns = ["problem", "batch", "call", column]
            for problem, batch, call, value in table[columns].to_numpy():
                kinds = by_calls[problem, batch_size(batch)]
                if value == value:
                    kinds[call] = float(value)
        return prices


def with_batch(prices: pd.DataFrame) -> pd.DataFrame:
    """Return prices with the column `batch`, which those of earlier versions lack."""
    return prices if "batch" in prices else prices.assign(batch=nan)


def batch_size(cell: Any) -> int | None:
    """Return the size of a batch from a table's cell; None for all examples."""
    return None if cell is None or cell != cell else int(cell)


def examples_in_words(size: int | None) -> str:
    """Return the examples of a call in words."""
    plural = "" if size == 1 else "s"
    whole = "all training examples"
    return whole if size is None else f"a batch of {size:,} example{plural}"


def on_examples(problem: str, size: int | None) -> str:
    """Return a problem's label, with the batch of its calls if they are on batches."""
    return problem if size is None else f"{problem}, batches of {size:,}"


def passes_in_words(sizes: Sequence[int | None]) -> str:
    """Return in words what one forward-pass equivalent is; empty for all examples.

    Args:
        sizes: Of `Results.passes`, of one problem.
    """
    if len(sizes) > 1:
        over = "the examples of the trial's own calls, not the same for all trials"
    else:
        over = "".join(map(examples_in_words, sizes))
    return "" if sizes == [None] else f"one forward-pass equivalent: a pass over {over}"


def unit_of_calls(sizes: Sequence[int | None]) -> str:
    """Return the unit of cost, by name, in which a problem's calls are added up.

    Passes over the examples of a call are no common unit of trials with batches of
    several sizes, or with batches and without; FLOPs are.

    Args:
        sizes: Of `Results.passes`, of the problem.
    """
    return "forward_equivalents" if len(sizes) <= 1 else "flops"


def settings(spec: Spec) -> dict[str, Any]:
    """Return an optimizer's settings, with gradient source and batch."""
    return spec.stated_settings


def _problem_names(firsts: list[Spec]) -> list[str]:
    shared = [{"dtype": spec.arithmetic, **spec.problem.settings} for spec in firsts]
    return _distinguish([spec.problem_label for spec in firsts], shared)


def _optimizer_names(firsts: list[Spec], problems: list[str]) -> list[str]:
    names = [""] * len(firsts)
    for problem in dict.fromkeys(problems):
        rows = [i for i, name in enumerate(problems) if name == problem]
        labels = [firsts[i].label for i in rows]
        own = [settings(firsts[i]) for i in rows]
        for i, name in zip(rows, _distinguish(labels, own), strict=True):
            names[i] = name
    return names


def _distinguish(labels: list[str], settings: list[dict]) -> list[str]:
    """Append the differing settings to each label that has several settings."""
    alike: dict[str, list[dict]] = defaultdict(list)
    for label, own in zip(labels, settings, strict=True):
        if own not in alike[label]:
            alike[label].append(own)
    return [
        " ".join([label, *_differing(own, alike[label])])
        for label, own in zip(labels, settings, strict=True)
    ]


def _differing(own: dict, alike: list[dict]) -> Iterable[str]:
    for name, value in own.items():
        if any(other.get(name, value) != value or name not in other for other in alike):
            yield f"{name}={_word(value)}"


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("schedule") or canonical(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
