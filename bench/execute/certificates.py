"""The problems of a run, each made, checked and certified once before its trials."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from factories import FactoryError

from ..config.criterion import lacking
from ..config.tuning_task import TuningTask
from ..core.errors import ConfigError
from ..core.least_loss import LeastLoss
from ..core.records import FAULTS, TrialRecord
from ..core.spec import Spec
from ..measurement.preparation import impossible, unmatched
from ..store import files
from ..store import folder as run_folder
from .executor import Answer, Certify, Executor, Lost, answer
from .pool import Pool
from .progress import Report
from .time_left import Unit

FEW = 2
"""Certificates for which another worker starts: fewer take less time than its start."""
FactsOf = Callable[[Spec], Mapping[str, Any]]


class Certificates:
    """The certificates of a run folder.

    Args:
        folder: The run folder.
        seconds: What a certificate may take.
        report: Shows the progress, and a line for each that does not arrive.
    """

    def __init__(self, folder: Path, seconds: float, report: Report):
        self._folder, self._seconds, self._report = folder, seconds, report

    def lacking(self, specs: Sequence[Spec]) -> list[Spec]:
        """Return a spec of each problem whose certificate was not yet asked for.

        One that did not arrive is asked for again when it may take longer than then.
        """

        def asked(facts: run_folder.Facts) -> bool:
            in_vain = facts.get("uncertified")
            late = in_vain and facts["certificate_seconds"] < self._seconds
            return "optimum" in facts and not late

        return run_folder.lacking_facts(self._folder, specs, asked)

    def complete(
        self, pool: Pool, specs: Sequence[Spec], tasks: Sequence[TuningTask] = ()
    ) -> None:
        """Make, check and certify the problems of trials, as far as this is missing.

        Args:
            pool: Where this is done.
            specs: The trials.
            tasks: Tuning tasks on the same problems.

        Raises:
            ConfigError: A problem is wrong, or rules out what a trial asks of it; one
                line each.
        """
        wrong: dict[int, str] = {}
        with files.lock(self._folder, "certificates"):  # each once, for all processes
            lacking = list(enumerate(self.lacking(specs)))
            for (place, spec), end in pool.results(
                lacking, self._certify, self._began, FEW
            ):
                self._report.ended(unit_of(spec))
                if isinstance(end, Lost) and end.refused:
                    wrong[place] = of_problem(spec, end.reason)
                else:
                    facts = self._facts(spec, end)
                    run_folder.add_facts(self._folder, spec, facts)
                    for line in said_of_labels(spec, facts):
                        self._report.line(line)
        if wrong:
            raise ConfigError([line for _, line in sorted(wrong.items())])
        facts_of = partial(run_folder.facts_of, self._folder)
        refuse_impossible(specs, facts_of, tasks)

    def _certify(self, executor: Executor, numbered: tuple[int, Spec]) -> Answer | Lost:
        return answer(executor, Certify(numbered[1], self._seconds))

    def _began(self, numbered: tuple[int, Spec]) -> None:
        self._report.began(unit_of(numbered[1]))

    def _facts(self, spec: Spec, end: Answer | Lost) -> run_folder.Facts:
        """Return a problem's size and least loss as facts."""
        facts: run_folder.Facts = {"optimum": None, "certificate": None}
        facts |= {"uncertified": "", "certificate_seconds": self._seconds}
        if isinstance(end, Answer):
            return facts | end.value
        self._report.line(of_problem(spec, f"no suboptimality: {end.reason}"))
        facts |= {"uncertified": end.reason}
        # One that was lost is asked for again by another run.
        return facts | ({"certificate_seconds": 0.0} if end.unknown else {})

    def least(self, spec: Spec) -> LeastLoss:
        """Return the least loss of a trial's problem."""
        facts = run_folder.facts_of(self._folder, spec)
        return LeastLoss(facts.get("optimum"), facts.get("uncertified", ""))

    def ended_before(self, done: Mapping[str, TrialRecord]) -> list[str]:
        """Return the keys of trials that ended before their certificate was there."""
        ended = (record for record in done.values() if record.end not in FAULTS)
        without = [record for record in ended if record.optimum is None]
        specs = {_problem(record.spec): record.spec for record in without}
        least = {problem: self.least(spec).loss for problem, spec in specs.items()}
        return [r.key for r in without if least[_problem(r.spec)] is not None]


def unit_of(spec: Spec) -> Unit:
    """Return the certificate of a trial's problem as a unit of work."""
    return Unit("certificate", spec.problem_label)


def _problem(spec: Spec) -> tuple[str, str]:
    return spec.problem_label, repr(spec.problem)


def of_problem(spec: Spec, words: str) -> str:
    """Return a line on a trial's problem."""
    return f'problem "{spec.problem_label}": {words}'


_MOST_SAID = 10


def said_of_labels(spec: Spec, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line on which numbers stand for the labels of a problem's file, if any.

    Args:
        spec: A trial on the problem.
        facts: The problem's.
    """
    if pairs := facts.get("labels"):
        shown = [
            f"{number} is {_quoted(label)}" for label, number in pairs[:_MOST_SAID]
        ]
        rest = [f"and {len(pairs) - _MOST_SAID} more"] if pairs[_MOST_SAID:] else []
        yield of_problem(spec, f"of the labels, {', '.join([*shown, *rest])}")


def _quoted(label: Any) -> str:
    """Return a label in one line, text in quotes."""
    return json.dumps(label, ensure_ascii=False)


def refuse_impossible(
    specs: Iterable[Spec], facts_of: FactsOf, tasks: Iterable[TuningTask] = ()
) -> None:
    """Raise an error if trials or tuning ask what their problems rule out.

    Args:
        specs: The trials.
        facts_of: Returns the facts of a trial's problem, as far as they are known; a
            FactoryError says that the problem is wrong.
        tasks: Tuning tasks on problems of these trials; others are left out.

    Raises:
        ConfigError: One line for each problem that is wrong, and for each impossible
            target, batch, metric or pattern.
    """
    known: dict[tuple[str, str], Mapping[str, Any]] = {}
    lines: dict[str, None] = {}
    specs = list(specs)
    for spec in specs:
        problem = _problem(spec)
        try:
            known[problem] = known.get(problem) or facts_of(spec)
        except FactoryError as error:
            lines[of_problem(spec, str(error))] = None
            known[problem] = {"wrong": True}
        lines |= {of_problem(spec, x): None for x in impossible(spec, known[problem])}
    for task in tasks:
        facts, metric = known.get(_problem(task.spec), {}), task.metric
        counted = facts.get("metrics"), facts.get("validation")
        if metric is not None and (why := lacking(metric, *counted)):
            lines[of_problem(task.spec, why)] = None
    pairs = {(repr(spec.optimizer), _problem(spec)): spec for spec in specs}
    each = ((spec, known[_problem(spec)]) for spec in pairs.values())
    lines |= dict.fromkeys(unmatched(each))
    if lines:
        raise ConfigError(lines)
