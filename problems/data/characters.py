"""Windows of the characters of a user's text file."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factories import FactoryError, nearest


def read_text(file: str | None) -> str:
    """Return the text of a file.

    Raises:
        FactoryError: No file is named, there is none, or it is not UTF-8.
    """
    if file is None:
        words = 'dataset "characters" needs "file", a text file in UTF-8'
        raise FactoryError(words, "file")
    path = Path(file)
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        beside = [str(other) for other in path.parent.glob(f"*{path.suffix}")]
        raise _error(file, "no such file.", nearest(file, beside)) from error
    except OSError as error:
        raise _error(file, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        words = f"not UTF-8: byte {error.object[error.start]:#04x} at {error.start:,}"
        raise _error(file, words) from error


def check_text(
    file: str | None, context: int, held_out: float, validation: float
) -> str:
    """Return a file's text, which has a window at least for each part.

    Raises:
        FactoryError: As in `read_text`; the text is too short, or repeats a single
            character.
    """
    text = read_text(file)
    wanted = 1 + bool(held_out) + bool(validation)
    if len(text) <= wanted * context:
        words = f"{len(text):,} characters are too few: {wanted} window"
        words += f"{'s' * (wanted > 1)} of {context:,} and one more are wanted"
        raise _error(file, words)
    if len(set(text)) < 2:
        raise _error(file, "it repeats one character")
    return text


def windows(text: str, context: int) -> tuple[NDArray[np.int32], int]:
    """Return the text as windows of tokens, and the number of different characters.

    Window i holds the characters from i·context to (i + 1)·context, both included: the
    first `context` of them are read and the last `context` predicted, so that each
    character but the first is predicted once. An incomplete last window is left out.

    Args:
        text: At least context + 1 characters.
        context: Characters that are read at a time.

    Returns:
        int32[windows, context + 1], a token being the place of a character among those
        of the text in the order of their code points.
    """
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    known, tokens = np.unique(points, return_inverse=True)
    count = (len(tokens) - 1) // context
    at = context * np.arange(count)[:, None] + np.arange(context + 1)
    return tokens.astype(np.int32)[at], len(known)


def _error(file: Any, words: str, hint: str = "") -> FactoryError:
    return FactoryError(words, "file", value=f'"{file}"', hint=hint)
