"""Trials as runs of MLflow in a database of its own."""

import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from .trials import Exported

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read at the import
_entities: Any = import_module("mlflow.entities")
_tracking: Any = import_module("mlflow.tracking")
DATABASE = "mlflow.db"
MOST = 1000
"""Metrics that MLflow takes at once."""


def write(run: str, trials: Sequence[Exported], folder: Path) -> None:
    """Write an experiment with a run for each trial.

    A metric's timestamp is the milliseconds on the clock; `seconds` is a metric too.

    Args:
        run: The run's name, that of the experiment.
        trials: Its trials.
        folder: Receives the database.
    """
    client = _tracking.MlflowClient(f"sqlite:///{folder.resolve() / DATABASE}")
    artifacts = (folder.resolve() / "artifacts").as_uri()
    experiment = client.create_experiment(run, artifact_location=artifacts)
    for trial in trials:
        tags = {"end": trial.end, "reason": trial.reason, "key": trial.key}
        made = client.create_run(
            experiment, start_time=0, tags=tags, run_name=trial.name
        )
        name = made.info.run_id
        stated = trial.hyperparameters.items()
        client.log_batch(
            name, params=[_entities.Param(key, str(value)) for key, value in stated]
        )
        metrics = list(_metrics(trial))
        for first in range(0, len(metrics), MOST):
            client.log_batch(name, metrics=metrics[first : first + MOST])
        status = "FAILED" if trial.failed else "FINISHED"
        last = max((metric.timestamp for metric in metrics), default=0)
        client.set_terminated(name, status=status, end_time=last)


def _metrics(trial: Exported) -> Iterator[Any]:
    step, milliseconds = 0, 0
    for step, seconds, values in trial.scalars():
        milliseconds = round(1000 * seconds)
        for key, value in values.items():
            yield _entities.Metric(key, value, milliseconds, step)
    for key, value in trial.results.items():
        yield _entities.Metric(key, value, milliseconds, step)
