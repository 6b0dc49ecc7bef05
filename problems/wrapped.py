"""What a problem made of another one has from it."""

from typing import Any

from .shown import Shown


class Wrapped(Shown):
    """The examples and the least loss of the problem inside.

    Attributes:
        problem: The problem inside.
    """

    problem: Any

    @property
    def train(self) -> Any:
        """Return the training examples."""
        return self.problem.train

    @property
    def held_out(self) -> Any:
        """Return examples that no optimizer sees, or None."""
        return self.problem.held_out

    @property
    def validation(self) -> Any:
        """Return examples on which settings are chosen, or None."""
        return getattr(self.problem, "validation", None)

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        return self.problem.optimum()
