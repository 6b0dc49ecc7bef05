"""The prices of calls on each problem of a run, measured after its trials."""

from collections.abc import Sequence
from pathlib import Path

from ..core.spec import Spec
from ..store import folder as run_folder
from ..store import landscapes
from .executor import Answer, Executor, Facts, Lost, answer
from .pool import Pool
from .progress import Report
from .time_left import Unit


class Pricing:
    """The prices of a run folder.

    Args:
        folder: The run folder.
        report: Shows the progress, and a line for each problem without prices.
        wanted: Whether prices are measured at all.
    """

    def __init__(self, folder: Path, report: Report, wanted: bool):
        self._folder, self._report, self._wanted = folder, report, wanted

    def lacking(self, specs: Sequence[Spec]) -> list[Spec]:
        """Return a spec for each price that is wanted and missing."""
        return run_folder.lacking_prices(self._folder, specs) if self._wanted else []

    def complete(self, pool: Pool, lacking: Sequence[Spec], each: int) -> None:
        """Measure the missing prices.

        Args:
            pool: Where this is done.
            lacking: From `lacking`.
            each: Prices for which another worker measures beside the first.
        """
        for spec, end in pool.results(lacking, _measured, self._began, each):
            self._report.ended(unit_of(spec))
            if isinstance(end, Answer):
                self._keep(spec, end)
            else:
                of = "" if spec.batch is None else f" of batches of {spec.batch.size}"
                line = f"{spec.problem_label}: no prices{of}: {end.reason}"
                self._report.line(line)

    def _began(self, spec: Spec) -> None:
        self._report.began(unit_of(spec))

    def _keep(self, spec: Spec, answer: Answer) -> None:
        facts = dict(answer.value)
        seen = facts.pop("landscape", None)
        run_folder.add_facts(self._folder, spec, facts)
        if seen is not None:
            landscapes.add(self._folder, spec.problem_label, seen)


def unit_of(spec: Spec) -> Unit:
    """Return the prices of a trial's problem as a unit of work."""
    return Unit("price", spec.problem_label)


def _measured(executor: Executor, spec: Spec) -> Answer | Lost:
    return answer(executor, Facts(spec))
