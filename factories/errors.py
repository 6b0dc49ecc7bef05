"""What is wrong with a name or a setting, in one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches


class FactoryError(ValueError):
    """A name or a setting that no factory takes.

    Attributes:
        key: The setting at fault; None where it is the factory's name itself.
    """

    def __init__(self, message: str, key: str | None = None):
        super().__init__(message)
        self.key = key


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ` Did you mean "..."?` with the nearest of `words`, or nothing."""
    close = get_close_matches(word, list(words), n=1, cutoff=0.5)
    return f' Did you mean "{close[0]}"?' if close else ""
