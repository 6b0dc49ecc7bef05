"""The verb `check`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .environment import Verb
from .options import FOLDER, help_option, override_options

if TYPE_CHECKING:
    from ..core.spec import Spec


@click.command(cls=Verb, add_help_option=False)
@click.argument("config", type=FOLDER)
@override_options
@help_option
def check(
    config: Path, sets: Sequence[str], chosen: Sequence[str], quick: bool
) -> None:
    """Check CONFIG and list what it would run.

    Problems of other files than the registry's are made and checked.
    """
    import problems

    from ..config.plan import Plan
    from ..config.read import read
    from ..execute.certificates import refuse_impossible
    from ..store.environment import open_none

    open_none()
    plan = Plan(read(config, sets, chosen, quick), "cpu")
    specs = plan.specs()
    own = (spec for spec in specs if spec.problem.name not in problems.REGISTRY)
    refuse_impossible(own, _size, plan.tasks)
    seeds = {(spec.seed, spec.round) for spec in specs}
    pairs = len(specs) // len(seeds)
    sweeps = _count(len(plan.tasks), "tuning sweep")
    tuned = f"; before them {sweeps}" if plan.tasks else ""
    click.echo(
        f"{config}: {_count(len(specs), 'trial')}, {len(seeds)} of each of "
        f"{_count(pairs, 'pair')} of a problem and an optimizer's settings{tuned}"
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _size(spec: "Spec") -> dict[str, int]:
    """Make and check a trial's problem, which is not kept, and return its size."""
    import jax

    from ..measurement.preparation import made, size
    from ..measurement.runtime import context

    with context(spec, jax.devices("cpu")[0]):
        return size(made(spec))
