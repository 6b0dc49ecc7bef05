"""What a claim is, what its run leaves, and how numbers become a verdict."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import isfinite, nan
from pathlib import Path
from typing import Any, Literal, NamedTuple

Form = Literal["as it stands", "repaired", "beside"]


class Number(NamedTuple):
    """What was measured, beside what was predicted; nan where there is no such thing.

    Attributes:
        form: Whether the prediction is the sentence's own, a repaired sentence's, or
            the number stands beside and decides nothing.
        what: In words, with the dtype where it matters.
        predicted: By the sentence, or by the formula that repairs it.
        measured: A median where there is an interval over seeds.
        low, high: Interval of what was measured, or the bracket that holds it.
        unit: "" for a pure number.
    """

    form: Form
    what: str
    predicted: float
    measured: float
    low: float = nan
    high: float = nan
    unit: str = ""

    def agrees(self, relative: float, absolute: float = 0.0) -> bool:
        """Tell whether the prediction is in the interval, or near the measurement.

        |predicted - measured| <= relative |predicted| + absolute, or, with an
        interval, the distance of the prediction from it.
        """
        low, high = self.measured, self.measured
        if isfinite(self.low) and isfinite(self.high):
            low, high = self.low, self.high
        distance = max(low - self.predicted, self.predicted - high, 0.0)
        return distance <= relative * abs(self.predicted) + absolute


class Verdict(NamedTuple):
    """What a run of a claim comes to.

    Attributes:
        word: "holds", "fails", or "holds if ...", computed from the numbers.
        sentence: What the numbers say.
        numbers: All that the word was computed from, and what stands beside.
        plot: Draws on a matplotlib figure.
    """

    word: str
    sentence: str
    numbers: Sequence[Number]
    plot: Callable[[Any], None]


@dataclass(frozen=True)
class Claim:
    """A sentence of a source; the module of its name has the `run` that tests it.

    Attributes:
        id: Its name on the command line.
        source: "blog", "fd", "step" or "notes".
        sentence: In our words.
    """

    id: str
    source: str
    sentence: str

    def run(self, full: bool = False, folder: Path | None = None) -> Verdict:
        """Test the sentence.

        Args:
            full: At the source's own sizes, where those take long.
            folder: Where a run that leaves files of its own may put them.
        """
        name = self.id.replace("-", "_")  # imported now, for it imports JAX
        return import_module(f".{self.source}.{name}", __package__).run(full, folder)


def word(stands: bool, repaired: bool = False, condition: str = "") -> str:
    """Return "holds", "holds if CONDITION", or "fails"."""
    if stands:
        return "holds"
    return f"holds if {condition}" if repaired and condition else "fails"


def by_agreement(
    numbers: Iterable[Number],
    relative: float,
    condition: str = "",
    absolute: float = 0.0,
) -> str:
    """Judge by whether every number agrees with its prediction, form by form."""

    def agree(form: Form) -> bool:
        mine = [number for number in numbers if number.form == form]
        return bool(mine) and all(n.agrees(relative, absolute) for n in mine)

    numbers = list(numbers)
    return word(agree("as it stands"), agree("repaired"), condition)
