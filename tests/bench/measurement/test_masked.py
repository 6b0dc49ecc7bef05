"""Chunks of fixed loops with masked steps are those of loops that end by themselves."""

from functools import cache

import jax
import numpy as np
import pytest

import optimizers
import problems
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement import masked, profile
from bench.measurement.budget import NO_LIMITS, NO_TARGET
from bench.measurement.clock import Pace, blank_log, limits
from bench.measurement.loop import chunk
from bench.measurement.masked import computed
from bench.measurement.oracle import Oracle
from bench.measurement.program import Program, split_settings
from bench.measurement.runtime import Runtime, SpecTrial

FIXED = 16
ROWS = "linear_regression", {"rows": 40, "columns": 3}
BINARY = "logistic_regression", {"rows": 40, "columns": 3, "l2": 0.1}
RATE = {"learning_rate": 0.05}
DRAWN = Oracle(batch=Batch(5))
CASES = {
    "no calls but gradients": ("adam", RATE, BINARY, Oracle()),
    "batches": ("momentum", RATE, BINARY, DRAWN),
    "random directions": ("sgd", RATE, BINARY, Oracle("random_direction")),
    "a loop of looks": ("keep_stepping", {"max_steps": 5, **RATE}, BINARY, Oracle()),
    "a line search": ("lbfgs", {}, BINARY, Oracle()),
    "Hessians": ("newton", {}, BINARY, Oracle()),
    "losses of its own": ("gauss_newton", {}, ROWS, Oracle()),
    "an average that is scored": (
        *("optax.contrib.schedule_free_sgd", RATE),
        *(BINARY, Oracle()),
    ),
}


class Chunks:
    """A chunk of an optimizer, by a loop that ends by itself or one of fixed length."""

    def __init__(self, program, factory, fixed):
        self.program, self.problem, self.params, self.numbers = program
        self.run = jax.jit(chunk(factory, fixed))

    def __call__(self, steps, target=NO_TARGET, left=NO_LIMITS, carry=None, rate=None):
        numbers = self.numbers if rate is None else (rate, *self.numbers[1:])
        carry = carry or self.program.start(self.params, seed=3)
        few = limits(steps, target, left, self.program.dtype)
        return self.run(self.problem, numbers, carry, few, blank_log(self.params))

    def losses(self, done):
        return done.losses(self.program.dtype)


@cache
def both(case):
    """Return the chunk of a case by both loops."""
    name, settings, (problem, own), oracle = CASES[case]
    made = problems.make(problem, **own)
    params = made.init(jax.random.key(0))
    named = Named(name, settings)
    factory, numbers = split_settings(named, oracle.on(made), None, trace=True)
    program = Program(factory, numbers, made, params), made, params, numbers
    return Chunks(program, factory, 1), Chunks(program, factory, FIXED)


