"""Trials in the words of programs that track experiments."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from ...core.errors import StoreError
from ...core.metrics import LOSS
from ...core.readings import READINGS
from ...core.records import FAULTS, TrialRecord
from ...core.text import file_names
from ...store.folder import ONLY_TABLES
from ...store.run import Run
from ..groups import Results, TrialGroup, settings

Value = str | float | int | bool


class Exported(NamedTuple):
    """A trial.

    Attributes:
        name: Readable, and unique in its run: `PROBLEM/OPTIMIZER/seed_0`.
        key: The name of the trial's files, unique anywhere.
        problem, optimizer: Their labels.
        hyperparameters: Its settings, with problem, optimizer, seed, round and dtype.
        trace: A row for each recorded step: `step`, `seconds` and other columns, nan
            where something was not evaluated.
        results: Numbers that describe the whole trial.
        end, reason: How it ended.
    """

    name: str
    key: str
    problem: str
    optimizer: str
    hyperparameters: dict[str, Value]
    trace: pd.DataFrame
    results: dict[str, float]
    end: str
    reason: str

    @property
    def failed(self) -> bool:
        """Whether it ended by a fault."""
        return self.end in FAULTS

    def scalars(self) -> Iterator[tuple[int, float, dict[str, float]]]:
        """Yield step, seconds and what is known there, for each row of the trace."""
        columns = [name for name in self.trace.columns if name != "step"]
        for row in self.trace.to_dict("records"):
            known = {str(c): float(row[c]) for c in columns if row[c] == row[c]}
            yield int(row["step"]), float(row["seconds"]), known


def exported(run: Run) -> list[Exported]:
    """Return the finished trials of a run's plan, in planned order.

    Raises:
        StoreError: The folder keeps only tables.
    """
    if run.record.only_tables:
        raise StoreError(f"{run.folder}: {ONLY_TABLES}: there is nothing to export")
    groups = Results(run).groups
    problems = file_names([group.problem for group in groups])
    optimizers = file_names([group.optimizer for group in groups], "optimizer")
    return [
        _trial(
            run,
            group,
            record,
            f"{problems[group.problem]}/{optimizers[group.optimizer]}",
        )
        for group in groups
        for record in group.records
    ]


def _trial(run: Run, group: TrialGroup, record: TrialRecord, where: str) -> Exported:
    spec = record.spec
    of_round = f"-round_{spec.round}" if spec.round else ""
    return Exported(
        f"{where}/seed_{spec.seed}{of_round}",
        record.key,
        group.problem,
        group.optimizer,
        _hyperparameters(group, record),
        _trace(run, record),
        _results(record),
        record.end,
        record.reason,
    )


def _hyperparameters(group: TrialGroup, record: TrialRecord) -> dict[str, Value]:
    """Return the settings; one with a name of ours is `settings.NAME`."""
    spec = record.spec
    own: dict[str, Value] = {
        "problem": group.problem,
        "optimizer": group.optimizer,
        "seed": spec.seed,
        "round": spec.round,
        "dtype": spec.arithmetic,
    }
    stated = {
        f"settings.{name}" if name in own else name: _value(value)
        for name, value in settings(spec).items()
    }
    return own | stated


def _value(value: Any) -> Value:
    plain = isinstance(value, str | float | int | bool)
    return value if plain else json.dumps(value, sort_keys=True, default=str)


def _trace(run: Run, record: TrialRecord) -> pd.DataFrame:
    """Return the trace without calls that were never made."""
    trace = run.trace(record.key).drop(columns="measured")
    unused = [kind for kind in READINGS if kind in trace and not any(trace[kind])]
    return trace.drop(columns=unused)


def _results(record: TrialRecord) -> dict[str, float]:
    """Return the numbers of the whole trial that are known."""
    numbers: Mapping[str, Any] = {
        "best_loss": record.best_loss,
        "final_loss": record.final_loss,
        "seconds_to_target": record.seconds_to_target,
        "steps_to_target": record.steps_to_target,
        "compile_seconds": record.compile_seconds,
        **{
            f"{which}_{column}": scores[which]
            for column, scores in record.metrics.items()
            for which in ("best", "final")
            if column != LOSS
        },
    }
    return {k: float(v) for k, v in numbers.items() if v is not None and v == v}
