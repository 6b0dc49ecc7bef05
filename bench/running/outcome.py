"""Make a run's tables and plots, or say in a line why its files do not allow it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError
from ..keeping import files
from ..keeping.reading import RunError, RunMissing

MOST_LINES = 400
"""That are printed at the end of a run."""
HEADING, ANSWER = "\n\n## ", "Comparison"


def tables(folder: Path) -> str:
    """Write the tables of a run folder and return the one for people.

    Raises:
        StoreError: A file of the folder is not what was written.
        DiskFull: No room is left.
    """
    from ..telling.tables import write

    with _in_a_line(folder):
        return write(folder)


def brief(text: str, folder: Path) -> str:
    """Return a run's tables, or of very many what holds its optimizers together.

    Args:
        text: From `tables`.
        folder: Where all of it is in `summary.md`.
    """
    sections = f"\n\n{text}".split(HEADING)[1:]
    answers = [each for each in sections if each.startswith(ANSWER)]
    if text.count("\n") <= MOST_LINES or not answers:
        return text
    more = f"{len(sections) - len(answers)} more tables: {folder / 'summary.md'}\n"
    return "\n\n".join([*(f"## {each.rstrip()}" for each in answers), more])


def plots(folder: Path) -> list[Path]:
    """Write the plots of a run folder and return their paths.

    Raises:
        StoreError: A file of the folder is not what was written.
        DiskFull: No room is left.
    """
    from .drawing import draw

    with _in_a_line(folder):
        return draw(folder)


@contextmanager
def _in_a_line(folder: Path) -> Iterator[None]:
    try:
        yield
    except (RunError, RunMissing) as error:
        raise StoreError(str(error)) from error
    except OSError as error:
        raise files.refused("write", folder, error) from error