def assert_same(one, other, dtype=np.float32):
    """Compare chunks of two programs, whose losses may be rounded differently."""
    assert int(other.rows) == int(one.rows)
    np.testing.assert_array_equal(one.readings(), other.readings())
    losses = (each.losses(dtype) for each in (one, other))
    np.testing.assert_allclose(*losses, rtol=1e-5)
    for of in ("ended", "failed"):
        assert bool(getattr(one, of)) == bool(getattr(other, of))
    for a, b in zip(*map(jax.tree.leaves, (one.carry, other.carry)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [0, 5, FIXED, 37])
def test_a_chunk_ends_after_its_steps(case, steps):
    plain, fixed = both(case)
    first, second = plain(steps), fixed(steps)
    assert int(first.rows) == steps or bool(first.ended)
    assert_same(first, second)


@pytest.mark.parametrize("case", CASES)
def test_a_masked_step_changes_nothing(case):
    """Steps in parts that are filled up with masked steps are those of one chunk."""
    _, fixed = both(case)
    whole, carry, losses, readings = fixed(2 * FIXED), None, [], 0
    for steps in (5, 1, FIXED, 10):
        part = fixed(steps, carry=carry)
        carry = part.carry
        losses += fixed.losses(part).tolist()
        readings = readings + part.readings()[-1]
    assert losses == fixed.losses(whole).tolist()
    np.testing.assert_array_equal(readings, whole.readings()[-1])
    for a, b in zip(*map(jax.tree.leaves, (carry, whole.carry)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", CASES)
def test_a_chunk_ends_at_its_target(case):
    plain, fixed = both(case)
    losses = plain.losses(plain(40))
    target = float(losses.max() + losses.min()) / 2  # at no step's own loss
    first = plain(40, target)
    assert bool(first.ended)
    assert 0 < int(first.rows) < 40
    assert_same(first, fixed(40, target))


@pytest.mark.parametrize("case", CASES)
def test_a_chunk_ends_when_its_calls_are_spent(case):
    plain, fixed = both(case)
    total = plain(40).readings()[-1]
    kind = int(np.argmax(total))
    left = list(NO_LIMITS)
    left[kind] = int(total[kind]) // 2
    first = plain(40, left=tuple(left))
    assert not bool(first.ended)
    assert 0 < int(first.rows) < 40
    assert first.readings()[-1][kind] >= left[kind]
    assert_same(first, fixed(40, left=tuple(left)))


@pytest.mark.parametrize("case", ["no calls but gradients", "batches"])
def test_a_chunk_ends_where_it_diverges(case):
    plain, fixed = both(case)
    first = plain(60, rate=1e37)
    assert bool(first.ended)
    assert int(first.rows) < 60
    assert not np.isfinite(plain.losses(first)[-1])
    assert_same(first, fixed(60, rate=1e37))


def test_the_rows_of_a_full_log_are_all_kept():
    plain, fixed = both("no calls but gradients")
    assert_same(plain(10**6), fixed(10**6))
    assert int(fixed(10**6).rows) == len(blank_log(fixed.params))


@pytest.fixture
def forced(monkeypatch):
    """Return a runtime whose programs have loops of fixed length, as on a GPU."""
    monkeypatch.setitem(masked.FIXED, "cpu", FIXED)
    return Runtime()


def traced(name):
    """Return a program that is not compiled."""
    made = problems.make(BINARY[0], **BINARY[1])
    factory, numbers = split_settings(Named(name, RATE), Oracle(), None, trace=True)
    return Program(factory, numbers, made, made.init(jax.random.key(0)))


@pytest.mark.usefixtures("forced")
def test_the_platform_decides_and_searches_and_long_steps_stay(monkeypatch):
    assert masked.fixed_steps("gpu") == FIXED
    assert masked.fixed_steps("tpu") == 1
    assert traced("adam").fixed == FIXED
    assert traced("keep_stepping").fixed == 1
    monkeypatch.setattr(masked, "LONG_FLOPS", 100.0)
    assert traced("adam").fixed == 1
    monkeypatch.undo()
    assert traced("adam").fixed == 1


@pytest.mark.usefixtures("forced")
def test_xla_knows_the_length_of_the_loop():
    program = traced("adam")
    program.compile()
    text = program._executable.as_text()
    assert f'"known_trip_count":{{"n":"{FIXED}"}}' in text


def record_of(runtime, name, budget, **more):
    spec = Spec(Named(*BINARY), Named(name, RATE), budget, **more)
    record, rows = SpecTrial(runtime, spec).run()
    for row in rows:
        del row["seconds"], row["measured"]
    return record, rows


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("adam", {}),
        ("momentum", {"batch": Batch(5)}),
        ("optax.contrib.schedule_free_sgd", {}),
    ],
)
def test_a_trial_is_the_same(forced, monkeypatch, name, more):
    budget = Budget(steps=700, target=Target(suboptimality=1e-3))
    masks, rows = record_of(forced, name, budget, **more)
    monkeypatch.undo()
    plain, expected = record_of(Runtime(), name, budget, **more)
    assert plain.end == "target"
    for row, known in zip(rows, expected, strict=True):
        missing = {key for key, value in known.items() if value is None}
        assert missing == {key for key, value in row.items() if value is None}
        told, expect = (
            {key: value for key, value in each.items() if key not in missing}
            for each in (row, known)
        )
        assert told == pytest.approx(expect, rel=1e-4, abs=1e-5)
    for of in ("end", "reason", "steps", "readings", "steps_to_target"):
        assert getattr(masks, of) == getattr(plain, of)


def test_rows_and_ends_do_not_depend_on_the_clock(forced, monkeypatch):
    """Chunks of other lengths have other masked steps, which leave no trace."""
    budget = Budget(steps=700, target=Target(suboptimality=1e-3))

    def trial(steps):
        monkeypatch.setattr(Pace, "steps", lambda *_: (steps, steps))
        record, rows = record_of(forced, "adam", budget)
        return record.end, record.reason, record.steps, record.readings, rows

    first = trial(13)
    assert first[0] == "target"
    assert trial(48) == trial(8192) == first


def test_the_work_of_masked_steps_is_none_of_a_trial_s_seconds(forced, monkeypatch):
    """A clock by which a chunk takes 5 s, and each step that is computed 1 s."""

    def timed(call, *args):
        done = call(*args)
        return 5.0 + computed(int(done.rows), FIXED), done

    for module in ("clock", "trial"):
        monkeypatch.setattr(f"bench.measurement.{module}.timed", timed)
    record, _ = record_of(forced, "adam", Budget(steps=7, seconds=100.0))
    assert (record.steps, record.dispatch_seconds) == (7, 5.0)
    assert record.seconds == pytest.approx(7.0)


def test_nor_are_they_overhead_of_a_profile(forced, monkeypatch):
    made = problems.make(BINARY[0], **BINARY[1])
    step = profile.Step(made, optimizers.make("adam", **RATE))
    monkeypatch.setattr(
        "bench.measurement.profile.timed",
        lambda call, *args: (float(computed(int(args[-1].steps), FIXED)), None),
    )
    assert step._chunk(20) == pytest.approx(20.0)
