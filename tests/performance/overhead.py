"""What metering and the harness add to the same steps in a bare compiled loop."""

from collections.abc import Callable, Iterator
from math import nan
from typing import Any, NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import optax

import bench.measurement.oracle
import optimizers
import problems
from bench.core.readings import READINGS
from bench.core.spec import Budget, Named
from bench.measurement.budget import NO_LIMITS
from bench.measurement.clock import Carry, Ledger, limits, timed
from bench.measurement.count import counted
from bench.measurement.evaluator import Evaluator
from bench.measurement.meter import Metered, weigh
from bench.measurement.program import ReadyProgram
from bench.measurement.programs import Programs
from bench.measurement.trial import Outcome, Start, Trial

from .figure import Figure
from .pairs import Ratio, ratio


class Work(NamedTuple):
    """Steps of an optimizer that make the same calls in any program.

    After convergence the programs' rounding decides how often a line search looks, so
    an optimizer with a line search is given a problem on which it is still on its way.

    Attributes:
        steps: About a second's; with `lbfgs`, fewer than it needs to converge.
        optimizer, problem: With their settings.
        where: The problem in words.
    """

    steps: int
    optimizer: Named
    problem: Named
    where: str

    @property
    def name(self) -> str:
        """The work in words."""
        return f"{self.steps:,} steps of {self.optimizer.name}, {self.where}"


_RATE = {"learning_rate": 1e-3}
_CANCER = Named("logistic_regression", {"dataset": "breast_cancer"})
_SPECTRUM = [float(x) for x in np.geomspace(1.0, 1e6, 2000)]
ADAM = Work(300_000, Named("adam", _RATE), _CANCER, "breast_cancer")
FIELD = (
    Work(300_000, Named("sgd", _RATE), _CANCER, "breast_cancer"),
    Work(300_000, Named("momentum", _RATE), _CANCER, "breast_cancer"),
    ADAM,
    Work(30_000, Named("keep_stepping", _RATE), _CANCER, "breast_cancer"),
    Work(
        *(5_000, Named("lbfgs"), Named("quadratic", {"spectrum": _SPECTRUM})),
        "quadratic of 2,000, condition 1e6",
    ),
)


