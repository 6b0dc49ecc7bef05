"""What changed between two trials of one seed, as data."""

from typing import NamedTuple

from ..format import count

END, STEPS, LOSS = "end", "steps", "loss"


class Change(NamedTuple):
    """A value that differs.

    Attributes:
        of: `END`, `STEPS`, `LOSS` or a kind of call.
        a, b: Its values in A and in B: a word for an end, else a number.
        step: Of a loss, the first step at which it differs.
        is_judged: Whether it can be worse or better.
    """

    of: str
    a: str | float
    b: str | float
    step: int | None = None
    is_judged: bool = True

    @property
    def words(self) -> str:
        """The change in words: `gradient 20 → 40`."""
        if self.step is not None:
            return f"{self.of} {self.a!r} → {self.b!r} at step {self.step}"
        a, b = (x if isinstance(x, str) else count(x) for x in (self.a, self.b))
        return f"{self.of} {a} → {b}"


class Comparison(NamedTuple):
    """The comparison of a seed.

    Attributes:
        verdict: `worse`, `changed`, `better` or `same`.
        changes: The end, then calls and steps, then the loss.
    """

    verdict: str
    changes: tuple[Change, ...]

    @property
    def words(self) -> str:
        """All changes in words."""
        ends = [change.words for change in self.changes if change.of == END]
        losses = [change.words for change in self.changes if change.of == LOSS]
        alone = (END, LOSS)
        calls = [change.words for change in self.changes if change.of not in alone]
        return "; ".join(filter(None, [*ends, ", ".join(calls), *losses]))
