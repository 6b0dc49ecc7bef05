"""A trial by a method of SciPy, through the same meter."""

import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.optimize import OptimizeResult, minimize
from threadpoolctl import threadpool_limits

import problems

from ..config.scipy_methods import Method, find
from ..core.readings import zeros
from ..core.spec import Budget, Spec
from .budget import Spending
from .clock import CHUNK, Ledger
from .evaluator import Evaluator
from .executables import Kept
from .looks import Looks
from .meter import Metered, counted
from .nominal import limit_prices
from .scipy_refusal import refuse
from .scipy_watch import Watch
from .targets import Targets, TargetsReached
from .trace import Trace
from .trial import Outcome

WARM_UP = Budget(steps=3)
IsEnd = Callable[[int, np.ndarray], bool]


class ScipyTrial:
    """A trial by a method of SciPy.

    Its steps are its iterations. Value and gradient are computed together and counted
    as one gradient; a method without gradients asks for values alone, each a forward
    pass. SciPy's own work in Python is on the clock.

    Args:
        spec: The trial.
        problem, params: The problem and the start point.
        targets: What it must reach.
        evaluator: Evaluates off the clock.
        ledger: Records on-clock and off-clock seconds.

    Raises:
        NotApplicable: As `refuse`.
    """

    def __init__(
        self,
        spec: Spec,
        problem: Any,
        params: Any,
        targets: Targets,
        evaluator: Evaluator,
        ledger: Ledger,
    ):
        refuse(spec, problem, params)
        self._name, method = find(spec.optimizer.name, spec.optimizer.settings)
        self._options = method.options(**spec.optimizer.settings)
        self._by_gradient = method.gradient
        self._problem, self._targets = problem, targets
        self._budget, self._evaluator, self._ledger = spec.budget, evaluator, ledger
        self._params = params
        flat = _flat(params)
        self._start = np.asarray(flat, np.float64)
        self._dtype = flat.dtype
        given = (targets, evaluator, problem, self._shaped)
        self._watch = Watch.of(*given) if targets.evaluated else None
        with ledger.enter("compiling"):
            self._calls = self._compile(method)
        self.outcome = Outcome(Trace(Looks(counted=False), every_step=True), params)

    def run(self, report: Callable[[Outcome], None] = lambda outcome: None) -> Outcome:
        """Run to the end, repeatedly until 10 ms are on the clock; keep the median.

        BLAS has one thread: if other work occupies a core, two threads wait for each
        other, and L-BFGS-B takes thirty times as long on 30 parameters.
        """
        quiet = warnings.catch_warnings(action="ignore")  # the end says what they would
        with threadpool_limits(1, "blas"), np.errstate(all="ignore"), quiet:
            return self._run(report)

    def _run(self, report: Callable[[Outcome], None]) -> Outcome:
        with self._ledger.enter("off_clock"):
            start = self._at_start()
            if not start.end:
                self._once(WARM_UP)
                if self._watch:
                    self._once(self._budget, self._watch)
        runs = [start if start.end else self._timed()]
        while runs[0].seconds[-1] and self._ledger.on_clock < CHUNK:
            runs.append(self._timed())
        runs.sort(key=lambda run: run.seconds[-1])
        with self._ledger.enter("off_clock"):
            self._record(runs[(len(runs) - 1) // 2])
            self.outcome.replays = [run.seconds[-1] for run in runs]
            report(self.outcome)
        return self.outcome

    def _at_start(self) -> "ScipyRun":
        """Return a run that has ended if there is nothing to do at the start."""
        run = ScipyRun(self._spending(self._budget), self._targets, zeros, self._watch)
        seen = self._evaluator(self._problem, self._params)
        run.x = self._start
        run.see(run.first(seen.loss), seen.finite)
        return self._in_words(run)

    def _spending(self, budget: Budget) -> Spending:
        return Spending(budget, limit_prices(budget, self._problem, self._params))

    def _shaped(self, x: np.ndarray) -> Any:
        """Return an iterate as params."""
        return _shaped(self._params, np.asarray(x, self._dtype))

    def _in_words(self, run: "ScipyRun") -> "ScipyRun":
        """Return a run whose reason names the metric of its target."""
        if run.end == "target" and self._watch:
            run.reason = self._watch.reason
        return run

    def _compile(self, method: Method) -> dict[str, Any]:
        first = _value_and_gradient if method.gradient else _value
        calls: dict[str, Any] = {"fun": self._metered_call(first)}
        if method.second:
            kind = {"hess": _hessian, "hessp": _product}[method.second]
            calls[method.second] = self._metered_call(kind)
        return calls

    def _metered_call(self, kind: Callable) -> Callable:
        """Return a compiled call on flat arrays that adds to the run's readings."""
        problem, params, dtype = self._problem, self._params, self._dtype
        at = [self._start.astype(dtype)] * (2 if kind is _product else 1)
        metered = _METERED[kind].program(problem, params, *at)

        def call(*arrays):
            given = (np.asarray(array, dtype) for array in arrays)
            answer, readings = jax.device_get(metered(problem, params, *given))
            self._readings = self._readings + readings
            if kind in _FACTORISED and not np.isfinite(answer).all():
                raise NotFinite(_FACTORISED[kind])
            return jax.tree.map(lambda x: np.asarray(x, np.float64), answer)

        self._readings = zeros()
        return call

    def _timed(self) -> "ScipyRun":
        is_end = self._watch.is_end if self._watch else None
        return self._in_words(self._ledger.time(self._once, self._budget, is_end)[1])

    def _once(self, budget: Budget, is_end: IsEnd | None = None) -> "ScipyRun":
        self._readings = zeros()
        spending = self._spending(budget)
        run = ScipyRun(spending, self._targets, lambda: self._readings, is_end)

        def fun(x):
            called = self._calls["fun"](x)
            if not self._by_gradient:
                return run.first(float(called))
            loss, gradient = called
            return run.first(float(loss)), gradient

        given = {name: call for name, call in self._calls.items() if name != "fun"}
        options = self._options | {"maxiter": 10**9}
        try:
            result = minimize(
                fun,
                self._start,
                jac=self._by_gradient,
                method=self._name,
                callback=run.step,
                options=options,
                **given,
            )
        except NotFinite as error:
            return run.diverge(str(error), self._start)
        run.x = np.asarray(result.x)
        if not run.end:
            run.give_up(result)
        return run

    def _record(self, run: "ScipyRun") -> None:
        out, losses = self.outcome, np.array(run.losses)
        out.steps, out.seconds = len(losses) - 1, run.seconds[-1]
        readings = np.array(run.readings)
        out.trace.insert(0, (0.0, True), readings[0])
        for step, (start, end) in enumerate(
            zip(run.seconds, run.seconds[1:], strict=False)
        ):
            pair = readings[step : step + 2]
            out.trace.add(step, (start, end), losses[step : step + 1], pair)
        point = self._shaped(run.x)
        seen = self._evaluator(self._problem, point)
        out.trace.add_evaluation(out.steps, seen.values)
        out.params = out.answer = point
        out.readings, out.end, out.reason = readings[-1], run.end, run.reason
        if self._watch:
            for step, values in self._watch.seen.items():
                out.trace.add_evaluation(step, values)
            out.at_targets = self._watch.at_targets(run.seconds, readings)
            return
        at_targets = TargetsReached(self._targets)
        padded = np.vstack([readings, readings[-1:]])
        at_targets.see_chunk(0, losses, padded, lambda row: (run.seconds[row], True))
        out.at_targets = at_targets.reached


class ScipyRun:
    """One run of a method: seconds, readings and loss at each of its iterates.

    Args:
        spending: Of the run's budget.
        targets: What it must reach.
        readings: Returns those so far.
        is_end: From an iterate's step and numbers to whether it ends the run, where no
            loss does; its time does not count.
    """

    def __init__(
        self,
        spending: Spending,
        targets: Targets,
        readings: Callable[[], Any],
        is_end: IsEnd | None = None,
    ):
        self._is_end = is_end
        self._spending, self._read = spending, readings
        self._target = targets.loss
        self._began = time.perf_counter()
        self.seconds, self.losses, self.readings = [0.0], [], [zeros()]
        self.end, self.reason, self.x = "", "", np.empty(0)

    def first(self, loss: float) -> float:
        """Record the first loss as that of the start point; return the loss."""
        if not self.losses:
            self.losses.append(loss)
        return loss

    def step(self, intermediate_result: OptimizeResult) -> None:
        """Record an iterate; SciPy stops at StopIteration."""
        loss = float(intermediate_result.fun)
        self.seconds.append(time.perf_counter() - self._began)
        self.losses.append(loss)
        self.readings.append(self._read().copy())
        self._spending.see_losses(np.array([loss]))
        spent = len(self.losses) - 1, self.seconds[-1], self.readings[-1]
        self.end, self.reason = self._spending.end(*spent)
        self.x = np.asarray(intermediate_result.x)
        self.see(loss, bool(np.isfinite(self.x).all()))
        if self.end:
            raise StopIteration

    def see(self, loss: float, finite: bool) -> None:
        """End the run if the loss is at the target, or the point is not finite.

        Args:
            loss: At the last iterate.
            finite: Whether its numbers are.
        """
        after = f"after {len(self.losses) - 1} steps"
        if not np.isfinite(loss):
            self.end, self.reason = "diverged", f"the loss was {loss} {after}"
        elif not finite:
            self.end, self.reason = "diverged", f"the params were not finite {after}"
        elif loss <= self._target:
            self.end, self.reason = "target", f"loss {loss:.6g} {after}"
        elif self._is_end is not None:
            began = time.perf_counter()
            if self._is_end(len(self.losses) - 1, self.x):
                self.end = "target"
            self._began += time.perf_counter() - began

    def diverge(self, what: str, start: np.ndarray) -> "ScipyRun":
        """End the run, at its last iterate, because something was not finite there."""
        self.x = self.x if self.x.size else start
        after = f"after {len(self.losses) - 1} steps"
        self.end, self.reason = "diverged", f"{what} was not finite {after}"
        return self

    def give_up(self, result: OptimizeResult) -> None:
        """End the run because SciPy returned, with its words."""
        finite = np.isfinite(self.losses[-1]) and np.isfinite(result.x).all()
        self.end = "stalled" if finite else "diverged"
        self.reason = f"SciPy: {in_words(result.message)}"


class NotFinite(Exception):
    """A matrix that SciPy would factorise is not finite; it says which."""


def in_words(message: Any) -> str:
    """Return a message of SciPy as one line."""
    text = message.decode() if isinstance(message, bytes) else str(message)
    return " ".join(text.split())


def _value(f, x):
    return f(x)


def _value_and_gradient(f, x):
    value, gradient = jax.value_and_grad(f)(x)
    return value, ravel_pytree(gradient)[0]


def _hessian(f, x):
    return f.hessian(x)


def _product(f, x, v):
    return ravel_pytree(f.hvp(x, v))[0]


def residuals(f, x):
    """Return r, float[m]."""
    return f.residuals(x)


def jacobian(f, x):
    """Return J, float[m, n]."""
    return f.jacobian(x)[1]


def _metered(kind: Callable) -> Kept:
    """Return (problem, params, arrays) -> (a call's result at flat arrays, readings).

    One compilation serves all seeds of a problem.
    """

    def call(problem, params, *arrays):
        shaped = ravel_pytree(params)[1]
        objective = Metered(problems.objective(problem))
        points = map(shaped, arrays)
        return counted(lambda *points: kind(objective, *points))(*points)

    return Kept(call)


_FACTORISED = {_hessian: "the Hessian", jacobian: "the Jacobian"}
# Kept, because each eager operation is traced in every process.
_flat = Kept(lambda tree: ravel_pytree(tree)[0])
_shaped = Kept(lambda like, flat: ravel_pytree(like)[1](flat))
_KINDS = (_value, _value_and_gradient, _hessian, _product, residuals, jacobian)
_METERED = {kind: _metered(kind) for kind in _KINDS}
