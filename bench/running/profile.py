"""Where a step's seconds go: forward, backward, update, harness."""

from itertools import groupby
from pathlib import Path
from typing import Any

import click
import jax
import optax
import pandas as pd

import optimizers
import problems

from ..keeping.device import Device
from ..keeping.reading import Run
from ..measuring.attempt import context
from ..measuring.lab import Lab
from ..measuring.one_step import NoStep, Repeat, Step
from ..measuring.refusal import UncountableError
from ..measuring.repeated import Repeated, medians
from ..planning.asked import said
from ..planning.plan import plan
from ..planning.schema import Config
from ..planning.spec import Spec
from ..telling import units
from ..telling.entries import entries
from ..telling.layout import Table, markdown
from ..telling.predicted import write_updates

PARTS = ("forward", "backward", "update", "harness")
BATCH_SECONDS = 0.002
ROUNDS = 51
LONGEST = 3.0
"""Seconds of a compiled step above which no eager one is taken."""


def profile(
    problem: problems.Problem,
    optimizer: optax.GradientTransformationExtraArgs,
    eager: bool = True,
) -> pd.DataFrame:
    """Part the seconds of a step, compiled and as an eager loop.

    The step is a trial's second, from the start point of seed 0, taken over and over.
    Seconds are medians of batches that are timed in turn.

    - forward: f(x).
    - backward: value and gradient, less forward.
    - update: `update`, with all that it asks of the objective, and `apply_updates`.
    - harness: the step less these three. Compiled, it is the meter, the log and the
      stopping rule; eager, the loop's own Python. Noise, and work that XLA shares
      between parts, can make it negative.

    Where a line search hands on the next value and gradient, forward and backward
    are 0: the update has asked for both.

    Args:
        problem: As `problems.make` returns it.
        optimizer: As `optimizers.make` returns it, or any of optax.
        eager: Time the eager loop too, unless a compiled step lasts for over 3 s.

    Returns:
        A row a part and one for the `step`; columns `seconds` and `share` of the
        step, compiled, then `eager_seconds` and `eager_share`. `attrs["calls"]` has
        how many calls of each kind the update makes itself.

    Raises:
        NoStep: The first step fails or diverges.
        NotApplicable: The optimizer does not fit the problem.
    """
    if not hasattr(optimizer, "answer"):
        optimizer = optax.with_extra_args_support(optimizer)
    step = Step(problem, optimizer)
    seconds = {"seconds": _seconds(step.compiled()), "eager_seconds": {}}
    if eager and seconds["seconds"]["step"] <= LONGEST:
        with jax.disable_jit(), problems.in_one_block():
            seconds["eager_seconds"] = _seconds(step.eager())
    index = pd.Index([*PARTS, "step"], name="part")
    table = pd.DataFrame(seconds, index, dtype=float)
    shares = table / table.loc["step"]
    table.insert(1, "share", shares.seconds)
    table = table.assign(eager_share=shares.eager_seconds)
    table.attrs["calls"] = step.calls()
    return table


def _seconds(runs: dict[str, Repeat]) -> dict[str, float]:
    """Time what makes a step in turn, and take the parts out of one another."""
    timers = {name: Repeated(run, BATCH_SECONDS) for name, run in runs.items()}
    took = medians(timers, ROUNDS)
    forward, gradient = took.get("forward", 0.0), took.get("gradient", 0.0)
    took |= {"forward": forward, "backward": gradient - forward}
    return took | {"harness": took["step"] - gradient - took["update"]}


def show(config: Config, device: Device, run: Path | None = None) -> None:
    """Print a table for each problem of a config: a row a loop of an optimizer.

    Args:
        config: A checked config.
        device: Where to.
        run: A run folder that is to know what an update takes; None for none.

    Raises:
        DiskFull, StoreError: The folder cannot be written.
    """
    lab = Lab(jax.devices(device.platform)[0])
    records = tuple(spec.to_json() for spec in plan(config, device.kind))
    found = entries(Run(Path(), {}, records, None, {}))
    for problem, mine in groupby(found, lambda entry: entry.problem):
        seen = [(entry, *_seen(lab, entry.first)) for entry in mine]
        made = [(entry.optimizer, table) for entry, table, _ in seen if len(table)]
        rows = [(name, *row) for name, table in made for row in _rows(table)]
        notes = [f"{e.optimizer}: not profiled: {why}" for e, _, why in seen if why]
        columns = ("optimizer", "loop", "step", *PARTS)
        click.echo(markdown(Table(problem, columns, tuple(rows), tuple(notes))) + "\n")
        if run is not None:
            write_updates(run, [_update(problem, *known) for known in made])


def _seen(lab: Lab, record: dict[str, Any]) -> tuple[pd.DataFrame, str]:
    """Return an optimizer's profile, or an empty one and why."""
    spec = Spec.from_json(record)
    if asks := said(record):
        return pd.DataFrame(), f"{', '.join(asks)}: only autodiff on all examples is"
    try:
        with context(spec, lab.device):
            name, settings = spec.optimizer.name, spec.optimizer.settings
            optimizer: Any = optimizers.make(name, **settings)
            return profile(lab.problem(spec), optimizer), ""
    except (optimizers.NotApplicable, NoStep, UncountableError) as error:
        return pd.DataFrame(), str(error)


def _rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    compiled, eager = table.T.values[:2], table.T.values[2:]
    return [("compiled", *_cells(*compiled)), ("eager", *_cells(*eager))]


def _update(problem: str, optimizer: str, table: pd.DataFrame) -> dict[str, Any]:
    seconds = table["seconds"]["update"]
    labels = {"problem": problem, "optimizer": optimizer, "seconds": seconds}
    return labels | table.attrs["calls"]


def _cells(seconds: Any, shares: Any) -> tuple[str, ...]:
    percents = (f"{x:.1%}" if x == x else units.NOTHING for x in shares[:-1])
    return units.seconds(seconds[-1]), *percents
