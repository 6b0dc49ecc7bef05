"""Do what is missing of a run, then make its tables and plots."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ..errors import StoreError
from ..keeping import folder as run_folder
from ..keeping import known, store
from ..keeping.device import Device, find
from ..keeping.store import Record
from ..keeping.versions import versions
from ..planning.config import read
from ..planning.plan import plan, tasks
from ..planning.schema import Config
from ..planning.spec import Spec
from ..tuning import book
from .progress import reporter
from .todo import Todo, adopt, in_rounds, relabel

if TYPE_CHECKING:
    from .rounds import Foreseen


def run(
    file: Path,
    sets: Sequence[str] = (),
    chosen: Sequence[str] = (),
    quick: bool = False,
    out: Path | None = None,
    wanted: str | None = None,
    mix: bool = False,
    retry: Sequence[str] = (),
    rounds: int | Literal["auto"] | None = None,
) -> int:
    """Run a config and return the exit status.

    Args:
        file: The config.
        sets: Each a `key=value` put over it.
        chosen: Each an `optimizer=NAME` or `problem=NAME` to keep.
        quick: At the config's own quick size, as the run `NAME-quick`.
        out: The run's folder; `results/NAME` where None.
        wanted: `cpu`, `gpu` or `tpu`; None lets JAX choose.
        mix: Go on in a folder made with other software or another device.
        retry: Ends that are done again.
        rounds: In place of the config's; `auto` adds rounds until they would show a
            slowdown of 10 %.

    Returns:
        1 where a trial of this run is `failed`, else 0.

    Raises:
        BenchError: The config, the device or the folder is wrong.
    """
    config = read(file, sets, chosen, quick)
    device = find(wanted)
    folder = out or Path("results") / config.name
    if config.tuning is not None:
        _tune(config, device, folder, mix)
    if rounds != "auto":
        specs = _complete(_with(config, rounds), device, folder, mix, retry)
        return _end(specs, folder)
    from .rounds import FIRST, foresee

    turns = FIRST
    specs = _complete(_with(config, turns), device, folder, mix, retry)
    while not _told(foresee(folder)).enough:
        turns += 1
        specs = _complete(_with(config, turns), device, folder, mix, first=False)
    return _end(specs, folder)


def _tune(config: Config, device: Device, folder: Path, mix: bool) -> None:
    """Choose the settings that are not chosen yet."""
    from ..tuning.apart import apart

    run_folder.prepare(folder)
    described = run_folder.describe(config, [], versions(), device)
    if not mix:
        run_folder.same(folder, described, ())
    with apart(folder, device.platform) as attempts:
        asked = tasks(config, device.kind)
        book.tune(asked, folder, attempts, lambda line: click.echo(line, err=True))


def _with(config: Config, rounds: int | None) -> Config:
    return config.model_copy(update={"rounds": rounds} if rounds else {})


def _told(foreseen: "Foreseen") -> "Foreseen":
    click.echo(foreseen.words, err=True)
    return foreseen


def _complete(
    config: Config,
    device: Device,
    folder: Path,
    mix: bool,
    retry: Sequence[str] = (),
    first: bool = True,
) -> list[Spec]:
    """Do what is missing of a run, and return its trials."""
    specs, done = _resume(config, device, folder, mix)
    again = [s.key for s in specs if done.get(s.key, {}).get("end") in retry]
    missing = [s for s in specs if s.key not in done or s.key in again]
    if first and len(missing) < len(specs):
        kept = len(specs) - len(missing)
        click.echo(f"{kept} of {len(specs)} trials are done already", err=True)
    unknown = known.lacking(folder, specs)
    if missing or unknown:
        _do(Todo(in_rounds(missing), folder, again), unknown, folder, device)
    return specs


def _resume(
    config: Config, device: Device, folder: Path, mix: bool
) -> tuple[list[Spec], dict[str, Record]]:
    """Make the folder say what this run is, and find what it holds already."""
    run_folder.prepare(folder)
    done = store.finished(folder, lambda line: click.echo(line, err=True))
    chosen = book.chosen(tasks(config, device.kind), folder)
    specs = adopt(plan(config, device.kind, chosen), done)
    described = run_folder.describe(config, specs, versions(), device)
    if done and not mix:
        run_folder.same(folder, described, done.values())
    relabel(specs, done, lambda record: store.amend(folder, record))
    run_folder.write(folder, described)
    return specs, done


def _do(todo: Todo, unknown: list[Spec], folder: Path, device: Device) -> None:
    from .supervise import supervise

    with reporter(len(todo)) as report:
        supervise(todo, folder, device.platform, report, unknown)


def _end(specs: Sequence[Spec], folder: Path) -> int:
    """Make and print the table, make the plots, and name what failed."""
    from .outcome import brief, plots, tables

    click.echo(brief(tables(folder), folder))
    plots(folder)
    click.echo(f"plots: {folder / 'plots'}")
    done = store.finished(folder)
    failed = [s.key for s in specs if done.get(s.key, {}).get("end") == "failed"]
    missing = [s.key for s in specs if s.key not in done]
    if missing:
        raise StoreError(f"{len(missing)} trials left nothing: {missing[0]} first")
    if failed:
        count = f"{len(failed)} trial{'s' * (len(failed) > 1)}"
        words = f"{count} failed; --retry failed does what failed again"
        click.echo(words, err=True)
    return 1 if failed else 0
