"""The programs that a run is exported to, each installed by its user or not."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...core.errors import BenchError, RunError, StoreError, cannot, in_a_line

if TYPE_CHECKING:
    from ...store.run import Run


class Destination(NamedTuple):
    """A program that keeps runs.

    Attributes:
        package: What is imported.
        install: What pip installs.
        show: The command that shows an exported folder.
    """

    package: str
    install: str
    show: str


DESTINATIONS = {
    "tensorboard": Destination(
        "tensorboard", "tensorboard", "tensorboard --logdir {folder}"
    ),
    "wandb": Destination("wandb", "wandb", "wandb sync {folder}/wandb/offline-run-*"),
    "mlflow": Destination(
        *("mlflow", "mlflow"),
        "mlflow ui --backend-store-uri sqlite:///{folder}/mlflow.db",
    ),
}
"""By the name of the module beside this one that writes for it."""


def export(run: "Run", to: str, folder: Path) -> int:
    """Write the trials of a run for a program, without a connection to anything.

    Args:
        run: From `bench.load`.
        to: A name of `DESTINATIONS`.
        folder: A new folder, or an empty one.

    Returns:
        The number of trials.

    Raises:
        BenchError: The program is not installed, the run has no finished trials, or the
            folder has files.
    """
    destination = DESTINATIONS[to]
    if find_spec(destination.package) is None:
        raise BenchError(f"{to} is not installed: pip install {destination.install}")
    from .trials import exported

    try:
        writer = import_module(f".{to}", __package__)
    except ImportError as error:
        words = f"{to} cannot be imported: {in_a_line(error)}"
        raise BenchError(words) from error
    trials = exported(run)
    if not trials:
        raise RunError(f"{run.folder}: no finished trials to export")
    _make_empty(folder)
    writer.write(run.record.name, trials, folder)
    return len(trials)


def _make_empty(folder: Path) -> None:
    """Make a folder, or check that it is empty."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            words = "has files: give --out a new folder, or remove them"
            raise StoreError(f"{folder}: {words}")
    except OSError as error:
        raise cannot("make", folder, error) from error
