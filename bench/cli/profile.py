"""The verb `profile`."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .environment import Verb
from .options import (
    FOLDER,
    config_argument,
    device_option,
    existing_run,
    help_option,
    override_options,
)

if TYPE_CHECKING:
    import pandas as pd

    from ..config.schema import Config
    from ..core.spec import Spec
    from ..report.groups import TrialGroup
    from ..store.environment import Device


@click.command(cls=Verb, add_help_option=False)
@config_argument
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
    from ..core.errors import ConfigError
    from ..store.environment import find
    from ..store.folder import refuse_loss

    made = read(config, sets, chosen, quick)
    if made.devices != 1:
        words = "profile measures the parts of a step on one device"
        raise ConfigError(f"devices = {made.devices}: {words}; --set devices=1")
    if out is not None:
        refuse_loss(existing_run(out))
    show(made, find(platform), out)


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
    plan = Plan(config, device.kind, runtime.arrays)
    groups = Results(in_memory(config.name, plan.specs())).groups
    columns = ("optimizer", "loop", "step", *PARTS)
    for problem, of_problem in groupby(groups, lambda group: group.problem):
        profiled = [(group, *_profile(runtime, group.spec)) for group in of_problem]
        tables = [(group, table) for group, table, _ in profiled if len(table)]
        rows = tuple((g.optimizer, *row) for g, table in tables for row in _rows(table))
        notes = tuple(
            f"{g.optimizer}: not profiled: {why}" for g, _, why in profiled if why
        )
        click.echo(markdown(Table(problem, columns, rows, notes)) + "\n")
        if run is not None:
            write_updates(run, [_update(*known, device.kind) for known in tables])


def _profile(runtime: Any, spec: "Spec") -> "tuple[pd.DataFrame, str]":
    """Return an optimizer's profile, or an empty one and the reason."""
    import pandas as pd

    import optimizers

    from ..core.spec import is_scipy
    from ..measurement.meter import UncountableError
    from ..measurement.profile import NoStep, profile
    from ..measurement.runtime import context

    if is_scipy(spec.optimizer.name):
        return pd.DataFrame(), "a method of SciPy has no compiled step"
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


def _update(
    group: "TrialGroup", table: "pd.DataFrame", device_kind: str
) -> dict[str, Any]:
    from ..report.prices import update_identity

    return {
        "problem": group.problem,
        "optimizer": group.optimizer,
        "seconds": table["seconds"]["update"],
        "identity": update_identity(group.spec, device_kind),
        **table.attrs["calls"],
    }
