"""All that a page shows of its runs: plain values, and the packed traces."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ...core.at_target import AtTarget
from ...core.costs import COSTS, Cost
from ...core.metrics import LOSS
from ...core.readings import KINDS
from ...core.records import TrialRecord
from ...store.run import Run
from .. import disturbed
from ..comparison import compare_optimizers
from ..groups import Results, passes_in_words, unit_of_calls
from ..metrics import target_in_words
from ..tables.summary import winners
from .courses import Course, Member, courses
from .entries import Thinner, finite, group_plain, reached, trial_plain
from .machines import Hosts, hosts, run_names
from .packing import Pack
from .quantities import Quantity, floor, optimum, quantities
from .rows import Trace, traces
from .styles import Field, field
from .thinning import TAUS
from .tuned import best_of_k, landscape_plain, tuning


class Contents(NamedTuple):
    """What a page shows.

    Attributes:
        plain: Everything but the traces.
        traces: The packed traces, as a text.
    """

    plain: dict[str, Any]
    traces: str


def contents(runs: Sequence[Run]) -> Contents:
    """Return what a page of these runs shows.

    Args:
        runs: At least one, each with its trials.
    """
    return _Collector(runs).contents()


class _Collector:
    """Collects the lists of a page, whose entries refer to each other by index."""

    def __init__(self, runs: Sequence[Run]):
        self.runs, self.results = runs, [Results(run) for run in runs]
        self.names = run_names(runs)
        self.hosts: Hosts = hosts(runs)
        self.field: Field = field(self.results, self.names)
        self.lands = [run.landscapes for run in runs]
        self.pack = Pack()
        self.groups: list[dict[str, Any]] = []
        self.trials: list[dict[str, Any]] = []
        self.rows = self.kept = 0
        self.stated: list[AtTarget] = []
        self.landscapes: dict[int, Any] = {}
        self.tuned: dict[tuple[int, str, str], tuple[int, int]] = {}

    def _costs(self) -> list[Cost]:
        """Return the units of cost; seconds only if some trial is timed."""
        specs = (spec for run in self.runs for spec in run.planned)
        timed = any(spec.timed for spec in specs)
        return [cost for cost in COSTS.values() if timed or cost.name != "seconds"]

    def contents(self) -> Contents:
        """Return everything."""
        problems = [
            self._problem(place, course)
            for place, course in enumerate(courses(self.results, self.names))
        ]
        ends = Counter(trial["end"] for trial in self.trials)
        ends["missing"] = sum(group["missing"] for group in self.groups)
        plain = {
            "title": ", ".join(self.names),
            "runs": [self._run(place) for place in range(len(self.runs))],
            "hosts": self.hosts.plain,
            "units": [cost._asdict() for cost in self._costs()],
            "kinds": [
                {"name": k.name, "words": k.words, "differentiated": k.differentiated}
                for k in KINDS
            ],
            "optimizers": self.field.plain,
            "problems": problems,
            "taus": TAUS.tolist(),
            "groups": self.groups,
            "trials": self.trials,
            "schemas": self.pack.schemas,
            "ends": {end: count for end, count in sorted(ends.items()) if count},
            "tuning": list(self._tuned(tuning)),
            "bestOfK": list(self._tuned(best_of_k)),
            "landscapes": [
                {"problem": place, **landscape_plain(land)}
                for place, land in self.landscapes.items()
            ],
            "headline": list(self._headline()),
            "notes": list(self._notes()),
            "thinned": {"rows": self.rows, "kept": self.kept},
        }
        return Contents(plain, self.pack.text())

    def _run(self, place: int) -> dict[str, Any]:
        run = self.runs[place]
        record = run.record
        groups = self.results[place].groups
        return {
            "name": self.names[place],
            "device": record.device,
            "dtype": record.dtype,
            "precision": record.matmul_precision,
            "versions": record.versions,
            "jaxSettings": record.jax_settings,
            "xlaFlags": record.xla_flags,
            "hosts": sorted({host for host, _ in self.hosts.timed[place].values()}),
            "planned": sum(len(g.records) + g.missing for g in groups),
            "finished": sum(len(g.records) for g in groups),
        }

    def _headline(self) -> Iterator[str]:
        """Yield who is best over all problems of each run, at the stated targets."""
        for name, results in zip(self.names, self.results, strict=True):
            of_run = f"{name}: " if len(self.names) > 1 else ""
            for line in winners(results, compare_optimizers(results)):
                yield f"{of_run}{line}"

    def _notes(self) -> Iterator[str]:
        for name, results in zip(self.names, self.results, strict=True):
            of_run = f"{name}: " if len(self.names) > 1 else ""
            for line in disturbed.lines(results.groups):
                yield f"{of_run}{line}."

    def _problem(self, place: int, course: Course) -> dict[str, Any]:
        """Add the trials of a problem, and return the problem."""
        records = course.records
        known = self._traces(course)
        shown = quantities(records, known)
        label = course.members[0].group.spec.problem_label
        land = next((known[label] for known in self.lands if label in known), None)
        if land is not None:
            self.landscapes[place] = land
        thinner = Thinner(records, shown, land is not None)
        self.stated = [row for first in _with_most(records) for row in first.targets]
        for member in course.members:
            self._group(place, member, known, thinner)
        return _described(course, shown, thinner)

    def _traces(self, course: Course) -> dict[str, Trace]:
        """Return the rows of the trials of a problem, by run and key."""
        found: dict[str, Trace] = {}
        for member in course.members:
            keys = [record.key for record in member.group.records]
            rows = traces(self.runs[member.run], keys)
            found |= {f"{member.run} {key}": trace for key, trace in rows.items()}
        return found

    def _group(
        self,
        problem: int,
        member: Member,
        known: Mapping[str, Trace],
        thinner: Thinner,
    ) -> None:
        group = member.group
        first, index = len(self.trials), len(self.groups)
        optimizer = self.field.places[member.run, group.optimizer]
        if group.spec.tuned:
            place = member.run, group.spec.problem_label, group.spec.family
            self.tuned.setdefault(place, (problem, optimizer))
        for record in group.records:
            trace = known[f"{member.run} {record.key}"]
            place = self.pack.add(thinner.columns(trace))
            self.rows += len(trace.get("step", ()))
            self.kept += place["rows"]
            self.trials.append(self._trial(index, member, record) | {"trace": place})
        self.groups.append(
            {
                "problem": problem,
                "optimizer": optimizer,
                **group_plain(member),
                "trials": list(range(first, len(self.trials))),
            }
        )

    def _trial(self, group: int, member: Member, record: TrialRecord) -> dict[str, Any]:
        host, timed = self.hosts.timed[member.run][record.key]
        return {
            "group": group,
            "run": member.run,
            "host": host,
            **trial_plain(timed, self.runs[member.run].record.versions),
            "targets": reached(timed, self.stated),
        }

    def _tuned(
        self, rows_of: Callable[[Run], list[dict[str, Any]]]
    ) -> Iterator[dict[str, Any]]:
        """Yield rows on tuned optimizers, with the indices of problem and optimizer."""
        for place, run in enumerate(self.runs):
            for row in rows_of(run):
                known = self.tuned.get((place, row["problem"], row["label"]))
                if known is not None:
                    problem, optimizer = known
                    yield row | {"problem": problem, "optimizer": optimizer}


def _described(
    course: Course, shown: Sequence[Quantity], thinner: Thinner
) -> dict[str, Any]:
    records, spec = course.records, course.members[0].group.spec
    sizes = list(dict.fromkeys(m.group.spec.batch_size for m in course.members))
    least = optimum(records)
    return {
        "name": course.name,
        "label": spec.problem_label,
        "class": spec.problem_class,
        "arithmetic": spec.arithmetic,
        "settings": spec.problem.settings,
        "batches": sizes,
        "parameters": course.parameters,
        "optimum": finite(least),
        "leastFound": thinner.least,
        "floor": floor(least, spec.dtype),
        "quantities": [_quantity(quantity) for quantity in shown],
        "targets": _targets(records),
        "passWords": passes_in_words(sizes),
        "unitOfCalls": unit_of_calls(sizes),
    }


def _quantity(quantity: Quantity) -> dict[str, Any]:
    ends = {"start": finite(quantity.start), "best": finite(quantity.best)}
    return quantity._asdict() | ends


def _with_most(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return the first trial with most targets, whose targets are the problem's."""
    return sorted(records, key=lambda record: -len(record.targets))[:1]


def _targets(records: Sequence[TrialRecord]) -> list[dict[str, Any]]:
    """Return the stated targets, the easiest first."""
    return [
        {
            "column": row.metric or LOSS,
            "value": row.value,
            "words": target_in_words(replace(record, target_loss=row.value)),
        }
        for record in _with_most(records)
        for row in record.targets
    ]
