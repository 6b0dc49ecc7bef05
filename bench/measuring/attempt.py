"""Carry out a trial's spec, and record it whatever becomes of it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import jax
import numpy as np

import optimizers

from ..errors import in_a_line
from ..planning.outside import is_outside
from ..planning.spec import Spec
from .clock import Ledger
from .lab import Lab
from .meter import READINGS
from .oracle import Oracle
from .targets import rounding, target_losses
from .trial import Outcome, Start, Trial

Rows = list[dict[str, Any]]
Report = Callable[[str, Outcome | None], None]
"""Told the phase: `compile`, `clock`, and `chunk` with what there is after each."""


class Attempt:
    """One try at a trial.

    Args:
        lab: Where problems and programs are kept.
        spec: What to do.
        report: Told what the trial is about to do, off the clock.
    """

    def __init__(self, lab: Lab, spec: Spec, report: Report = lambda *_: None):
        self._lab, self._spec, self._report = lab, spec, report
        self._ledger = Ledger()
        self._outcome: Outcome | None = None
        self._optimum: float | None = None
        self._targets: list[float] = []
        self._exact: float | None = None
        self._examples = 0
        self._static = False
        self._stand_in = ""
        self._cached: bool | None = None

    def run(self) -> tuple[dict[str, Any], Rows]:
        """Return the trial's record and rows, as a run folder holds them."""
        began = time.perf_counter()
        try:
            with context(self._spec, self._lab.device):
                outcome = self._run()
            end, reason = outcome.end, outcome.reason
        except optimizers.NotApplicable as error:
            end, reason = "skipped", str(error)
        except (Exception, SystemExit) as error:  # a user's code may raise anything
            end, reason = "failed", in_a_line(error)
        return self.record(end, reason, time.perf_counter() - began), self.rows()

    def _run(self) -> Outcome:
        spec, lab, ledger = self._spec, self._lab, self._ledger
        with ledger.enter("off_clock"):
            lab.make_room()
            problem = lab.problem(spec)
            params = problem.init(jax.random.key(spec.seed))
            self._optimum = lab.optimum(spec)
            target = spec.budget.target
            self._targets = target_losses(target, self._optimum, spec.dtype)
            self._examples = Oracle.of(spec).examples(problem)
            self._report("compile", None)
            named = spec.optimizer
        if is_outside(named.name):
            return self._outside(problem, params)
        with ledger.enter("off_clock"):
            self._stand_in = optimizers.stand_in(named.name, named.settings, params)
        ready = lab.ready(spec, problem, params, ledger)
        self._static = ready.static
        self._cached = ready.program.cached if ledger.compiling else None
        start = Start(problem, params, ready, self._targets, spec.seed)
        trial = Trial(start, spec.budget, lab.observer, ledger, spec.every_step)
        self._outcome = trial.outcome
        self._report("clock", self._outcome)
        with ledger.enter("off_clock"):
            lab.referee(ready, spec.optimizer.name, problem, params)
        return self._through(trial, problem)

    def _outside(self, problem: Any, params: Any) -> Outcome:
        from .scipy_trial import Outside

        given = (problem, params, self._targets, self._lab.observer, self._ledger)
        trial = Outside(self._spec, *given)
        self._outcome = trial.outcome
        self._report("clock", self._outcome)
        return self._through(trial, problem)

    def _through(self, trial: Any, problem: Any) -> Outcome:
        """Run a trial to its end."""
        outcome = trial.run(lambda outcome: self._report("chunk", outcome))
        if outcome.end == "target" and self._spec.dtype == "float32":
            with self._ledger.enter("off_clock"):
                self._look_again(outcome, problem)
        return outcome

    def _look_again(self, outcome: Outcome, problem: Any) -> None:
        """Take the loss at the target in float64: rounding may have reached it."""
        self._exact = exact = self._lab.observer.exact(problem, outcome.answer)
        target = self._targets[-1]
        if exact > target + rounding(target, self._spec.dtype):
            outcome.end = "stalled"
            outcome.reason = (
                f"the target {target:.9g} is below what {self._spec.dtype} can tell: "
                f"the loss is {exact:.9g} in float64"
            )
            outcome.crossed = [x for x in outcome.crossed if x["loss"] != target]

    def rows(self) -> Rows:
        """Return the rows so far."""
        if self._outcome is None:
            return []
        return self._outcome.trace.rows(self._optimum, self._examples)

    def record(self, end: str, reason: str, wall: float) -> dict[str, Any]:
        """Return the trial's record so far, ended with a word and a reason."""
        outcome = self._outcome
        readings = np.zeros(6, int) if outcome is None else outcome.readings
        return self._spec.to_json() | {
            "device": self._lab.device.device_kind,
            "end": end,
            "reason": reason,
            "steps": outcome.steps if outcome else 0,
            "seconds": outcome.seconds if outcome else 0.0,
            "compile_seconds": self._ledger.compiling,
            "cached": self._cached,
            "on_clock_seconds": self._ledger.on_clock,
            "off_clock_seconds": self._ledger.off_clock,
            "wall_seconds": wall,
            "static_settings": self._static,
            "stand_in": self._stand_in,
            "readings": dict(zip(READINGS, map(int, readings), strict=True)),
            "replays": outcome.replays if outcome else [],
            "optimum": self._optimum,
            "target_loss": self._targets[-1] if self._targets else None,
            "targets": self._spent_at_targets(),
            "loss_in_float64": self._exact,
            "versions": self._lab.versions,
            **_scores(self.rows(), end),
        }

    def _spent_at_targets(self) -> list[dict[str, Any]]:
        """Return a row for each target; a loss alone where it was not reached."""
        found = self._outcome.crossed if self._outcome else []
        reached = {row["loss"]: row for row in found}
        return [reached.get(loss, {"loss": loss}) for loss in self._targets]


def context(spec: Spec, device: Any):
    """Return a context with a trial's device, dtype and matmul precision."""
    stack = ExitStack()
    stack.enter_context(jax.enable_x64(spec.dtype == "float64"))
    stack.enter_context(jax.default_matmul_precision(spec.matmul_precision))
    stack.enter_context(jax.default_device(device))
    return stack


def _scores(rows: Rows, end: str) -> dict[str, Any]:
    losses = [row["loss"] for row in rows]
    finite = [loss for loss in losses if np.isfinite(loss)]
    scores: dict[str, Any] = {
        "examples": rows[-1]["examples"] if rows else 0,
        "start_loss": losses[0] if losses else None,
        "final_loss": losses[-1] if losses else None,
        "best_loss": min(finite, default=None),
    }
    reached = rows[-1] if end == "target" else None
    return scores | {
        "seconds_to_target": reached and reached["seconds"],
        "steps_to_target": reached and reached["step"],
        "readings_to_target": reached and {kind: reached[kind] for kind in READINGS},
    }
