"""The error of a wrong name or setting."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class FactoryError(ValueError):
    """A name or a setting that no factory takes: "key = value: reason hint".

    Attributes:
        reason: What is wrong, without the key and the value.
        key: The wrong setting; None if the factory's name is wrong.
        value: The wrong value, as text; None if no value is wrong.
        hint: ` Did you mean "..."?`, or nothing.
        choices: The settings that a factory takes, if `key` is not one of them.
        more: Further errors of the same settings.
    """

    def __init__(
        self,
        reason: str,
        key: str | None = None,
        *,
        value: str | None = None,
        hint: str = "",
        choices: Sequence[str] = (),
    ):
        self.more: tuple[FactoryError, ...] = ()
        self.reason, self.key, self.value = reason, key, value
        self.hint, self.choices = hint, tuple(choices)
        stated = "" if value is None else f"{key} = {value}: "
        super().__init__(stated + self.explained())

    def explained(self, hint: str = "") -> str:
        """Return the reason with a hint: the error's own, `hint`, or the choices."""
        choices = f" It takes {', '.join(self.choices)}." if self.choices else ""
        return self.reason + (self.hint or hint or choices)


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the nearest of some words; None if no one is near.

    One in other capitals is near, and so is the one whose initials the word is: "lr" is
    near "learning_rate".
    """
    known = {each.lower(): each for each in words}
    near = [name for name in known if _initials(name) == word.lower()]
    near += get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return known[near[0]] if near else None


def nearest(word: str, words: Iterable[str], before: str = "") -> str:
    """Return ` Did you mean "..."?` with the closest of `words`, or nothing.

    Args:
        word: The wrong word.
        words: The right ones.
        before: The unchanged part of a name, which precedes the word.
    """
    near = closest(word, words)
    return "" if near is None else f' Did you mean "{before}{near}"?'


def _initials(name: str) -> str | None:
    """Return "lr" for "learning_rate"; None for a name of one word."""
    parts = name.split("_")
    return "".join(part[:1] for part in parts) if len(parts) > 1 else None
