"""Connect to a Dask scheduler, or start a cluster on this machine."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from ..core.errors import BenchError, EnvironmentFault, in_a_line
from .dask_executor import DaskExecutor
from .engine import Engine
from .lending import Workers
from .pool import processes

TTL_SECONDS = 30.0
"""Seconds without a sign of life after which a worker of this machine is replaced."""
PATIENCE = 60.0
"""Seconds without any worker after which a cluster of this machine is given up."""
_CONNECT_SECONDS = 15.0
_CLOSE_SECONDS = 5.0


@contextmanager
def connected(scheduler: str | None, workers: int | None) -> Iterator[Engine]:
    """Connect to a scheduler, or start one with workers on this machine.

    A worker is a process with one thread. The processes that it starts for trials have
    the same threads as without Dask.

    Args:
        scheduler: Its address; None for a cluster of this machine alone.
        workers: How many of them there are; without it one for each core of this
            machine, or those that the scheduler has, of which there must be one.

    Raises:
        BenchError: Dask is not installed, or the address is none.
        EnvironmentFault: No scheduler answers, or none of its workers can be used.
    """
    distributed = _imported()
    with ExitStack() as stack:
        stack.enter_context(_silent())
        if scheduler is None:
            where, patience = "the Dask cluster of this machine", PATIENCE
            size = workers or processes("cpu")
            address = stack.enter_context(_local_cluster(distributed, size))
        else:
            where, patience = f"the Dask scheduler at {scheduler}", None
            address = scheduler
        client = stack.enter_context(_client(distributed, address, where))
        lending = stack.enter_context(Workers(client, where, patience))
        lending.wait_for(workers or 1)
        size = workers or lending.count
        make = partial(DaskExecutor, lending)
        yield Engine(make, size, size, remote=scheduler is not None)


def _imported() -> Any:
    try:
        import distributed  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        words = "Dask is not installed: pip install 'gradmeter[cluster]'"
        raise BenchError(words) from error
    return distributed


@contextmanager
def _local_cluster(distributed: Any, size: int) -> Iterator[str]:
    """Have a scheduler in this process with workers beside it; yield its address."""
    import dask.config  # pyright: ignore[reportMissingImports]

    settings = {
        "distributed.scheduler.worker-ttl": f"{TTL_SECONDS:g}s",
        # Without limits on threads, which would reach this process too.
        "distributed.nanny.pre-spawn-environ": {},
        # By default a killed worker is given up that is not there again in 15 s.
        "distributed.deploy.lost-worker-timeout": "1 day",
    }
    with dask.config.set(settings):
        cluster = distributed.LocalCluster(
            n_workers=size,
            threads_per_worker=1,
            processes=True,
            memory_limit=0,  # a worker process has its own limit
            dashboard_address="127.0.0.1:0",  # its web server must listen somewhere
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        )
        try:
            yield cluster.scheduler_address
        finally:
            cluster.close(timeout=_CLOSE_SECONDS)


@contextmanager
def _client(distributed: Any, address: str, where: str) -> Iterator[Any]:
    try:
        client = distributed.Client(
            address, timeout=_CONNECT_SECONDS, set_as_default=False, name="gradmeter"
        )
    except ValueError as error:
        raise BenchError(
            f"{address!r} is no address of a scheduler: {error}"
        ) from error
    except (OSError, TimeoutError) as error:
        raise EnvironmentFault(
            f"{where} does not answer: {in_a_line(error)}"
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=_CLOSE_SECONDS)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Dask's own lines off the terminal: what matters is said in ours."""
    names = ("distributed", "asyncio", "tornado")
    known = [n for n in logging.root.manager.loggerDict if n.split(".")[0] in names]
    loggers = [logging.getLogger(name) for name in known]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
