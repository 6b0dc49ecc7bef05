"""Chunks of fixed loops with masked steps are those of loops that end by themselves."""

from functools import cache

import jax
import numpy as np
import pytest

import optimizers
import problems
from bench.core.readings import READINGS
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement import masked, profile
from bench.measurement.budget import NO_LIMITS, NO_TARGET
from bench.measurement.clock import Ledger, blank_log, limits
from bench.measurement.loop import chunk
from bench.measurement.masked import computed
from bench.measurement.oracle import Oracle
from bench.measurement.program import Program, split_settings
from bench.measurement.runtime import Runtime, SpecTrial, context

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


def assert_same(one, other):
    """Compare two chunks to the bit: rows, readings, ends and states."""
    rows = int(one.rows)
    assert int(other.rows) == rows
    np.testing.assert_array_equal(one.readings(), other.readings())
    logs = (np.asarray(each.log)[:rows] for each in (one, other))
    np.testing.assert_array_equal(*logs)
    assert (bool(one.ended), bool(one.failed)) == (bool(other.ended), bool(other.failed))
    for a, b in zip(*map(jax.tree.leaves, (one.carry, other.carry)), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [0, 5, FIXED, 37])
def test_a_chunk_ends_after_its_steps(case, steps):
    plain, fixed = both(case)
    first, second = plain(steps), fixed(steps)
    assert int(first.rows) == steps or bool(first.ended)
    assert_same(first, second)
    assert_same(plain(7, carry=first.carry), fixed(7, carry=second.carry))


@pytest.mark.parametrize("case", CASES)
def test_a_chunk_ends_at_its_target(case):
    plain, fixed = both(case)
    losses = plain.losses(plain(40))
    target = float(np.sort(losses)[len(losses) // 2])
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


def test_a_masked_step_counts_no_call():
    _, fixed = both("a loop of looks")
    done = fixed(3)
    readings = dict(zip(READINGS, done.readings()[-1], strict=True))
    assert readings["gradient"] == 3
    assert computed(3, FIXED) == FIXED


@pytest.fixture
def forced(monkeypatch):
    """Return a runtime whose programs have loops of fixed length, as on a GPU."""
    monkeypatch.setitem(masked.FIXED, "cpu", FIXED)
    return Runtime()


def ready(runtime, name, settings, problem=BINARY):
    spec = Spec(Named(*problem), Named(name, settings), Budget(steps=3))
    with context(spec, runtime.device):
        made = runtime.problem(spec)
        return runtime.ready(spec, made, runtime.start(spec), Ledger()).program


def test_the_platform_decides_and_searches_and_long_steps_stay(forced, monkeypatch):
    assert masked.fixed_steps("gpu") == FIXED
    assert masked.fixed_steps("tpu") == 1
    assert ready(Runtime(), "adam", RATE).fixed == FIXED
    assert ready(Runtime(), "keep_stepping", RATE).fixed == 1
    monkeypatch.setattr(masked, "LONG_FLOPS", 100.0)
    assert ready(Runtime(), "adam", RATE).fixed == 1
    monkeypatch.undo()
    assert ready(Runtime(), "adam", RATE).fixed == 1


def test_xla_knows_the_length_of_the_loop(forced):
    text = ready(forced, "adam", RATE)._executable.as_text()
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
    assert rows == expected
    for of in ("end", "reason", "steps", "readings", "steps_to_target"):
        assert getattr(masks, of) == getattr(plain, of)


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
