"""The verb `run`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from .environment import Verb
from .options import (
    FOLDER,
    Choice,
    config_argument,
    device_option,
    help_option,
    override_options,
    retry_option,
)
from .running import Made, run_into, stoppable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..config.schema import Config
    from ..core.spec import Spec
    from ..execute.engine import Engine
    from ..execute.run import Runner
    from ..execute.shard import Shard
    from ..store.run import Run

FIRST_ROUNDS = 3
"""Rounds before the spread between rounds is estimated."""


class _Rounds(click.ParamType):
    """A whole number, at least 1, or the word `auto`."""

    name = "N|auto"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the number, or `auto`."""
        if value == "auto":
            return value
        if not str(value).isdecimal() or int(value) < 1:
            self.fail(f"{value!r} is neither a whole number above 0 nor auto", param)
        return int(value)


class _Shard(click.ParamType):
    """A part of several, written `2/4`."""

    name = "K/N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the shard."""
        from ..execute.shard import Shard

        number, _, of = str(value).partition("/")
        if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            self.fail(f"{value!r} is no part of several: write 2/4 for the second of 4")
        return Shard(int(number), int(of))


@click.command(cls=Verb, add_help_option=False)
@config_argument
@override_options
@click.option(
    "--out",
    type=FOLDER,
    help="The run's folder [results/NAME, of a shard NAME-K-of-N].",
)
@device_option
@retry_option
@click.option(
    "--rounds",
    type=_Rounds(),
    help="How often all trials are run, each time in a fresh process and another "
    "order; auto: until a slowdown of 10 % could be detected.",
)
@click.option(
    "--mix",
    is_flag=True,
    help="Continue in a folder made with other versions or another device.",
)
@click.option(
    "--counts-only",
    "counts",
    is_flag=True,
    help="Count calls and measure no seconds, on all cores, as the run NAME-counts.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Run trials on this many workers side by side; on one machine they disturb "
    "each other's clocks.",
)
@click.option(
    "--shard",
    type=_Shard(),
    help="Run one part of several; verb merge puts the parts together.",
)
@click.option(
    "--engine",
    type=Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Worker processes of this machine, or a Dask cluster: the one at --scheduler, "
    "or one of this machine with --workers.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster.")
@click.option(
    "--report",
    "html",
    is_flag=True,
    help="Make report.html too, one file with all charts and tables.",
)
@help_option
def run(config: Path, **options: Any) -> int:
    """Run the missing trials of CONFIG, then make its tables and plots."""
    from ..store.environment import open_none

    names = ("engine", "scheduler", "workers")
    kind, scheduler, workers = (options.pop(name) for name in names)
    made = _engine(kind, scheduler, workers, options["platform"])
    with stoppable(), made as engine:
        open_none()
        return run_config(config, **options, engine=engine)


def _engine(
    kind: str, scheduler: str | None, workers: int | None, platform: str | None
) -> "AbstractContextManager[Engine]":
    """Return where the jobs of a run are done.

    Raises:
        UsageError: The options contradict each other.
    """
    if kind == "dask":
        from ..execute.cluster import connected

        if scheduler is None and workers is None:
            raise click.UsageError(
                "--engine dask needs --scheduler ADDRESS, or --workers N for a cluster "
                "on this machine"
            )
        return connected(scheduler, workers)
    if scheduler is not None:
        raise click.UsageError("--scheduler needs --engine dask")
    from ..execute.engine import local
    from ..store.environment import on_cpu

    return local("cpu" if on_cpu(platform) else platform, workers)


def run_config(
    file: Path,
    sets: Sequence[str] = (),
    chosen: Sequence[str] = (),
    quick: bool = False,
    out: Path | None = None,
    platform: str | None = None,
    mix: bool = False,
    retry: Sequence[str] = (),
    rounds: int | Literal["auto"] | None = None,
    html: bool = False,
    counts: bool = False,
    shard: "Shard | None" = None,
    engine: "Engine | None" = None,
) -> int:
    """Run a config and return the exit status.

    Args:
        file: The config.
        sets: Each a `key=value` that replaces a value of the config.
        chosen: Each an `optimizer=NAME` or `problem=NAME` to keep.
        quick: At the quick size that the config states, as the run `NAME-quick`.
        out: The run folder; `results/NAME` if None.
        platform: `cpu`, `gpu` or `tpu`; None lets JAX choose.
        mix: Continue in a folder made with other versions or on another device.
        retry: Ends of trials that are run again.
        rounds: Replaces the config's; `auto` adds rounds until a slowdown of 10 %
            could be detected.
        html: Make the report too.
        counts: Count calls, and measure no seconds.
        shard: The part that is run; None for all.
        engine: Where the jobs are done; None for one worker of this machine.

    Returns:
        1 if a trial of this run is `failed` or `lost`, or a plot could not be drawn,
        else 0.

    Raises:
        BenchError: The config, the device or the folder is wrong.
    """
    from ..config.read import read
    from ..config.untimed import untimed

    config = read(file, sets, chosen, quick)
    config = untimed(config) if counts else config
    folder = out or Path("results") / _folder_name(config, shard)

    def complete(runner: "Runner") -> "list[Spec]":
        if rounds == "auto":
            return _until_clear(runner, folder, retry)
        return runner.complete(rounds, retry)

    def make(run: "Run") -> Made:
        return report(run, html)

    plan = [rounds, str(shard)]
    given = folder, config, platform, complete, make, plan, engine
    return run_into(*given, mix=mix, shard=shard)


def _folder_name(config: "Config", shard: "Shard | None") -> str:
    if shard is None:
        return config.name
    return f"{config.name}-{shard.number}-of-{shard.of}"


def _until_clear(runner: "Runner", folder: Path, retry: Sequence[str]) -> "list[Spec]":
    """Add rounds until a slowdown of 10 % could be detected; return the trials."""
    from ..report.compare.rounds import foresee

    rounds = FIRST_ROUNDS
    specs = runner.complete(rounds, retry)
    while True:
        foreseen = foresee(folder)
        click.echo(foreseen.words, err=True)
        if foreseen.enough:
            return specs
        rounds += 1
        specs = runner.complete(rounds, quiet=True)


def report(run: "Run", html: bool = False) -> Made:
    """Make a run's tables and plots, and its page if it is wanted."""
    from ..report.groups import Results
    from ..report.plots import draw
    from ..report.tables.summary import Tables

    tables = Tables(Results(run))
    tables.write()
    summary = f"All tables: {run.folder / 'summary.md'}"
    lines = [tables.short(), summary, f"Plots: {run.folder / 'plots'}"]
    drawn = draw(run)
    if html:
        from ..report.html import write

        lines.append(f"Report: {write([run])}")
    return Made(lines, drawn.failed)
