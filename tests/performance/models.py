"""A user's own convnet beside loops around it, and what its metrics cost."""

import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import optax

import optimizers
from bench.core.spec import Batch, Budget, Named, Target
from bench.measurement.batches import shuffled
from bench.measurement.clock import Ledger, timed
from bench.measurement.evaluator import Evaluator
from bench.measurement.oracle import Oracle
from bench.measurement.programs import Programs
from bench.measurement.targets import Targets
from bench.measurement.trial import Start, Trial

from . import flax_style
from .figure import Figure
from .pairs import Ratio, ratio

BATCH, STEPS = Batch(64), 200
ADAM = Named("adam", {"learning_rate": 1e-3})
TO_ACCURACY = 2_000
"""Steps of a trial whose last target is an accuracy out of reach."""


def _accuracy(*values: float) -> Target:
    return Target(metric="held_out_accuracy", value=[*values], higher_is_better=True)


TARGETS = {
    "accuracy target not reached": _accuracy(1.1),
    "two accuracies searched for": _accuracy(0.9, 0.95, 1.1),
}


def figures() -> Iterator[Figure]:
    """Yield a step's seconds over those of two loops, then evaluation's share."""
    case = Case()
    case.check()
    name = f"step of a Flax-style convnet on a batch of {BATCH.size}, trial over"
    scan = ratio(case.trial, case.scan)
    yield Figure.of(f"{name} a scan by hand", "<= 1.05", scan)
    loop = ratio(case.trial, case.loop)
    yield Figure.of(f"{name} a loop of jitted steps on NumPy batches", "<= 0.5", loop)
    for met, target in TARGETS.items():
        for words, goal, share in shares(case, target):
            yield Figure.of(f"{words} over wall, {met}", goal, share)


class Case:
    """The same steps as a trial, as a scan by hand and as the loop that people write.

    All take the same batches, in the same order. For the scan their places are an
    argument; the loop takes them from NumPy arrays and keeps each loss.
    """

    def __init__(self):
        self.problem = flax_style.problem()
        self.params = self.problem.init(jax.random.key(0))
        self.optimizer = optimizers.make(ADAM.name, **ADAM.settings)
        of = Oracle(batch=BATCH).on(self.problem)
        self.ready = Programs().get(self.problem, self.params, ADAM, Ledger(), of)
        self.places = self._places()
        self.numpy = jax.tree.map(np.asarray, self.problem.train.tree)
        self.step = jax.jit(self._step)
        given = self.params, self.problem.train.tree, self.places
        self.scanned: Any = jax.jit(self._scan).lower(*given).compile()

    def _places(self) -> jax.Array:
        """Return the examples of each step of the trial, int32[STEPS, size]."""
        seed = jnp.uint32(0)
        key = jax.random.split(jax.random.fold_in(jax.random.key(seed), 1))[0]
        count = self.problem.train.count
        of = jax.jit(jax.vmap(lambda step: shuffled(key, step, BATCH, count)))
        return of(jnp.arange(STEPS, dtype=jnp.int32))

    def check(self) -> None:
        """Compare the params after all steps.

        Raises:
            AssertionError: They differ by more than rounding.
        """
        ours = self._trial(STEPS)[0].outcome.params
        others = self._scanned()[0], self._looped()[0]
        for other in others:
            jax.tree.map(_assert_close, ours, other)

    def trial(self) -> float:
        """Return the on-clock seconds of a step of a trial."""
        return self._trial(STEPS)[1].on_clock / STEPS

    def _trial(
        self, steps: int, target: Target | None = None, evaluator: Any = None
    ) -> tuple[Trial, Ledger]:
        ledger, targets = Ledger(), Targets.of(target, None, "float32")
        start = Start(self.problem, self.params, self.ready, targets)
        budget = Budget(seconds=1e9, steps=steps, target=target)
        with mock.patch("bench.measurement.budget.STALLED_AFTER", 2**60):
            trial = Trial(start, budget, evaluator or Evaluator(), ledger)
            trial.run()
        return trial, ledger

    def scan(self) -> float:
        """Return the seconds of a step in the scan."""
        return timed(self._scanned)[0] / STEPS

    def _scanned(self) -> Any:
        return self.scanned(self.params, self.problem.train.tree, self.places)

    def _scan(self, params: Any, examples: Any, places: jax.Array) -> Any:
        def body(carry, chosen):
            batch = jax.tree.map(lambda leaf: leaf[chosen], examples)
            params, state = carry
            return self._step(params, state, batch)

        (params, _), losses = jax.lax.scan(
            lambda carry, chosen: _paired(body(carry, chosen)),
            (params, self.optimizer.init(params)),
            places,
        )
        return params, losses

    def _step(self, params: Any, state: Any, batch: Any) -> tuple[Any, Any, jax.Array]:
        loss, gradient = jax.value_and_grad(flax_style.loss)(params, batch)
        updates, state = self.optimizer.update(gradient, state, params)
        return optax.apply_updates(params, updates), state, loss

    def loop(self) -> float:
        """Return the seconds of a step in the loop."""
        return timed(self._looped)[0] / STEPS

    def _looped(self) -> tuple[Any, list[float]]:
        params, losses = self.params, []
        state = self.optimizer.init(params)
        for chosen in np.asarray(self.places):
            batch = {name: array[chosen] for name, array in self.numpy.items()}
            params, state, loss = self.step(params, state, batch)
            losses.append(float(loss))
        return params, losses


def _paired(after: tuple[Any, Any, jax.Array]) -> tuple[Any, jax.Array]:
    params, state, loss = after
    return (params, state), loss


def _assert_close(ours: jax.Array, other: jax.Array) -> None:
    np.testing.assert_allclose(ours, other, rtol=1e-2, atol=1e-3)


class Timed(Evaluator):
    """An evaluator that adds up its seconds, with those of steps that it waits for."""

    seconds = 0.0

    def many(self, *args: Any, **settings: Any) -> Any:
        """Evaluate points, and add the seconds."""
        start = time.perf_counter()
        found = super().many(*args, **settings)
        self.seconds += time.perf_counter() - start
        return found


def shares(
    case: Case, target: Target, times: int = 5
) -> Iterator[tuple[str, str, Ratio]]:
    """Yield parts of a trial with an accuracy target over its wall, at defaults.

    Evaluation is everything from evaluated steps that are taken again to the metrics'
    values. All of it is off the clock, which also holds the warm-up and repetitions.
    """
    seconds = []
    evaluator = Timed()
    for _ in range(times + 1):  # the first compiles
        evaluator.seconds, start = 0.0, time.perf_counter()
        _, ledger = case._trial(TO_ACCURACY, target, evaluator)
        wall = time.perf_counter() - start
        seconds.append((evaluator.seconds, ledger.off_clock, wall))
    evaluation, off, wall = np.array(seconds[1:]).T
    yield "evaluation", "<= 0.2", _share(evaluation, wall)
    yield "everything off the clock", "", _share(off, wall)


def _share(part: np.ndarray, wall: np.ndarray) -> Ratio:
    low, middle, high = np.quantile(part / wall, [0.25, 0.5, 0.75])
    return Ratio(low, middle, high, float(np.median(part)), float(np.median(wall)))
