"""A claim, and how its checks determine its verdict."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Any

import bench

from .check import Check, Form

MOST_NAMED = 3
"""Most checks of each kind that a finding names."""
DECIDING: tuple[Form, ...] = ("as it stands", "repaired")
"""The forms that decide a verdict."""
CLOSE = 0.2
"""A verdict that a smaller change of one number would turn is close."""


@dataclass(frozen=True)
class Evidence:
    """The results of a claim's run.

    Attributes:
        checks: Those that decide the verdict, and those for information.
        plot: Draws on an empty matplotlib figure.
    """

    checks: Sequence[Check]
    plot: Callable[[Any], None]

    def __post_init__(self) -> None:
        if not self.checks:
            raise bench.BenchError("the claim has no checks")


@dataclass(frozen=True)
class Claim:
    """A sentence of a source and the run that tests it.

    Attributes:
        id: Its name on the command line.
        source: A key of `claims.registry.SOURCES`, or any text.
        sentence: In our words.
        condition: If the repaired checks are met, it holds under this; "" for none.
        function: Runs it; it may have an argument `full`.
    """

    id: str
    source: str
    sentence: str
    condition: str
    function: Callable[..., Evidence]

    def run(self, full: bool = False) -> Evidence:
        """Test the sentence, at the source's own sizes if `full`."""
        takes = "full" in inspect.signature(self.function).parameters
        return self.function(full=full) if takes else self.function()

    def verdict(self, checks: Sequence[Check]) -> str:
        """Return "holds", "holds if CONDITION", or "fails".

        It holds if all checks of the form "as it stands" are met; on the condition if
        all "repaired" ones are. A form without checks is not met.
        """
        if _all_met(checks, "as it stands"):
            return "holds"
        repaired = self.condition and _all_met(checks, "repaired")
        return f"holds if {self.condition}" if repaired else "fails"

    def turns(self, checks: Sequence[Check]) -> Check | None:
        """Return the check that would turn the verdict by the least change.

        A form whose checks are all met turns with any of them; another one turns with
        the last of those that are not met. None if there is no such check.
        """
        forms: list[Form] = ["as it stands"]
        if self.condition and not _all_met(checks, "as it stands"):
            forms.append("repaired")
        last = [check for form in forms if (check := _turning(checks, form))]
        return min(last, key=_known_spare, default=None)


def claim(
    *, source: str, sentence: str, condition: str = ""
) -> Callable[[Callable[..., Evidence]], Claim]:
    """Make a claim from the function that tests it; its name becomes the id.

    Args: as in `Claim`.
    """

    def made(function: Callable[..., Evidence]) -> Claim:
        id = function.__name__.replace("_", "-")
        return Claim(id, source, sentence, condition, function)

    return made


def finding(checks: Sequence[Check]) -> str:
    """Return in words how many criteria are met, and the first few of each kind."""
    return " ".join(part for form in DECIDING for part in _in_words(checks, form))


def counts(checks: Sequence[Check]) -> str:
    """Return in words how many criteria of each form are met."""
    parts = (next(_in_words(checks, form), "") for form in DECIDING)
    return " ".join(part for part in parts if part)


def _in_words(checks: Sequence[Check], form: Form) -> Iterator[str]:
    deciding = [check for check in checks if check.form == form]
    met = [check for check in deciding if check.met]
    missed = [check for check in deciding if not check.met]
    if deciding:
        yield f"{form.capitalize()}, {len(met)} of {len(deciding)} criteria are met."
    for words, some in (("Not met", missed), ("Met", met)):
        if some:
            named = "; ".join(map(str, some[:MOST_NAMED]))
            rest = len(some) - MOST_NAMED
            yield f"{words}: {named}{f'; and {rest} more' if rest > 0 else ''}."


def _all_met(checks: Sequence[Check], form: Form) -> bool:
    deciding = [check.met for check in checks if check.form == form]
    return bool(deciding) and all(deciding)


def _turning(checks: Sequence[Check], form: Form) -> Check | None:
    """Return the check with which a form turns from met to not met, or back."""
    deciding = [check for check in checks if check.form == form]
    missed = [check for check in deciding if not check.met]
    if missed:
        return max(missed, key=_known_spare)
    return min(deciding, key=_known_spare, default=None)


def _known_spare(check: Check) -> float:
    return inf if isnan(check.spare) else check.spare


def spare_in_words(check: Check | None) -> str:
    """Return what a verdict has to spare; "close" if that is less than `CLOSE`."""
    if check is None or isnan(check.spare):
        return "unknown"
    if check.spare == inf:
        return "exact"
    whole = check.spare >= 0.995
    share = "100 % or more" if whole else f"{100 * check.spare:.2g} %"
    return f"{share}, close" if check.spare < CLOSE else share
