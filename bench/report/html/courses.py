"""The problems of a page, and the trials of all runs on each of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from ...core.records import TrialRecord
from ..groups import Results, TrialGroup


class Member(NamedTuple):
    """A trial group in one of the runs.

    Attributes:
        run: The run's index.
        results: The run's results, of trials on batches or on all examples.
        group: The group.
    """

    run: int
    results: Results
    group: TrialGroup


@dataclass(frozen=True)
class Course:
    """A problem and the trials that are compared on it.

    Trials on all examples and trials on batches are not.

    Attributes:
        name: Its label, with whatever tells it from the others.
        members: The trial groups on it, those of each run in planned order.
    """

    name: str
    members: list[Member]

    @property
    def records(self) -> list[TrialRecord]:
        """All finished trials, of all runs."""
        return [record for member in self.members for record in member.group.records]

    @property
    def parameters(self) -> int | None:
        """The number of its parameters, if it is known."""
        label = self.members[0].group.spec.problem_label
        runs = {member.run: member.results.run for member in self.members}
        facts = (facts for run in runs.values() for facts in run.facts)
        sizes = (f.get("parameters") for f in facts if f["problem"] == label)
        return next(filter(None, sizes), None)


def courses(runs: Sequence[Results], names: Sequence[str]) -> list[Course]:
    """Return the problems of runs; one that several runs have is there once.

    Args:
        runs: The results of each run.
        names: A different name for each run.
    """
    found: dict[str, list[Member]] = {}
    labels: dict[str, str] = {}
    for member, part in _members(runs):
        known = _known(member, part)
        found.setdefault(known, []).append(member)
        words = [member.group.problem, *filter(None, [part])]
        labels.setdefault(known, ", ".join(words))
    repeated = Counter(labels.values())
    return [
        Course(
            f"{labels[known]} ({names[members[0].run]})"
            if repeated[labels[known]] > 1
            else labels[known],
            members,
        )
        for known, members in found.items()
    ]


def _members(runs: Sequence[Results]) -> Iterator[tuple[Member, str]]:
    for run, results in enumerate(runs):
        for part, of_part in results.parts.items():
            for group in of_part.groups:
                yield Member(run, of_part, group), part


def _known(member: Member, part: str) -> str:
    """Return a text that is equal for the same problem of two runs."""
    spec = member.group.spec
    return repr((part, spec.problem_label, asdict(spec.problem), spec.arithmetic))
