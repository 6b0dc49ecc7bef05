"""The best losses known of the networks, from runs of this project."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("best_known.csv")


class Best(NamedTuple):
    """The lowest training loss of a network that is known, and what reached it.

    Attributes:
        network: The member's name.
        loss: The loss.
        optimizer: Its name.
        settings: Of the optimizer, as JSON.
        steps: Of the trial.
        seed: Of the start.
        dtype: Of the trial.
    """

    network: str
    loss: float
    optimizer: str
    settings: str
    steps: int
    seed: int
    dtype: str

    @property
    def source(self) -> str:
        """How it was reached, in words."""
        stated = json.loads(self.settings)
        words = [f"{key} {value}" for key, value in stated.items()]
        how = f"{self.optimizer} ({', '.join(words)})" if words else self.optimizer
        return f"best loss known: {how}, {self.steps:,} steps, {self.dtype}"


def read(file: Path = FILE) -> dict[str, Best]:
    """Return the best losses known, by the name of the network."""
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [Best(**row) for row in csv.DictReader(lines)]  # pyright: ignore[reportArgumentType]
    return {
        row.network: row._replace(
            loss=float(row.loss), steps=int(row.steps), seed=int(row.seed)
        )
        for row in rows
    }


def write(kept: Iterable[Best], file: Path = FILE) -> None:
    """Write the best losses known, in the order of their names."""
    with file.open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines, lineterminator="\n")
        rows.writerow(Best._fields)
        rows.writerows(sorted(kept))
