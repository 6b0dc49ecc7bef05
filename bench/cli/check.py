"""The verb `check`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.text import number_of
from .environment import Verb
from .options import config_argument, help_option, override_options

if TYPE_CHECKING:
    from ..core.spec import Spec

_NAMED = 3
"""Problems that a line on an optimizer names."""


@click.command(cls=Verb, add_help_option=False)
@config_argument
@override_options
@help_option
def check(
    config: Path, sets: Sequence[str], chosen: Sequence[str], quick: bool
) -> None:
    """Check CONFIG and list what it would run, and what would be skipped.

    Made and checked are problems of your own files or on data of yours, and those
    that not every optimizer of the config fits.
    """
    from ..config.plan import Plan
    from ..config.read import read
    from ..execute.certificates import refuse_impossible
    from ..store.environment import open_none

    open_none()
    plan = Plan(read(config, sets, chosen, quick), "cpu")
    specs = plan.specs()
    these = _Problems(specs)
    refuse_impossible(these.specs, these.facts, plan.tasks)
    seeds = {(spec.seed, spec.round) for spec in specs}
    pairs = len(specs) // len(seeds)
    sweeps = number_of(len(plan.tasks), "tuning sweep")
    tuned = f"; before them {sweeps}" if plan.tasks else ""
    click.echo(
        f"{config}: {number_of(len(specs), 'trial')}, {len(seeds)} of each of "
        f"{number_of(pairs, 'pair')} of a problem and an optimizer's settings{tuned}"
    )
    for line in (*these.skipped(), *_unreached(specs)):
        click.echo(line)


class _Problems:
    """The problems of a plan that are made, each once, and what does not fit them.

    Args:
        specs: The planned trials.

    Attributes:
        specs: Those on problems that are made.
    """

    def __init__(self, specs: "Sequence[Spec]"):
        of_problem: dict[tuple[str, str], list[Spec]] = {}
        for spec in specs:
            of_problem.setdefault(_problem(spec), []).append(spec)
        limited = set(filter(_may_not_apply, {spec.optimizer.name for spec in specs}))
        self._of_problem = {
            problem: own
            for problem, own in of_problem.items()
            if _is_own(own[0]) or any(spec.optimizer.name in limited for spec in own)
        }
        self.specs = [spec for own in self._of_problem.values() for spec in own]
        self._refused: dict[tuple[str, str], dict[str, None]] = {}

    def facts(self, spec: "Spec") -> dict[str, Any]:
        """Make and check a trial's problem, and return its size."""
        import jax

        import problems

        from ..execute.certificates import said_of_labels
        from ..measurement.preparation import made, size
        from ..measurement.runtime import context

        with context(spec, jax.devices("cpu")[0]):
            problem = made(spec)
            found = size(problem)
            if isinstance(problem, problems.FromFunctions):  # states it, or has none
                found["optimum"] = problem.optimum()
        self._look(spec, problem)
        for line in said_of_labels(spec, found):
            click.echo(line, err=True)
        return found

    def _look(self, first: "Spec", problem: Any) -> None:
        """Note which optimizers do not fit a problem, which is not kept."""
        import jax

        from ..measurement.refusal import refusal
        from ..measurement.runtime import context

        own = self._of_problem[_problem(first)]
        for spec in {_kind(spec): spec for spec in own}.values():
            alone = replace(spec, devices=1)  # which changes no reason
            with context(alone, jax.devices("cpu")[0]):
                words = refusal(alone, problem)
            if words:
                of = self._refused.setdefault((spec.family, words), {})
                of[f'"{spec.problem_label}"'] = None

    def skipped(self) -> Iterator[str]:
        """Yield a line for each optimizer and reason for which trials are skipped."""
        for (family, words), of in self._refused.items():
            named, more = list(of)[:_NAMED], len(of) - _NAMED
            where = ", ".join(named) + (f" and {more} more" if more > 0 else "")
            yield f'"{family}" on {where} is skipped: {words}'


def _problem(spec: "Spec") -> tuple[str, str]:
    return spec.problem_label, repr(spec.problem)


def _kind(spec: "Spec") -> tuple[str, str, str]:
    """Return what is equal for trials that are skipped together on a problem."""
    settings = spec.optimizer.settings.items()
    static = {name: value for name, value in settings if type(value) is not float}
    return spec.family, repr(static), repr(spec.oracle_settings)


def _is_own(spec: "Spec") -> bool:
    """Return whether a problem is of the user's own files, or reads any."""
    import problems

    named = spec.problem
    return named.name not in problems.REGISTRY or bool(named.fingerprint)


def _may_not_apply(name: str) -> bool:
    """Return whether an optimizer needs what not every problem has."""
    import optimizers

    from ..core.spec import is_scipy

    return is_scipy(name) or hasattr(optimizers.factory(name), "needs")


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
