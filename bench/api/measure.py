"""Measure one optimizer on one problem from Python."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import jax
import optax
from annotated_types import Ge, Gt
from pydantic import Field

import factories
import problems

from ..config.oracle import oracle_settings
from ..config.targets import of_table
from ..core.spec import Batch, Budget, Named, Spec, Target
from ..execute.time_left import Unit
from ..measurement import cache
from ..measurement.budget import Spending
from ..measurement.clock import Ledger
from ..measurement.evaluator import Evaluator
from ..measurement.oracle import Oracle
from ..measurement.preparation import impossible, size
from ..measurement.program import MadeOptimizer, Program, ReadyProgram
from ..measurement.referee import check_once
from ..measurement.targets import Targets
from ..measurement.trial import Outcome, Start, Trial
from ..store.run import trace_frame
from .progress import reporter
from .trace import Trace


def measure(
    problem: problems.Problem,
    optimizer: optax.GradientTransformationExtraArgs,
    *,
    steps: int | None = 1000,
    seconds: float = 60.0,
    target: float | Mapping[str, Any] | None = None,
    seed: int = 0,
    every_step: bool = True,
    gradient: str = "autodiff",
    gradient_step: float | None = None,
    batch: int | dict[str, Any] | Batch | None = None,
) -> Trace:
    """Run one trial in this process and return its trace.

    The meter is checked against an independent count for the first steps, off the
    clock. The suboptimality is known if the problem has a certificate.

    Args:
        problem: As `problems.make` or `problems.from_functions` returns it, or an
            object of a class of your own.
        optimizer: As `optimizers.make` returns it, or any optimizer of optax. The point
            that is scored is the params; `optimizers.make` knows which optimizers of
            optax have another answer (schedule-free ones).
        steps: Steps after which the trial ends; None for no limit.
        seconds: Seconds on the clock after which it ends.
        target: A training loss that ends it, or a table as in a config:
            `{"accuracy": 0.95}`.
        seed: Determines the start point, batches and random directions.
        every_step: Record all steps; otherwise later steps are recorded less often.
            With batches, only steps at which the full loss was evaluated are rows.
        gradient: "autodiff", "forward_difference", "central_difference" or
            "random_direction".
        gradient_step: Length of a difference; None derives it from dtype and params.
        batch: Examples of a step: a number, or a dict of `size`, `replace`, `stream`,
            `last` as in `Batch`.

    Returns:
        A row for each step, with the columns of a trial's CSV. `attrs` holds the
        trial's `end` and `reason`, `compile_seconds`, and whether the program was
        `cached` by an earlier process. Calling this turns JAX's persistent cache on.
        A notebook shows the progress.

    Raises:
        FactoryError: An argument is of the wrong type or out of its range, or cannot
            be: a target below the least loss, a batch larger than the data.
        ProblemError: The problem breaks the contract of problems.
        UncountableError: The optimizer makes a call that cannot be counted.
        MeterError: The meter's readings differ from the calls that were made.
        NotApplicable: The optimizer does not fit the problem.
    """
    cache.turn_on()
    problem = _checked(problem, optimizer)
    least, _ = problems.least_loss(problem)
    loss = None if isinstance(target, Mapping) else target
    budget = {"steps": steps, "seconds": seconds, "target": loss, "seed": seed}
    factories.check(_allowed, budget)
    aim = of_table(target) if isinstance(target, Mapping) else Target(loss=loss)
    params = problems.start(problem, jax.random.key(seed))
    if not hasattr(optimizer, "answer"):
        optimizer = optax.with_extra_args_support(optimizer)
    ledger = Ledger()
    oracle, length = _oracle(gradient, gradient_step, batch)
    oracle = oracle.on(problem)
    _refuse_impossible(problem, least, aim, oracle.batch)
    ready = _ready(MadeOptimizer(optimizer, oracle), length, problem, params, ledger)
    reach = Targets.of(aim, least, str(ready.program.dtype))
    start = Start(problem, params, ready, reach, seed)
    spend = Budget(seconds=seconds, steps=steps)
    outcome = _run(Trial(start, spend, Evaluator(), ledger, every_step), spend)
    rows = outcome.trace.rows(least, oracle.examples(problem))
    table = Trace(trace_frame(rows))
    table.attrs = {
        "end": outcome.end,
        "reason": outcome.reason,
        "compile_seconds": ledger.compiling,
        "cached": ready.program.cached,
    }
    return table


def _run(trial: Trial, budget: Budget) -> Outcome:
    """Run a trial, and show its progress in a notebook."""
    spending, unit = Spending(budget), Unit("trial")

    def tell(so_far: Outcome) -> None:
        spent = so_far.steps, so_far.seconds, so_far.readings
        report.progress(spending.share(*spent))

    with reporter() as report, report.during(unit):
        return trial.run(tell)


def _checked(problem: Any, optimizer: Any) -> Any:
    """Return the problem as programs take it, if both are of the right kind."""
    problem = problems.check_made(problem)
    if not hasattr(optimizer, "init") or not hasattr(optimizer, "update"):
        raise factories.FactoryError(f"{optimizer!r} is not an optimizer", "optimizer")
    return problem


def _refuse_impossible(
    problem: Any, least: float | None, target: Target | None, batch: Batch | None
) -> None:
    """Raise an error if the problem rules out the target or the batch."""
    budget = Budget(target=target)
    spec = Spec(Named("problem"), Named("optimizer"), budget, batch=batch)
    for words in impossible(spec, size(problem) | {"optimum": least}):
        raise factories.FactoryError(words, "batch" if "batch" in words else "target")


def _allowed(
    *,
    steps: Annotated[int, Ge(1)] | None,
    seconds: Annotated[float, Gt(0)],
    target: Annotated[float, Field(allow_inf_nan=False)] | None,
    seed: Annotated[int, Ge(0)],
) -> None:
    """The signature by which the arguments of `measure` are checked."""


def _oracle(gradient, gradient_step, batch) -> tuple[Oracle, tuple[float, ...]]:
    """Return the oracle, and the length of a difference if one is given."""
    given = {"gradient": gradient, "gradient_step": gradient_step, "batch": batch}
    if isinstance(batch, Batch):
        given["batch"] = asdict(batch)
    factories.check(oracle_settings, given)
    fields = oracle_settings(**given)
    length = fields["gradient_step"]
    oracle = Oracle(fields["gradient"], length is not None, fields["batch"])
    return oracle, () if length is None else (length,)


def _ready(
    factory: MadeOptimizer, numbers: tuple, problem, params, ledger: Ledger
) -> ReadyProgram:
    with ledger.enter("compiling"):
        program = Program(factory, numbers, problem, params)
        program.compile()
    ready = ReadyProgram(program, numbers, factory, static=True)
    with ledger.enter("off_clock"):
        check_once(ready, problem, params)
    return ready
