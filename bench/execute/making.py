"""The programs of trials, made before anything is timed."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from factories import placed

from ..config.tuning_task import TuningTask
from ..core.spec import Spec, is_scipy
from ..measurement import cache
from ..measurement.surroundings import software
from .executor import Answer, Executor, Lost, Make, answer
from .pool import Pool
from .progress import Report
from .time_left import Unit


class Programs:
    """The programs that trials need, one for all seeds and values of float settings.

    Args:
        device: The kind of device.
        report: Shows the progress.
    """

    def __init__(self, device: str, report: Report):
        cache.turn_on()
        self._report = report
        flags = os.environ.get("XLA_FLAGS", "")
        self._known = [software(), device, flags]
        self._lost: dict[str, str] = {}
        self._left = set[str]()

    def missing(self, specs: Iterable[Spec]) -> list[Spec]:
        """Return a trial of each program that no process has kept on disk.

        It is none where programs are not kept, and none of those that `make` has left
        to their trials: each process then makes its own.
        """
        folder = cache.folder()
        if folder is None:
            return []
        firsts: dict[str, Spec] = {}
        for spec in specs:
            if not is_scipy(spec.optimizer.name):
                firsts.setdefault(self._name(spec), spec)
        asked = {n: s for n, s in firsts.items() if n not in self._left}
        return [s for n, s in asked.items() if not _mark(folder, n).exists()]

    def make(self, pool: Pool, specs: Iterable[Spec]) -> None:
        """Make the missing programs of trials."""
        folder = cache.folder()
        missing = self.missing(specs)
        for spec, end in pool.results(missing, _made, self._began):
            self._report.ended(unit_of(spec))
            if isinstance(end, Lost) and not end.unknown:
                self._lost[self._name(spec)] = end.reason
            elif isinstance(end, Answer) and not end.value:
                self._left.add(self._name(spec))
            elif isinstance(end, Answer) and folder is not None:
                _keep(folder, self._name(spec))

    def _began(self, spec: Spec) -> None:
        self._report.began(unit_of(spec))

    def lost(self, spec: Spec) -> str | None:
        """Return why making a trial's program has ended its worker; None if not."""
        return self._lost.get(self._name(spec)) if self._lost else None

    def _name(self, spec: Spec) -> str:
        """Return a digest of what determines a trial's program, as far as it is known.

        The program itself is kept under a digest of all that it depends on. This one is
        known without making the problem. If it is wrong, a trial makes the program.
        """
        settings = _without_floats(spec.optimizer.settings)
        optimizer = replace(spec.optimizer, settings=settings)
        oracle = spec.oracle_settings
        oracle["gradient_step"] = "gradient_step" in oracle
        parts = [spec.dtype, spec.arithmetic, spec.matmul_precision, oracle]
        parts += [spec.devices] if spec.devices > 1 else []
        named = [asdict(spec.problem), asdict(optimizer)]
        text = json.dumps([self._known, *named, parts], sort_keys=True, default=repr)
        return hashlib.sha256(text.encode()).hexdigest()


def unit_of(spec: Spec) -> Unit:
    """Return the program of a trial as a unit of work."""
    return Unit("program", spec.problem_label, spec.label)


def as_tried(task: TuningTask) -> Spec:
    """Return a trial with settings of the types that a task's sweeps will have."""
    own = task.spec.optimizer
    drawn = {name: float(low) for name, (low, _) in task.ranges.items()}
    made = replace(own, settings=placed(own.settings, drawn))
    return replace(task.spec, optimizer=made)


def _made(executor: Executor, spec: Spec) -> Answer | Lost:
    return answer(executor, Make(spec))


def _without_floats(value: Any) -> Any:
    """Leave the values of float settings out: they are arguments of the program."""
    if isinstance(value, dict):
        return {name: _without_floats(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_floats(each) for each in value]
    return "float" if type(value) is float else value


def _mark(folder: Path, name: str) -> Path:
    return folder / "made" / name


def _keep(folder: Path, name: str) -> None:
    """Note that a program is kept; that it is not noted costs only time."""
    mark = _mark(folder, name)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        return
