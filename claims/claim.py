"""A claim, and how its checks determine its verdict."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import bench

from .check import Check, Form

MOST_NAMED = 3
"""Most checks of each kind that a finding names."""


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
    forms: tuple[Form, ...] = ("as it stands", "repaired")
    return " ".join(part for form in forms for part in _in_words(checks, form))


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