class Case:
    """The same steps as a trial and as bare loops."""

    def __init__(self, work: Work):
        optimizer, self.steps = work.optimizer, work.steps
        self.problem = problems.make(work.problem.name, **work.problem.settings)
        self.params = self.problem.init(jax.random.key(0))
        self.optimizer = optimizers.make(optimizer.name, **optimizer.settings)
        self.ready: ReadyProgram = Programs().get(
            self.problem, self.params, optimizer, Ledger()
        )
        self.loop = jax.jit(self._while).lower(*self._bare_arguments()).compile()
        scan = jax.jit(self._scan, static_argnums=2)
        self.scan = scan.lower(*self._bare_arguments()).compile()

    def trial(self) -> float:
        """Return the on-clock seconds of a trial of these steps."""
        return self._trial()[0]

    def _trial(self) -> tuple[float, Outcome]:
        ledger = Ledger()
        start = Start(self.problem, self.params, self.ready)
        budget = Budget(seconds=1e9, steps=self.steps)
        with mock.patch("bench.measurement.budget.STALLED_AFTER", 2**60):
            outcome = Trial(start, budget, Evaluator(), ledger).run()
        return ledger.on_clock, outcome

    def calls(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the calls that the trial makes, and those of the bare loop.

        The bare loop that is timed has no meter; one with a meter is run beside it.
        """
        metered = jax.jit(counted(self._metered, weigh))
        _, calls = metered(*self._bare_arguments())
        return _known(self._trial()[1].readings), _known(calls)

    def _bare_arguments(self):
        return self.problem, self.params, self.steps

    def _step(self, problem, params, state, wrap: Any = lambda objective: objective):
        objective = wrap(problems.objective(problem))
        value, gradient = _value_and_gradient(objective, state, params)
        updates, state = self.optimizer.update(
            gradient, state, params, value=value, grad=gradient, value_fn=objective
        )
        return optax.apply_updates(params, updates), state, value

    def _metered(self, problem, params, steps):
        return self._while(problem, params, steps, Metered)

    def _while(self, problem, params, steps, *wrap):
        def body(carry):
            i, params, state, _ = carry
            return i + 1, *self._step(problem, params, state, *wrap)

        first = (0, params, self.optimizer.init(params), jnp.inf)
        return jax.lax.while_loop(lambda carry: carry[0] < steps, body, first)

    def _scan(self, problem, params, steps):
        def body(carry, _):
            params, state, value = self._step(problem, *carry)
            return (params, state), value

        first = (params, self.optimizer.init(params))
        return jax.lax.scan(body, first, length=steps)

    def bare_while(self) -> float:
        """Return the seconds of the same steps in a bare `while_loop`."""
        return timed(self.loop, *self._bare_arguments())[0]

    def bare_scan(self) -> float:
        """Return the seconds of the same steps in a bare `scan`."""
        return timed(self.scan, self.problem, self.params)[0]


def _known(readings: Any) -> dict[str, int]:
    """Return the calls that were made, by their kind."""
    by_kind = zip(READINGS, np.asarray(readings).tolist(), strict=True)
    return {kind: n for kind, n in by_kind if n}


def _value_and_gradient(objective, state, params):
    """Return both, from optax's line search if it is the last part of the state."""
    if isinstance(state, tuple) and isinstance(
        state[-1], optax.ScaleByZoomLinesearchState
    ):
        return optax.value_and_grad_from_state(objective)(params, state=state)
    return jax.value_and_grad(objective)(params)


def figures(pairs: int = 9) -> Iterator[Figure]:
    """Yield a trial's seconds over bare loops', for five optimizers, and metering's."""
    for work in FIELD:
        case, name = Case(work), f"{work.name}: trial"
        ours, theirs = case.calls()
        if ours != theirs:
            words = f"{name} makes {ours}, the bare loop {theirs}: not compared"
            yield Figure.number(words, "", nan)
            continue
        measured = ratio(case.trial, case.bare_while, pairs)
        yield Figure.of(f"{name} over while_loop", "<= 1.03", measured)
        measured = ratio(case.trial, case.bare_scan, pairs)
        yield Figure.of(f"{name} over scan", "<= 1.06", measured)
    name = "metered over unmetered, smallest problem"
    yield Figure.of(name, "<= 1.02", metered_over_unmetered())


def metered_over_unmetered(pairs: int = 31) -> Ratio:
    """Return a metered chunk's seconds over an unmetered one's, smallest problem."""
    problem = problems.make("quadratic", spectrum=[1.0, 2.0])
    params = problem.init(jax.random.key(0))
    optimizer = Named("sgd", {"learning_rate": 1e-3})
    with mock.patch.object(bench.measurement.oracle, "Metered", _Unmetered):
        bare = Programs().get(problem, params, optimizer, Ledger())
    metered = Programs().get(problem, params, optimizer, Ledger())
    ours, theirs = _chunks(metered, problem, params), _chunks(bare, problem, params)
    return ratio(ours, theirs, pairs)


class _Unmetered:
    def __init__(self, objective: Callable):
        self._objective = objective

    def __call__(self, params):
        return self._objective(params)

    def close(self) -> None:
        """Do nothing."""


def _chunks(
    ready: ReadyProgram, problem, params, times: int = 20
) -> Callable[[], float]:
    bounds = limits(4096, float("-inf"), NO_LIMITS, ready.program.dtype)
    start: Carry = ready.program.start(params)

    def run() -> float:
        return sum(
            timed(ready.program, problem, ready.numbers, start, bounds)[0]
            for _ in range(times)
        )

    return run
