"""A problem's state, as batch statistics, is that of the step's one pass."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench import measure
from bench.cli import main
from bench.core.readings import named
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement import prices
from bench.measurement import profile as profiles
from bench.measurement.budget import NO_LIMITS, NO_TARGET
from bench.measurement.clock import Ledger, limits
from bench.measurement.evaluator import Evaluator
from bench.measurement.oracle import Oracle
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.referee import read_and_executed
from bench.measurement.runtime import Runtime, SpecTrial
from bench.measurement.sweep import SweepTrial, sweep
from bench.measurement.trial import Start, Trial
from bench.measurement.walk import Place, Walk

from .. import batch_norm
from ..batch_norm import data, init, loss

ADAM = optax.adam(0.05)
TRAIN, HELD_OUT = data(48, 0), data(16, 1)


def plain_loop(steps, loss=loss, optimizer=ADAM, seed=0):
    """Return params, state and loss before each step, as anyone would train."""
    params, state = init(jax.random.key(seed))
    memory = optimizer.init(params)

    @jax.jit
    def step(params, state, memory):
        pass_ = jax.value_and_grad(loss, has_aux=True)(params, state, TRAIN)
        (value, state), gradient = pass_
        updates, memory = optimizer.update(gradient, memory, params)
        return value, optax.apply_updates(params, updates), state, memory

    places = []
    for _ in range(steps + 1):
        value, *after = step(params, state, memory)
        places.append((params, state, float(value)))
        params, state, memory = after
    return places


def ready_program(problem, optimizer=ADAM, oracle=Oracle()):  # noqa: B008
    start = problems.start(problem, jax.random.key(0))
    factory = MadeOptimizer(optimizer, oracle)
    program = Program(factory, (), problem, start)
    program.compile()
    return ReadyProgram(program, (), factory, static=True), start


def alike(one, other, rtol=2e-5):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-6)


def identical(one, other):
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def problem():
    return batch_norm.batch_norm()


@pytest.fixture(scope="module")
def ready(problem):
    return ready_program(problem)


@pytest.fixture(scope="module")
def places():
    return plain_loop(40)


def test_a_trial_is_a_plain_loop(problem, ready, places):
    ready, start = ready
    trial = Trial(
        Start(problem, start, ready),
        Budget(seconds=60.0, steps=40),
        Evaluator(),
        Ledger(),
        every_step=True,
    )
    outcome = trial.run()
    params, state, _ = places[40]
    alike(outcome.params, problems.WithState(params, state))
    assert outcome.params.state["passes"] == 40
    rows = outcome.trace.rows(None, 48)
    losses = [value for _, _, value in places]
    np.testing.assert_allclose([row["loss"] for row in rows], losses, rtol=2e-5)
    assert named(outcome.readings) == Counter(gradient=40) | dict.fromkeys(
        set(named(outcome.readings)) - {"gradient"}, 0
    )


def test_an_evaluation_is_at_the_state_of_its_step(problem, places):
    table = measure(problem, ADAM, steps=40).set_index("step")
    evaluated = table.held_out_loss.dropna()
    assert {1, 2, 10, 40} <= set(evaluated.index)
    for step, held_out in evaluated.items():
        params, state, value = places[step]
        expected = float(loss(params, state, HELD_OUT)[0])
        assert held_out == pytest.approx(expected, rel=2e-5), step
        assert table.loss[step] == pytest.approx(value, rel=2e-5)


def test_chunks_of_any_length_carry_the_state(problem, ready):
    ready, start = ready

    def walked(*chunks):
        carry = ready.program.start(start)
        for steps in chunks:
            few = limits(steps, NO_TARGET, NO_LIMITS, ready.program.dtype)
            carry = ready.program(problem, (), carry, few).carry
        return carry.params

    whole = walked(30)
    identical(walked(1, 7, 22), whole)
    identical(walked(0, 29, 1), whole)
    walk = Walk(ready, problem, ADAM, Evaluator())
    for place in walk.along(Place(0, ready.program.start(start)), [5, 30]):
        identical(walk.answer(place), walked(place.step))


def test_the_readings_are_the_passes_that_are_executed(problem):
    ready, start = ready_program(problem)
    read, executed = read_and_executed(ready, problem, start, 3)
    assert read == executed
    assert named(read)["gradient"] == sum(read) == 3


def test_a_step_makes_no_second_pass():
    passes = Counter()

    def told(params, state, batch):
        jax.debug.callback(lambda _: passes.update(["loss"]), params["out"])
        return loss(params, state, batch)

    problem = batch_norm.changed(loss=told)
    ready, start = ready_program(problem)
    few = limits(10, NO_TARGET, NO_LIMITS, ready.program.dtype)
    jax.block_until_ready(ready.program(problem, (), ready.program.start(start), few))
    jax.effects_barrier()
    assert passes["loss"] == 10


def test_batches_of_all_examples_carry_the_same_state(problem, places):
    oracle = Oracle(batch=Batch(48))
    ready, start = ready_program(problem, oracle=oracle)
    few = limits(12, NO_TARGET, NO_LIMITS, ready.program.dtype)
    done = ready.program(problem, (), ready.program.start(start), few)
    params, state, _ = places[12]
    alike(done.carry.params, problems.WithState(params, state), rtol=1e-3)


def test_a_state_may_be_empty():
    def stateless(params, state, batch):
        return loss(params, state or init(jax.random.key(0))[1], batch)[0], state

    problem = batch_norm.changed(
        init=lambda key: (init(key)[0], {}), loss=stateless, metrics=None
    )
    problems.check_made(problem)
    table = measure(problem, ADAM, steps=3)
    expected = [value for _, _, value in plain_loop(3, stateless)]
    np.testing.assert_allclose(table.loss, expected, rtol=2e-5)


def test_an_answer_is_scored_at_the_carried_state(problem):
    made = optimizers.make("optax.contrib.schedule_free_sgd", learning_rate=0.1)
    ready, start = ready_program(problem, made)
    trial = Trial(
        Start(problem, start, ready),
        Budget(seconds=60.0, steps=10),
        Evaluator(),
        Ledger(),
    )
    trial.run()
    carry = trial._here.carry
    answer = made.answer(carry.state, carry.params.params)
    assert any(
        np.any(a != b)
        for a, b in zip(
            *map(jax.tree.leaves, (answer, carry.params.params)), strict=True
        )
    )
    row = trial.outcome.trace.rows(None, 48)[-1]
    for column, examples in (("loss", TRAIN), ("held_out_loss", HELD_OUT)):
        expected = float(loss(answer, carry.params.state, examples)[0])
        assert row[column] == pytest.approx(expected, rel=2e-5)


def spec(optimizer, settings=None, **others):
    settings = {"learning_rate": 0.05} if settings is None else settings
    budget = Budget(seconds=60.0, steps=20)
    return Spec(
        Named(f"{batch_norm.__file__}:batch_norm"),
        Named(optimizer, settings),
        budget,
        **others,
    )


def test_a_trial_repeats_bit_for_bit():
    runs = [SpecTrial(Runtime(), spec("adam", batch=Batch(8))) for _ in "ab"]
    (first, rows), (second, again) = (run.run() for run in runs)
    assert (first.end, first.steps) == (second.end, second.steps) == ("budget", 20)
    kept = ("step", "loss", "gradient_norm", "held_out_loss", "gradient")
    assert [[r[k] for k in kept] for r in rows] == [[r[k] for k in kept] for r in again]


@pytest.mark.parametrize("by", ["map", "vmap"])
def test_a_sweep_carries_each_trials_state(runtime, by):
    trials = [
        SweepTrial({"learning_rate": x}, seed) for x in (0.05, 0.1) for seed in (0, 1)
    ]
    traces = sweep(runtime, spec("adam"), trials, by=by)
    for trial, trace in zip(trials, traces, strict=True):
        adam = optax.adam(trial.settings["learning_rate"])
        places = plain_loop(20, optimizer=adam, seed=trial.seed)
        expected = [value for _, _, value in places]
        np.testing.assert_allclose(trace.loss, expected, rtol=1e-4)


def asks(call):
    """Return an optimizer that calls `value_fn` in some way."""

    def update(gradient, state, params=None, *, value_fn, **more):
        del more
        call(value_fn, params)
        return jax.tree.map(lambda g: -0.1 * g, gradient), state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


ASKED = {
    "value": lambda f, x: f(x),
    "gradient": lambda f, x: jax.value_and_grad(f)(x),
    "values": lambda f, x: f.values(jax.tree.map(lambda leaf: leaf[None], x)),
    "jvp": lambda f, x: f.jvp(x, x),
    "hvp": lambda f, x: f.hvp(x, x),
    "hessian": lambda f, x: f.hessian(x),
    "ray": lambda f, x: f.ray(x, x),
    "branch": lambda f, x: jax.lax.cond(x["out"][0] > 0, f, lambda x: 0.0, x),
}


@pytest.mark.parametrize("how", ASKED)
def test_any_call_of_value_fn_is_refused(problem, how):
    with pytest.raises(optimizers.NotApplicable, match="the optimizer calls value_fn"):
        measure(problem, asks(ASKED[how]), steps=3)


CALLERS = {"lbfgs": {}, "optax.lbfgs": {}, "keep_stepping": None, "newton": {}}


@pytest.mark.parametrize("name", CALLERS)
def test_trials_that_call_value_fn_are_skipped(runtime, name):
    record, rows = SpecTrial(runtime, spec(name, CALLERS[name])).run()
    assert (record.end, rows) == ("skipped", [])
    assert "calls value_fn" in record.reason
    assert "batch statistics" in record.reason


@pytest.mark.parametrize("source", ["forward_difference", "random_direction"])
def test_other_gradient_sources_are_skipped(runtime, source):
    record, _ = SpecTrial(runtime, spec("adam", gradient=source)).run()
    assert record.end == "skipped"
    assert f"gradients by {source} take several calls" in record.reason


def test_scipys_methods_are_skipped(runtime):
    record, _ = SpecTrial(runtime, spec("scipy.L-BFGS-B", {})).run()
    assert record.end == "skipped"
    assert "SciPy's methods choose the points" in record.reason


def test_prices_are_those_of_the_loss_at_the_first_state(problem, monkeypatch):
    monkeypatch.setattr(prices, "KINDS", prices.KINDS[:3])
    monkeypatch.setattr(prices, "ROUNDS", 3)
    start = problems.start(problem, jax.random.key(0))
    ordinary, params = problems.at_point(problem, start)
    assert float(ordinary.loss(params, problem.train)) == pytest.approx(
        float(loss(*init(jax.random.key(0)), TRAIN)[0])
    )
    measured = {price.call: price for price in prices.prices(ordinary, params)}
    assert measured["gradient"].flops > measured["forward"].flops > 0


def test_a_profile_shows_all_parts(problem, monkeypatch):
    monkeypatch.setattr(profiles, "ROUNDS", 3)
    table = profiles.profile(problem, ADAM, eager=False)
    assert table.seconds[["forward", "step"]].gt(0).all()
    assert table.attrs["calls"]["gradient"] == 0


def passing(**parts):
    def passed(params, state, batch):
        value, after = loss(params, state, batch)
        return value, after | parts

    return passed


WRONG = {
    "no pair from init": (
        {"init": lambda key: init(key)[0]},
        r"init\(key\) returns no pair, and \(params, state\) is wanted",
    ),
    "a loss alone": (
        {"loss": lambda *given: loss(*given)[0]},
        r"loss\(params, state, train\) returns no pair, and \(loss, state\) is wanted",
    ),
    "another structure": (
        {"loss": passing(more=jnp.ones(2))},
        r"returns a state of another structure than init\(key\)",
    ),
    "another shape": (
        {"loss": passing(mean=jnp.zeros(3))},
        r"returns state\['mean'\] as float32\[3\], and init\(key\) as float32\[4\]",
    ),
    "another type": (
        {"loss": passing(passes=jnp.float32(1))},
        r"returns state\['passes'\] as float32\[\], and init\(key\) as int32\[\]",
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_state_that_is_wrong_is_one_sentence(how):
    functions, words = WRONG[how]
    with pytest.raises(problems.ProblemError, match=words):
        problems.check_made(batch_norm.changed(**functions))


def test_an_evaluation_of_its_own_is_what_counts(places):
    problem = batch_norm.changed(evaluate=batch_norm.evaluate)
    table = measure(problem, ADAM, steps=40)
    for row in table.itertuples():
        params, state, _ = places[int(row.step)]
        for value, examples in ((row.loss, TRAIN), (row.held_out_loss, HELD_OUT)):
            expected = float(batch_norm.evaluate(params, state, examples))
            assert value == pytest.approx(expected, rel=1e-4)


def test_metrics_are_at_the_state():
    problem = batch_norm.changed(evaluate=batch_norm.evaluate)
    params, state, _ = plain_loop(5)[5]
    point = problems.WithState(params, state)
    found = problems.evaluation(problem, point, problem.held_out)
    assert float(found["accuracy"]) == pytest.approx(
        float(batch_norm.metrics(params, state, HELD_OUT)["accuracy"])
    )
    assert float(found["loss"]) == pytest.approx(
        float(batch_norm.evaluate(params, state, HELD_OUT))
    )


CONFIG = """
name = "normed"
budget = {{ steps = 3 }}
problems = [{{ name = "{file}:batch_norm", label = "normed" }}]
[[optimizers]]
name = "adam"
learning_rate = 0.1
[[optimizers]]
name = "lbfgs"
[[optimizers]]
name = "adam"
learning_rate = 0.1
label = "differences"
gradient = "forward_difference"
[[optimizers]]
name = "scipy.L-BFGS-B"
"""


def test_check_says_which_trials_are_skipped(tmp_path, capsys):
    config = tmp_path / "normed.toml"
    config.write_text(CONFIG.format(file=batch_norm.__file__))
    assert main(["check", str(config)]) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" is skipped: ")[0] for line in lines] == [
        '"lbfgs" on "normed"',
        '"differences" on "normed"',
        '"scipy.L-BFGS-B" on "normed"',
    ]
    assert "calls value_fn" in lines[0]


def noisy(params, state, batch, key):
    """A loss with noise, which it also notes in its state."""
    noise = jax.random.normal(key)
    value, after = loss(params, state, batch)
    return value + noise, after | {"noise": noise}


def test_a_loss_with_a_key_carries_the_state_of_the_same_pass(places):
    def start(key):
        params, state = init(key)
        return params, state | {"noise": 0.0}

    problem = batch_norm.changed(init=start, loss=noisy)
    problems.check_made(problem)
    ready, start = ready_program(problem, oracle=Oracle().on(problem))
    few = limits(1, NO_TARGET, NO_LIMITS, ready.program.dtype)
    carry, noises = ready.program.start(start), []
    for _, _, expected in places[:8]:
        done = ready.program(problem, (), carry, few)
        carry = done.carry
        noises.append(float(carry.params.state["noise"]))
        (value,) = done.losses(ready.program.dtype)
        assert value - noises[-1] == pytest.approx(expected, abs=1e-5)
    assert len(set(noises)) == 8


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Normed:
    """The same as a class of a user's."""

    train: Any
    held_out: Any
    stateful: ClassVar[bool] = True

    def init(self, key):
        return init(key)

    def loss(self, params, state, batch):
        return loss(params, state, batch)


def test_a_class_carries_its_state(places):
    table = measure(Normed(TRAIN, HELD_OUT), ADAM, steps=10)
    expected = [value for _, _, value in places[:11]]
    np.testing.assert_allclose(table.loss, expected, rtol=2e-5)


def test_a_mean_in_blocks_has_no_state():
    with pytest.raises(problems.ProblemError, match="block is set, but a state"):
        problems.check_made(batch_norm.changed(block=8))


def test_the_loss_in_float64_is_at_the_carried_state(problem, places):
    params, state, value = places[20]
    exact = Evaluator().exact(problem, problems.WithState(params, state))
    assert exact == pytest.approx(value, rel=1e-5)
    assert exact != float(np.float32(exact))
