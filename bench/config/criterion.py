"""What the settings of a tuning are scored by: the training loss, or a metric."""

from collections.abc import Iterator
from typing import Any, Protocol

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
from . import targets
from .oracle import split_problem
from .positions import Path
from .schema import Config

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
            f"should be {', '.join(first)}, {last} or a metric; if it is one, state "
            f"higher_is_better = true or false, which its name does not say.{near}"
        )
        return
    if found is None and table.higher_is_better is not None:
        yield "is no metric, so higher_is_better does not apply"
    if found is not None and found.is_training_loss:
        yield f"is the training loss: take 'final_loss', or 'held_out_{LOSS}'"


def lacking(metric: Metric, names: list[str] | None, validation: Any) -> str:
    """Return why a problem cannot be evaluated for a metric that decides.

    Args:
        metric: As from `scored_metric`.
        names: Of the problem's metrics; None if they are not known.
        validation: The number or the share of its validation examples; None if that is
            not known.

    Returns:
        Empty if it can, as far as is known.
    """
    if why := targets.unknown(metric.column, names):
        return why
    if metric.split != VALIDATION or validation is None or validation:
        return ""
    return (
        f"settings are chosen by {metric.column}, and the problem has no validation "
        "examples: set some aside, validation = 0.2 (a problem of your own has them as "
        "`validation`)"
    )


def impossible(config: Config) -> Iterator[tuple[Path, str]]:
    """Yield what the problems that come with the project lack, before they are made."""
    import problems

    if config.tuning is None:
        return
    for entry in config.problems:
        stated = targets.target(entry.target or config.budget.target, config.evaluation)
        metric = scored_metric(config.tuning, stated)
        if metric is None or entry.name not in problems.REGISTRY:
            continue
        for settings in entry.points():
            own, _ = split_problem(settings)
            share = (problems.defaults(entry.name) | own).get("validation", 0.0)
            names = problems.metric_names(entry.name, own)
            if why := lacking(metric, names, share):
                words = f' = "{config.tuning.criterion}": {entry.label or entry.name}: '
                yield ("tuning", "criterion"), words + why
                break
