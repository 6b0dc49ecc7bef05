"""Have sweeps done by a worker process that may hang, crash or eat the memory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..running.supervise import Crew, Gone
from .book import Untried
from .search import Settings, Try
from .task import Task


@contextmanager
def apart(folder: Path, platform: str) -> Iterator[Callable[[Task], Try]]:
    """Yield what makes of a task the function that tries its settings.

    Args:
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
    """
    crew = Crew(folder, platform)

    def attempts(task: Task) -> Try:
        def attempt(settings: Sequence[Settings]) -> list[dict[str, Any]]:
            table = task.table.model_dump()
            try:
                event = crew.sweep(task.spec, table=table, settings=list(settings))
            except Gone as error:
                raise Untried(str(error)) from error
            if "why" in event:
                raise Untried(event["why"])
            return event["lanes"]

        return attempt

    try:
        yield attempts
    finally:
        crew.dismiss()
