"""What a trial had spent when it was at a target."""

from dataclasses import dataclass
from math import inf, isnan, nan

from .costs import COSTS, Prices, Spent

Readings = dict[str, int]


@dataclass(frozen=True)
class AtTarget:
    """The cost of a trial up to its first step at a target or beyond it.

    Attributes:
        loss: The target: a training loss, or the value of another metric.
        steps, seconds, readings: None if it was never reached; the seconds also if the
            trial was not timed.
        measured: Whether the seconds were measured, not interpolated.
        resolution: Steps between the two evaluations among which the step was sought;
            None if the loss of every step counts. One step before, the target is not
            met. That it was met earlier for a while, between two evaluations, may have
            been missed.
        metric: The column of the metric; empty for the training loss.
    """

    loss: float
    steps: int | None = None
    seconds: float | None = None
    readings: Readings | None = None
    measured: bool | None = None
    resolution: int | None = None
    metric: str = ""

    @property
    def value(self) -> float:
        """The target, whatever it is of."""
        return self.loss

    @property
    def reached(self) -> bool:
        """Whether it was reached."""
        return self.steps is not None

    def cost(self, name: str, prices: Prices, examples_per_call: float = nan) -> float:
        """Return the cost of reaching the target, in a unit of `costs.COSTS`.

        Returns:
            inf if it was never reached, nan if a price or the seconds are not known.
        """
        readings = self.readings or {}
        examples = sum(readings.values()) * examples_per_call
        seconds = nan if self.seconds is None else self.seconds  # was not timed
        spent = Spent(seconds, self.steps, readings, examples)
        of_hosts = name == "seconds" and isnan(self.seconds or 0.0)
        if of_hosts or (COSTS[name].priced and not prices):
            return nan
        return float(spent.amount(name, prices)) if self.reached else inf
