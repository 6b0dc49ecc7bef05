"""All settings and seeds of one optimizer on one problem, in one compiled program."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

import jax
import numpy as np

import optimizers

from ..planning.spec import Named, Spec
from .attempt import context
from .build import Build, asking
from .course import Course, Under, Walk
from .lab import Lab
from .lanes import By, Lanes, stacked
from .meter import Kind
from .oracle import Oracle
from .refusal import UncountableError
from .targets import last, target_losses

LOOKS = 50
"""Rows of a lane whose loss over all examples no step evaluates."""


class Lane(NamedTuple):
    """A trial of a sweep: what it puts over the sweep's settings, and its seed."""

    settings: Mapping[str, Any] = {}
    seed: int = 0


def sweep(
    lab: Lab,
    spec: Spec,
    lanes: Sequence[Lane],
    calls: Mapping[Kind, int] | None = None,
    by: By | None = None,
) -> list[Course]:
    """Run many trials of an optimizer on a problem at once, for tuning.

    Each lane is the trial that its settings and seed are alone: the same steps, ends
    and readings, and the same losses but for rounding. Nothing is timed, and nothing
    ends for its seconds. All lanes whose settings differ in floats alone share one
    program; a setting that cannot be traced has one for each of its values.

    A lane's rows take 64 bytes a step.

    Args:
        lab: Where the problem is kept; its device runs the sweep.
        spec: What the lanes have in common. Its budget bounds each of them.
        lanes: The trials.
        calls: What each may spend besides, by kind of call.
        by: "vmap" has all lanes take their steps together, "map" one lane after the
            other; None leaves the choice to `bench.measuring.lanes.choice`.

    Returns:
        A course for each lane, with a row for each step. Where no step evaluates the
        loss of the answer over all examples (batches, schedule-free) there are about
        50 rows, spread evenly over the budget's steps.

    Raises:
        ValueError: The budget bounds no steps, or has a target without an optimum.
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted, or `by` is
            "vmap" and some lanes make calls that others do not.
    """
    if spec.budget.steps is None:
        raise ValueError("a sweep needs a budget of steps")
    with context(spec, lab.device):
        return _Sweep(lab, spec, calls or {}, by).courses(lanes)


class _Sweep:
    """What the lanes of a sweep have in common."""

    def __init__(self, lab: Lab, spec: Spec, calls: Mapping[Kind, int], by: By | None):
        self._spec, self._calls = spec, calls
        self._by: By | None = by
        self._problem = lab.problem(spec)
        target = spec.budget.target
        optimum = lab.optimum(spec) if target is not None else None
        found = target_losses(target, optimum, spec.dtype)
        self._target = last(found)

    def courses(self, lanes: Sequence[Lane], trace: bool = True) -> list[Course]:
        """Run lanes, those together whose settings differ in traced floats alone."""
        groups: dict[Build, list[int]] = defaultdict(list)
        parted = [self._parted(lane, trace) for lane in lanes]
        for i, (build, _) in enumerate(parted):
            groups[build].append(i)
        courses: dict[int, Course] = {}
        for build, group in groups.items():
            numbers = [parted[i][1] for i in group]
            these = [lanes[i] for i in group]
            try:
                found = self._run(self._lanes(build, numbers, these))
            except (optimizers.NotApplicable, UncountableError):
                raise
            except Exception:
                if not trace or not numbers[0]:
                    raise
                found = self.courses(these, trace=False)  # it insists on numbers
            courses |= dict(zip(group, found, strict=True))
        return [courses[i] for i in range(len(lanes))]

    def _parted(self, lane: Lane, trace: bool) -> tuple[Build, tuple[float, ...]]:
        spec = self._spec
        settings = {**spec.optimizer.settings, **lane.settings}
        optimizer = Named(spec.optimizer.name, settings)
        return asking(optimizer, Oracle.of(spec), spec.gradient_step, trace)

    def _lanes(self, build: Build, numbers: list[tuple], lanes: list[Lane]) -> Lanes:
        seeds, index = np.unique([lane.seed for lane in lanes], return_inverse=True)
        starts = [self._problem.init(jax.random.key(int(seed))) for seed in seeds]
        columns = zip(*numbers, strict=True)
        settings = tuple(np.asarray(x, self._spec.dtype) for x in columns)
        start = stacked(starts, index)
        return Lanes(build, settings, self._problem, start, seeds[index], self._by)

    def _run(self, lanes: Lanes) -> list[Course]:
        budget, most = self._spec.budget, lanes.rows
        if lanes.only_seen:
            most = min(most, ceil((budget.steps or 1) / LOOKS))
        under = Under(budget, self._calls, self._target, lanes.only_seen)
        walks, carry = [Walk(under) for _ in range(len(lanes))], lanes.start
        _see(lanes, carry, walks)
        while not all(walk.end for walk in walks):
            chunk = lanes(carry, [walk.left(most) for walk in walks])
            carry = chunk.carry
            going = [not walk.end for walk in walks]
            for walk, each in zip(walks, lanes.apart(chunk), strict=True):
                if not walk.end:
                    walk.take_in(each, lanes.dtype)
            _see(lanes, carry, walks, going)
        return [walk.course() for walk in walks]


def _see(
    lanes: Lanes, carry: Any, walks: list[Walk], going: list[bool] | None = None
) -> None:
    """Let those walks see their loss that went on until now and have no row of it."""
    those = [
        i
        for i, walk in enumerate(walks)
        if walk.to_be_seen and (going is None or going[i])
    ]
    if those:
        losses = lanes.losses(carry)
        for i in those:
            walks[i].see(float(losses[i]))
