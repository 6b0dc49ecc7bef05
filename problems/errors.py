"""The error of a problem that breaks its contract, and the words that it uses."""

from collections.abc import Callable, Sequence
from typing import Any

from factories import FactoryError, raised_at


class ProblemError(FactoryError):
    """A problem breaks the contract of problems; the message is one sentence."""


def called(what: str, call: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of a call of a user's code.

    Raises:
        ProblemError: The call raises an error; `what` names it.
    """
    try:
        return call(*arguments)
    except (MemoryError, ProblemError):
        raise
    except (Exception, SystemExit) as error:
        raise ProblemError(f"{what} raises {said(error)}") from error


def has(problem: Any, name: str) -> bool:
    """Return whether a problem has an attribute.

    Raises:
        ProblemError: It is a property of the user's that raises an error.
    """
    try:
        return hasattr(problem, name)
    except Exception as error:
        raise ProblemError(f"{name} raises {said(error)}") from error


def said(error: BaseException) -> str:
    """Return an error's type, the first line of its message, and where it arose."""
    first = " ".join(str(error).strip().partition("\n")[0].split())
    name = type(error).__name__
    return f"{name}: {first}{raised_at(error)}" if first else name


def short(value: Any, most: int = 60) -> str:
    """Return a value as one line of at most `most` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def joined(names: Sequence[str]) -> str:
    """Return names as in a sentence: `a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
