"""Metrics by name: the examples that they are of, and which of two values is better."""

from math import isfinite
from typing import Literal, NamedTuple

import numpy as np

TRAIN, HELD_OUT, VALIDATION = SPLITS = ("train", "held_out", "validation")
"""The examples of a problem that a metric can be of."""
LOSS = "loss"
"""The metric that every problem has; of training examples it is the training loss."""
X_DISTANCE = "x_distance"
"""The distance to the nearest known minimiser: of the params, not of any examples."""
COORDINATES = ("x1", "x2")
"""The columns of the params themselves, in traces of problems with two of them."""
_BARE = (LOSS, X_DISTANCE)
"""The metrics whose column is their name when they are of training examples."""
HIGHER_IS_BETTER = {
    **dict.fromkeys(("accuracy", "top5_accuracy", "balanced_accuracy"), True),
    **dict.fromkeys(("precision", "recall", "f1", "auc", "r2", "bleu", "iou"), True),
    **dict.fromkeys((*_BARE, "error", "error_rate", "perplexity"), False),
    **dict.fromkeys(("mse", "rmse", "mae", "wer", "cer", "bits_per_byte"), False),
}
"""The metrics whose direction is known by their names."""
AT_MOST_ONE = (
    *("accuracy", "top5_accuracy", "balanced_accuracy", "precision", "recall", "f1"),
    *("auc", "r2", "iou"),
)
"""The metrics whose greatest value is 1."""
Direction = Literal["above", "below"]


class Metric(NamedTuple):
    """A number that describes params on some examples of a problem.

    Attributes:
        split: Which examples, one of `SPLITS`.
        name: As the problem names it, or `LOSS`.
        higher_is_better: Whether a greater value is better.
    """

    split: str
    name: str
    higher_is_better: bool

    @property
    def column(self) -> str:
        """Its column in traces: SPLIT_NAME, or `loss` or `x_distance` alone."""
        return column(self.split, self.name)

    @property
    def is_training_loss(self) -> bool:
        """Whether it is what is minimised."""
        return (self.split, self.name) == (TRAIN, LOSS)

    def is_met(self, value: float, target: float) -> bool:
        """Return whether a value is at a target or beyond it.

        nan is not, and neither is a training loss of -inf, which has diverged.
        """
        if self.is_training_loss and not isfinite(value):
            return False
        return value >= target if self.higher_is_better else value <= target


class DirectionError(ValueError):
    """Whether a metric should be high or low follows neither from its name nor else."""


TRAINING_LOSS = Metric(TRAIN, LOSS, False)


def first_reached(losses: np.ndarray, target: float) -> int | None:
    """Return the first place of a training loss at a target or below; None if never.

    Args:
        losses: float[n]; one that is not finite has diverged, and reaches none.
        target: The loss to reach.
    """
    places = np.flatnonzero(np.isfinite(losses) & (losses <= target))
    return int(places[0]) if len(places) else None


def column(split: str, name: str) -> str:
    """Return the column of a metric in traces."""
    return name if split == TRAIN and name in _BARE else f"{split}_{name}"


def placed(text: str) -> tuple[str, str]:
    """Return split and name from `SPLIT_NAME`; a bare metric is that of held-out.

    A bare `loss` is the training loss, and `x_distance` is of no examples.
    """
    for split in SPLITS:
        name = text.removeprefix(f"{split}_")
        if name and name != text:
            return split, name
    return (TRAIN if text in _BARE else HELD_OUT), text


def metric(text: str, direction: Direction | None = None) -> Metric:
    """Return the metric of a name in a config, or of a column in a trace.

    Args:
        text: `accuracy`, `held_out_accuracy`, `train_accuracy`, `loss`, ...
        direction: On which side of its target it should be; None for that of
            `HIGHER_IS_BETTER`.

    Raises:
        DirectionError: It is not given, and the name is not in the table.
    """
    split, name = placed(text)
    if direction is None and name not in HIGHER_IS_BETTER:
        raise DirectionError(
            f'"{name}" has no known direction: write {{ metric = "{text}", above = ... '
            "} or below"
        )
    better = HIGHER_IS_BETTER[name] if direction is None else direction == "above"
    return Metric(split, name, better)
