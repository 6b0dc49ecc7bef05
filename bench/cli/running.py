"""Run a config into its folder, and show what is made of it: what verbs share."""

import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from ..config.schema import Config
    from ..core.spec import Spec
    from ..execute.engine import Engine
    from ..execute.run import Runner
    from ..store.run import Run

_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGINT and SIGTERM while inside.

    A shell starts background jobs with SIGINT ignored; here it is handled too.
    """
    before = {stop: signal.signal(stop, _stop) for stop in _STOPS}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


class Made(NamedTuple):
    """What was made of a run.

    Attributes:
        lines: Tell the user about it, on stdout.
        failed: A line for each plot that could not be drawn.
    """

    lines: Sequence[str] = ()
    failed: Sequence[str] = ()

    def show(self) -> None:
        """Print all lines."""
        for line in self.failed:
            click.echo(line, err=True)
        for line in self.lines:
            click.echo(line)


def run_into(
    folder: Path,
    config: "Config",
    platform: str | None,
    complete: "Callable[[Runner], list[Spec]]",
    make: "Callable[[Run], Made]",
    rounds: Any = None,
    engine: "Engine | None" = None,
    **how: Any,
) -> int:
    """Tune, run the trials, make what is wanted of them, and return the exit status.

    Args:
        folder: The run folder.
        config: What is run.
        platform: `cpu`, `gpu` or `tpu`; None lets JAX choose.
        complete: Runs the missing trials, and returns the specs of all.
        make: Makes tables, plots or other files of the run.
        rounds: What replaces the config's plan: other processes may run into the
            folder if theirs is the same.
        engine: Where the jobs are done; None for one worker of this machine.
        **how: Further arguments of the `Runner`.

    Returns:
        1 if a trial of this run is `failed` or `lost`, or a plot could not be drawn,
        else 0.

    Raises:
        BenchError: The device or the folder is wrong.
    """
    from ..execute.engine import Engine
    from ..execute.local import LocalExecutor
    from ..execute.progress import reporter
    from ..execute.run import Runner, check_complete
    from ..execute.time_left import Unit
    from ..store.environment import find
    from ..store.folder import held

    how |= {"engine": engine or Engine(LocalExecutor), "meanwhile": _import_report}
    device = find(platform)
    with held(folder, config, rounds):
        with reporter() as progress:
            progress.planned([Unit("report")])
            runner = Runner(config, device, folder, report=progress, **how)
            runner.tune()
            specs = complete(runner)
            from ..store.run import load  # pandas was imported beside other work

            run = load(folder)
            with progress.during(Unit("report")):
                made = make(run)
        made.show()
    return max(check_complete(specs, run), 1 if made.failed else 0)


def _import_report() -> None:
    """Import what tables and plots need, so that they need not wait for it."""
    with contextlib.suppress(Exception):  # is raised where it is needed
        import matplotlib.backends.backend_agg
        import scipy.special

        from ..report.plots import draw
        from ..report.tables import summary

        del draw, summary, matplotlib, scipy
