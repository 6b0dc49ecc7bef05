"""What the settings of a tuning are scored by: the training loss, or a metric."""

from collections.abc import Iterator
from typing import Protocol

from factories import nearest

from ..core.metrics import (
    HIGHER_IS_BETTER,
    LOSS,
    TRAIN,
    VALIDATION,
    DirectionError,
    Metric,
    metric,
    placed,
)
from ..core.spec import Target

OF_LOSSES = ("cost", "final_loss", "area")
"""The criteria that are not names of metrics."""


class Table(Protocol):
    """The part of `[tuning]` that states the criterion."""

    @property
    def criterion(self) -> str:
        """The score that decides: of `OF_LOSSES`, or the name of a metric."""
        ...

    @property
    def higher_is_better(self) -> bool | None:
        """Whether more of that metric is better; None if its name says so."""
        ...


def scored_metric(table: Table, target: Target | None) -> Metric | None:
    """Return the metric by which settings are scored; None for the training loss.

    Results are reported on held-out examples. A metric of these is therefore evaluated
    on validation examples when settings are chosen.

    Args:
        table: The config's `[tuning]`.
        target: That of the trials.

    Raises:
        DirectionError: Which values of the metric are better is not known.
    """
    if table.criterion not in OF_LOSSES:
        directions = {None: None, True: "above", False: "below"}
        found = metric(table.criterion, directions[table.higher_is_better])
    elif table.criterion == "cost" and target is not None and target.metric:
        found = Metric(*placed(target.metric), target.higher_is_better)
    else:
        return None
    return found if found.split == TRAIN else found._replace(split=VALIDATION)


def faults(table: Table) -> Iterator[str]:
    """Yield what is wrong with the name of a criterion."""
    try:
        found = scored_metric(table, None)
    except DirectionError:
        _, name = placed(table.criterion)
        near = nearest(name, [*OF_LOSSES, *HIGHER_IS_BETTER])
        *first, last = (f"'{word}'" for word in OF_LOSSES)
        yield (
            f"should be {', '.join(first)}, {last} or a metric; one that is not among "
            f"{', '.join(HIGHER_IS_BETTER)} needs higher_is_better = true or false"
            f"{'.' if near else ''}{near}"
        )
        return
    if found is None and table.higher_is_better is not None:
        yield "is no metric, so higher_is_better does not apply"
    if found is not None and found.is_training_loss:
        yield f"is the training loss: take 'final_loss', or 'held_out_{LOSS}'"
