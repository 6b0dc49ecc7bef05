"""The verb `profile`."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import FOLDER, device_option, existing_run, help_option, override_options

if TYPE_CHECKING:
    import pandas as pd

    from ..config.schema import Config
    from ..core.spec import Spec
    from ..store.environment import Device


@click.command(add_help_option=False)
@click.argument("config", type=FOLDER)
@override_options
@device_option
@click.option("--out", type=FOLDER, help="Add seconds of each update to a run folder.")
@help_option
def profile(
    config: Path,
    sets: Sequence[str],
    chosen: Sequence[str],
    quick: bool,
    platform: str | None,
    out: Path | None,
) -> None:
    """Measure the parts of a step: forward, backward, update, overhead."""
    from ..config.read import read
    from ..store.environment import find

    made = read(config, sets, chosen, quick)
    show(made, find(platform), out and existing_run(out))


def show(config: "Config", device: "Device", run: Path | None = None) -> None:
    """Print a table for each problem, with a row for each optimizer and loop.

    Args:
        config: A checked config.
        device: Where to measure.
        run: A run folder that receives the seconds of each update, or None.

    Raises:
        DiskFull, StoreError: The folder cannot be written.
    """
    from ..config.plan import Plan
    from ..measurement.profile import PARTS
    from ..measurement.runtime import Runtime
    from ..report.format import Table, markdown
    from ..report.groups import Results
    from ..report.prices import write_updates
    from ..store.environment import pin
    from ..store.run import in_memory

    pin()
    runtime = Runtime(device.platform)
    groups = Results(in_memory(config.name, Plan(config, device.kind).specs())).groups
    columns = ("optimizer", "loop", "step", *PARTS)
    for problem, of_problem in groupby(groups, lambda group: group.problem):
        profiled = [(g.optimizer, *_profile(runtime, g.spec)) for g in of_problem]
        tables = [(name, table) for name, table, _ in profiled if len(table)]
        rows = tuple((name, *row) for name, table in tables for row in _rows(table))
        notes = tuple(f"{n}: not profiled: {why}" for n, _, why in profiled if why)
        click.echo(markdown(Table(problem, columns, rows, notes)) + "\n")
        if run is not None:
            write_updates(run, [_update(problem, *known) for known in tables])


def _profile(runtime: Any, spec: "Spec") -> "tuple[pd.DataFrame, str]":
    """Return an optimizer's profile, or an empty one and the reason."""
    import pandas as pd

    import optimizers

    from ..measurement.meter import UncountableError
    from ..measurement.profile import NoStep, profile
    from ..measurement.runtime import context

    if oracle := spec.oracle_settings:
        why = f"{', '.join(oracle)}: needs autodiff on all examples"
        return pd.DataFrame(), why
    try:
        with context(spec, runtime.device):
            name, settings = spec.optimizer.name, spec.optimizer.settings
            optimizer: Any = optimizers.make(name, **settings)
            return profile(runtime.problem(spec), optimizer), ""
    except (optimizers.NotApplicable, NoStep, UncountableError) as error:
        return pd.DataFrame(), str(error)


def _rows(table: "pd.DataFrame") -> Iterator[tuple[str, ...]]:
    compiled, eager = table.T.to_numpy()[:2], table.T.to_numpy()[2:]
    yield ("compiled", *_cells(*compiled))
    yield ("eager", *_cells(*eager))


def _cells(seconds: Any, shares: Any) -> tuple[str, ...]:
    from ..report import format

    percents = (f"{x:.1%}" if x == x else format.NOTHING for x in shares[:-1])
    return format.seconds(seconds[-1]), *percents


def _update(problem: str, optimizer: str, table: "pd.DataFrame") -> dict[str, Any]:
    seconds = table["seconds"]["update"]
    labels = {"problem": problem, "optimizer": optimizer, "seconds": seconds}
    return labels | table.attrs["calls"]
