"""The verb `check`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .environment import Verb
from .options import config_argument, help_option, override_options

if TYPE_CHECKING:
    from ..core.spec import Spec


@click.command(cls=Verb, add_help_option=False)
@config_argument
@override_options
@help_option
def check(
    config: Path, sets: Sequence[str], chosen: Sequence[str], quick: bool
) -> None:
    """Check CONFIG and list what it would run.

    Problems of your own files, or on data of yours, are made and checked.
    """
    from ..config.plan import Plan
    from ..config.read import read
    from ..execute.certificates import refuse_impossible, said_of_labels
    from ..store.environment import open_none

    open_none()
    plan = Plan(read(config, sets, chosen, quick), "cpu")
    specs = plan.specs()
    own = [spec for spec in specs if _is_own(spec)]
    stateful: dict[str, Any] = {}

    def facts(spec: "Spec") -> dict[str, Any]:
        found = _size(stateful, spec)
        for line in said_of_labels(spec, found):
            click.echo(line, err=True)
        return found

    refuse_impossible(own, facts, plan.tasks)
    seeds = {(spec.seed, spec.round) for spec in specs}
    pairs = len(specs) // len(seeds)
    sweeps = _count(len(plan.tasks), "tuning sweep")
    tuned = f"; before them {sweeps}" if plan.tasks else ""
    click.echo(
        f"{config}: {_count(len(specs), 'trial')}, {len(seeds)} of each of "
        f"{_count(pairs, 'pair')} of a problem and an optimizer's settings{tuned}"
    )
    for line in (*_skipped(own, stateful), *_unreached(specs)):
        click.echo(line)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _is_own(spec: "Spec") -> bool:
    """Return whether a problem is of the user's own files, or reads any."""
    import problems

    named = spec.problem
    return named.name not in problems.REGISTRY or bool(named.fingerprint)


def _size(stateful: dict[str, Any], spec: "Spec") -> dict[str, Any]:
    """Make and check a trial's problem, and return its size.

    Args:
        stateful: Keeps the problem if it carries a state; others are not kept.
        spec: The trial.
    """
    import jax

    import problems

    from ..measurement.preparation import made, size
    from ..measurement.runtime import context

    with context(spec, jax.devices("cpu")[0]):
        problem = made(spec)
        if problems.is_stateful(problem):
            stateful[spec.problem_label] = problem
        return size(problem)


def _unreached(specs: "Sequence[Spec]") -> Iterator[str]:
    """Yield a line for each optimizer with stages that its budget does not reach."""
    seen = set()
    for spec in specs:
        stages, limits = spec.optimizer.settings.get("stages"), spec.budget
        most = min(filter(None, (limits.steps, limits.gradients)), default=None)
        if spec.optimizer.name != "stages" or not stages or most is None:
            continue
        before = accumulate(stage["steps"] for stage in stages[:-1])
        never = sum(steps >= most for steps in before)
        pair = spec.problem_label, spec.label
        if never and pair not in seen:
            seen.add(pair)
            yield (
                f'"{spec.label}" on "{spec.problem_label}": the last {never} of '
                f"{len(stages)} stages begin after {most:,} steps, the budget's end"
            )


def _skipped(specs: "Sequence[Spec]", stateful: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each optimizer that does not fit a problem with a state."""
    import jax

    from ..measurement.refusal import refusal
    from ..measurement.runtime import context

    seen = set()
    for spec in specs:
        pair = spec.problem_label, spec.family, repr(spec.oracle_settings)
        if spec.problem_label in stateful and pair not in seen:
            seen.add(pair)
            alone = replace(spec, devices=1)  # which changes no reason
            with context(alone, jax.devices("cpu")[0]):
                words = refusal(alone, stateful[spec.problem_label])
            if words:
                yield f'"{spec.family}" on "{spec.problem_label}" is skipped: {words}'
