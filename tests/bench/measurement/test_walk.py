"""Steps that are taken again and evaluations of many points are those of one alone."""

import itertools

import jax
import numpy as np
import pytest

import optimizers
import problems
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement import clock
from bench.measurement.clock import Dispatch, Ledger
from bench.measurement.evaluator import Evaluator
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.runtime import SpecTrial
from bench.measurement.trial import Start, Trial
from bench.measurement.walk import Place, Walk

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0, 5.0]})
NOISY = Named("quadratic", {"spectrum": [1.0, 2.0, 5.0], "noise": 0.1, "rows": 50})


def ready_program(problem, optimizer):
    params = problem.init(jax.random.key(0))
    factory = MadeOptimizer(optimizer)
    program = Program(factory, (), problem, params)
    program.compile()
    return ReadyProgram(program, (), factory, static=True), params


@pytest.mark.parametrize("name", ["quadratic", "softmax_regression"])
def test_points_evaluated_together_have_the_values_of_each_alone(name):
    problem, evaluator = problems.make(name), Evaluator()
    points = [problem.init(jax.random.key(i)) for i in range(Evaluator.most + 3)]
    points[2] = jax.tree.map(lambda leaf: leaf * np.nan, points[2])
    together = evaluator.many(problem, points)
    np.testing.assert_equal(
        [seen._asdict() for seen in together],
        [evaluator(problem, point)._asdict() for point in points],
    )
    assert [seen.finite for seen in together].count(False) == 1
    for seen, point in zip(together[:2], points, strict=False):
        value, gradient = jax.value_and_grad(problems.objective(problem))(point)
        norm = np.sqrt(sum(np.sum(g**2) for g in jax.tree.leaves(gradient)))
        expected = {"loss": float(value), "gradient_norm": float(norm)}
        if problem.held_out is not None:
            inputs, classes = map(np.asarray, problem.held_out)
            right = np.argmax(np.asarray(point) @ inputs, axis=0) == classes
            expected["held_out_loss"] = float(problem.loss(point, problem.held_out))
            expected["held_out_accuracy"] = right.mean()
        if problems.has_minimisers(problem):
            away = np.asarray(point) - problem.minimisers()
            expected["x_distance"] = np.linalg.norm(away)
        assert seen.values == pytest.approx(expected, rel=1e-5)


def test_places_walked_to_are_those_of_trials_that_end_there():
    problem = problems.make("rosenbrock", dimension=6)
    adam = optimizers.make("adam", learning_rate=0.01)
    ready, params = ready_program(problem, adam)
    start = Start(problem, params, ready)
    walk = Walk(ready, problem, adam, Evaluator())
    steps = [1, 7, 8, 300]
    places = list(walk.along(Place(0, start.carry()), steps))
    assert [place.step for place in places] == steps
    for place in places:
        budget = Budget(seconds=60.0, steps=place.step)
        alone = Trial(start, budget, Evaluator(), Ledger()).run()
        np.testing.assert_array_equal(place.carry.params, alone.params)
        last = alone.trace.rows(None, 0)[-1]
        assert place.seen is not None
        assert place.seen.values["gradient_norm"] == last["gradient_norm"]


class Counts:
    """Counts the calls of compiled programs."""

    def __init__(self, monkeypatch):
        self.steps, self.evaluations = 0, 0
        step, evaluate = Program.__call__, Evaluator.many

        def stepped(*given):
            self.steps += 1
            return step(*given)

        def evaluated(*given):
            self.evaluations += 1
            return evaluate(*given)

        monkeypatch.setattr(Program, "__call__", stepped)
        monkeypatch.setattr(Evaluator, "many", evaluated)


@pytest.mark.parametrize("steps", [40, 2000])
def test_the_calls_of_a_trial_are_bounded(runtime, monkeypatch, steps):
    optimizer = Named("sgd", {"learning_rate": 1e-3})
    spec = Spec(QUADRATIC, optimizer, Budget(seconds=60.0, steps=steps))
    SpecTrial(runtime, spec).run()  # compiles
    counts, chunks, time = Counts(monkeypatch), [], Ledger.time
    monkeypatch.setattr(Ledger, "time", lambda *x: chunks.append(1) or time(*x))
    record, rows = SpecTrial(runtime, spec).run()
    looks = [row["step"] for row in rows if row["gradient_norm"] is not None]
    assert record.steps == looks[-1] == steps
    assert counts.evaluations <= 1 + len(chunks) + len(looks) / Evaluator.most
    replays = 2 * len(record.replays)  # and in turn with them chunks without steps
    bound = 6 + clock.DISPATCHES[1] + replays + len(looks) + len(chunks)
    assert counts.steps <= bound


def test_a_trial_with_batches_is_evaluated_alike_at_few_steps_and_at_every_one(runtime):
    optimizer = Named("sgd", {"learning_rate": 0.02})
    budget = Budget(seconds=60.0, steps=400, target=Target(loss=[1.0, 1e-2]))

    def run(every_step):
        spec = Spec(NOISY, optimizer, budget, batch=Batch(5), every_step=every_step)
        return SpecTrial(runtime, spec).run()

    (record, rows), (full, all_rows) = run(False), run(True)
    assert record.end == full.end == "target"
    losses = {row["step"]: row["loss"] for row in all_rows}
    assert sorted(losses) == list(range(full.steps + 1))
    assert {row["step"]: row["loss"] for row in rows}.items() <= losses.items()
    for reached in record.targets:
        assert reached.steps
        assert reached.readings
        assert losses[reached.steps] <= reached.loss < losses[reached.steps - 1]
        assert reached.readings["gradient"] == reached.steps
    assert [t.steps for t in record.targets] == [t.steps for t in full.targets]


def replayed(monkeypatch, seconds):
    """Return a replay of a chunk that lasts these seconds, one after another."""
    each = iter(seconds)
    monkeypatch.setattr(clock, "timed", lambda call: (next(each), "chunk"))
    return Dispatch().replay(("chunk",), lambda chunk: ("idle",))


def test_a_chunk_is_replayed_until_its_median_is_known(monkeypatch):
    quiet = replayed(monkeypatch, itertools.repeat(1e-4))
    assert len(quiet.seconds) == clock.REPLAYS
    noisy = replayed(monkeypatch, itertools.cycle([1e-4, 2e-4]))
    assert sum(noisy.seconds[:-1]) < clock.REPLAYING <= sum(noisy.seconds)
    spoilt = replayed(monkeypatch, itertools.chain([1e-3], itertools.repeat(1e-4)))
    assert clock.REPLAYS < len(spoilt.seconds) < 20
    assert spoilt.work == 1e-4
    slow = replayed(monkeypatch, itertools.cycle([3e-3, 4e-3]))
    assert len(slow.seconds) == clock.REPLAYS
    long = replayed(monkeypatch, itertools.repeat(clock.CHUNK))
    assert len(long.seconds) == 1
