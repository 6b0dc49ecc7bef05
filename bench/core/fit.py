"""How many trials of a sweep a device holds at once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fit:
    """The trials of a sweep whose steps are taken together, and their memory.

    Attributes:
        trials: All trials of one program in the sweep.
        together: Of these, as many as are run at a time.
        bytes: Of memory for those, besides the problem's data, as the compiled program
            states it; None if the platform does not say.
        free: Bytes of memory of the device that were free; None if it does not say.
    """

    trials: int
    together: int
    bytes: int | None = None
    free: int | None = None

    def __str__(self) -> str:
        words = f"{self.trials:,} sweep trials, {self.together:,} at a time"
        if self.bytes is not None:
            words += f": {_in_words(self.bytes)} of memory"
        if self.free is not None:
            words += f", {_in_words(self.free)} free"
        return words


def _in_words(size: int) -> str:
    large = size >= 1e9
    return f"{size / (1e9 if large else 1e6):.3g} {'GB' if large else 'MB'}"
