"""Steps of a trial taken again off the clock, and evaluations along them."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax

from .arrays import size_in_bytes
from .budget import NO_LIMITS, NO_TARGET
from .clock import ROWS, Carry, limits
from .evaluator import Evaluation, Evaluator, Parts
from .model_state import answer
from .program import ReadyProgram

MOST_BYTES = 2**26
"""Most bytes of the states that are held at once, if they are more than one."""
AT_ONCE = 0.2
"""Seconds of evaluations in one call: between two calls a trial reports."""


class Place(NamedTuple):
    """A step of a trial from which it can go on, and its evaluation if it has one."""

    step: int
    carry: Carry
    seen: Evaluation | None = None


class Walk:
    """Takes a trial's steps again and evaluates it at some of them.

    Steps up to several places are dispatched one after another, and the evaluations of
    all of them are one call, which alone is waited for.

    Args:
        ready: The compiled program and its numbers.
        problem: The problem.
        optimizer: Its answer is evaluated, if it has one; otherwise the params.
        evaluator: Evaluates.
    """

    def __init__(
        self, ready: ReadyProgram, problem: Any, optimizer: Any, evaluator: Evaluator
    ):
        self._ready, self._problem = ready, problem
        self._optimizer, self._evaluator = optimizer, evaluator
        self._seconds = 0.0  # of one evaluation, the last time

    def call(self, carry: Carry, steps: int) -> tuple:
        """Return the program and its arguments; nothing but the steps ends the chunk.

        It serves steps that have been taken before, which nothing else had ended.
        """
        program = self._ready.program
        bounds = limits(steps, NO_TARGET, NO_LIMITS, program.dtype)
        return program, self._problem, self._ready.numbers, carry, bounds

    def to(self, at: Place, step: int) -> Place:
        """Return the place at a later step, its state computed."""
        place = self._dispatched(at, step)
        jax.block_until_ready(place.carry)
        return place

    def along(
        self,
        at: Place,
        steps: Sequence[int],
        known: Place | None = None,
        parts: Callable[[int], Parts] = lambda step: Parts(),
    ) -> Iterator[Place]:
        """Yield the places at some steps in order, each evaluated.

        Args:
            at: Where to begin.
            steps: Rising, none before it.
            known: A place at which one of the steps may be, which is not walked to.
            parts: From a step to what is evaluated there.
        """
        left = list(steps)
        while left:
            most = self._at_once(at.carry)
            group, left = left[:most], left[most:]
            places = []
            for step in group:
                if known is not None and step == known.step:
                    at = known
                else:
                    at = self._dispatched(at, step)
                places.append(at)
            yield from self._evaluated(places, parts)

    def whole(self, at: Place, parts: Parts) -> Place:
        """Return a place with all of these parts evaluated."""
        done = at.seen.parts if at.seen is not None else Parts(False, False, False)
        if all(has or not part for has, part in zip(done, parts, strict=True)):
            return at
        return self._evaluated([at], lambda step: parts)[0]

    def answer(self, at: Place) -> Any:
        """Return the point that is scored: the optimizer's answer, or the params.

        It is a `problems.WithState` if the problem carries a state.
        """
        if hasattr(self._optimizer, "answer") and at.step:
            return answer(self._optimizer, at.carry)
        return at.carry.params

    def _dispatched(self, at: Place, step: int) -> Place:
        while (steps := min(ROWS, step - at.step)) > 0:
            program, *given = self.call(at.carry, steps)
            at = Place(at.step + steps, program(*given).carry)
        return at

    def _evaluated(
        self, places: list[Place], parts: Callable[[int], Parts]
    ) -> list[Place]:
        began = time.perf_counter()
        answers = [self.answer(place) for place in places]
        each = [parts(place.step) for place in places]
        seen = self._evaluator.many(self._problem, answers, each)
        self._seconds = (time.perf_counter() - began) / len(places)
        return [p._replace(seen=s) for p, s in zip(places, seen, strict=True)]

    def _at_once(self, carry: Carry) -> int:
        """Return how many places are walked to before they are evaluated."""
        size = size_in_bytes((carry.params, carry.state))
        by_time = AT_ONCE / self._seconds if self._seconds else self._evaluator.most
        most = min(self._evaluator.most, by_time, MOST_BYTES / max(1, size))
        return max(1, int(most))
