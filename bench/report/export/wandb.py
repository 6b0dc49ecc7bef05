"""Trials as offline runs of Weights & Biases."""

import os
from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from .trials import Exported

os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # read at the import
wandb: Any = import_module("wandb")


def write(run: str, trials: Sequence[Exported], folder: Path) -> None:
    """Write an offline run for each trial: `wandb sync` sends them.

    Args:
        run: The run's name, that of the project.
        trials: Its trials; a trial's id is the same whenever it is exported.
        folder: Receives wandb's folder.
    """
    settings = wandb.Settings(
        console="off",
        disable_code=True,
        disable_git=True,
        silent=True,
        x_disable_meta=True,
        x_disable_stats=True,
    )
    for trial in trials:
        made = wandb.init(
            mode="offline",
            project=run,
            dir=folder,
            id=sha256(trial.key.encode()).hexdigest()[:32],
            name=trial.name,
            group=trial.problem,
            job_type=trial.optimizer,
            config=trial.hyperparameters,
            notes=trial.reason,
            tags=[trial.end],
            settings=settings,
        )
        for step, _, values in trial.scalars():
            made.log(values, step=step)
        made.summary.update(trial.results | {"end": trial.end})
        made.finish(exit_code=int(trial.failed))
    wandb.teardown()  # waits until its own process has written all of the files
