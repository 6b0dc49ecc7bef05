"""A worker process that is started before it is known what it will run."""

import contextlib
from collections import deque
from collections.abc import Iterator
from functools import partial

from . import local
from .executor import MakeExecutor


@contextlib.contextmanager
def started_ahead(platform: str, beside: int = 0) -> Iterator[MakeExecutor]:
    """Start a worker, and yield a maker of executors; the first one takes the worker.

    The worker imports JAX while this process reads a config, which needs the same time.

    Args:
        platform: `cpu`; on an accelerator a worker would reserve its memory.
        beside: As of `LocalExecutor`.
    """
    workers = deque([local.WorkerProcess(platform)])
    try:
        yield partial(local.LocalExecutor, ahead=workers, beside=beside)
    finally:
        for worker in workers:
            worker.kill()
