"""Steps in other dtypes than the run's, against loops written here."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench.config.read import read
from bench.core.errors import BenchError
from bench.core.spec import Budget, Named, Precision, Spec, Target
from bench.measurement.clock import Ledger
from bench.measurement.runtime import Runtime, SpecTrial, context

from .. import batch_norm

STEPS = 20
REGRESSION = Named("logistic_regression", {"rows": 200, "columns": 4, "l2": 0.1})


@pytest.fixture(scope="module")
def runtime():
    return Runtime()


def run(runtime, optimizer, precision, **budget):
    spec = Spec(REGRESSION, optimizer, Budget(**{"steps": STEPS, **budget}))
    spec = Spec(**{**vars(spec), "precision": precision})
    trial = SpecTrial(runtime, spec)
    record, rows = trial.run()
    assert record.end not in ("failed", "skipped"), record.reason
    return record, rows, trial


def answer(trial):
    return trial._outcome.params


@pytest.mark.parametrize("kept", ["float32", "bfloat16"])
def test_a_pass_is_computed_in_the_stated_dtype(runtime, kept):
    sgd = Named("sgd", {"learning_rate": 0.5})
    _, _, trial = run(runtime, sgd, Precision(kept, "bfloat16", kept))
    problem = problems.make(REGRESSION.name, **REGRESSION.settings)
    narrow = jax.tree.map(
        lambda x: x.astype("bfloat16") if x.dtype == "float32" else x, problem.train
    )

    @jax.jit
    def step(w):
        gradient = jax.grad(lambda w: problem.loss(w.astype("bfloat16"), narrow))(w)
        return optax.apply_updates(w, -0.5 * gradient)

    w = problem.init(jax.random.key(0)).astype(kept)
    for _ in range(STEPS):
        w = step(w)
    found = answer(trial)
    assert found.dtype == kept
    wide = [np.asarray(x, np.float64) for x in (found, w)]
    np.testing.assert_allclose(*wide, rtol=0.02, atol=0.01)
    exact = answer(run(runtime, sgd, None)[2])
    assert not np.array_equal(wide[0], np.asarray(exact, np.float64))


def test_a_state_is_rounded_between_steps_and_computed_in_its_own_dtype(runtime):
    adam = Named("adam", {"learning_rate": 0.1})
    low = Precision("float32", "float32", "bfloat16")
    record, _, trial = run(runtime, adam, low)
    problem = problems.make(REGRESSION.name, **REGRESSION.settings)
    made = optimizers.make("adam", learning_rate=0.1)

    def rounded(state):
        narrow = (x.astype("bfloat16") for x in jax.tree.leaves(state))
        back = [
            n.astype(x.dtype)
            for n, x in zip(narrow, jax.tree.leaves(state), strict=True)
        ]
        return jax.tree.unflatten(jax.tree.structure(state), back)

    @jax.jit
    def step(w, state):
        gradient = jax.grad(lambda w: problem.loss(w, problem.train))(w)
        updates, state = made.update(gradient, state, w)
        return optax.apply_updates(w, updates), rounded(state)

    w = problem.init(jax.random.key(0))
    state = made.init(w)
    for _ in range(STEPS):
        w, state = step(w, state)
    np.testing.assert_allclose(answer(trial), w, rtol=1e-5, atol=1e-6)
    exact_record, _, exact = run(runtime, adam, None)
    assert np.abs(np.asarray(answer(trial) - answer(exact))).max() > 1e-5
    spec = trial._spec
    with context(spec, runtime.device):
        params = runtime.start(spec)
        ready = runtime.ready(spec, runtime.problem(spec), params, Ledger())
    state = ready.program.start(params).state
    assert {x.dtype.name for x in jax.tree.leaves(state)} == {"bfloat16", "int32"}
    narrow = record.footprint.state_bytes
    assert narrow < exact_record.footprint.state_bytes


def test_losses_and_targets_are_those_of_the_run_s_dtype(runtime):
    target = Target(suboptimality=0.05)
    sgd = Named("sgd", {"learning_rate": 0.5})
    low = Precision("bfloat16", "bfloat16", "bfloat16")
    record, rows, trial = run(runtime, sgd, low, target=target, steps=500)
    problem = problems.make(REGRESSION.name, **REGRESSION.settings)
    assert record.end == "target"
    assert record.optimum == pytest.approx(problem.optimum(), rel=1e-9)
    kept = jnp.asarray(trial._outcome.answer, jnp.float32)
    loss = float(problem.loss(kept, problem.train))
    assert rows[-1]["loss"] == pytest.approx(loss, rel=1e-6)
    assert loss <= record.target_loss
    assert record.loss_in_float64 == pytest.approx(loss, rel=1e-5)


def test_a_schedule_free_answer_is_of_the_state_in_its_own_dtype(runtime):
    free = Named("optax.contrib.schedule_free_sgd", {"learning_rate": 0.5})
    low = Precision("float32", "float32", "bfloat16")
    record, _, _ = run(runtime, free, low)
    assert record.final_loss < record.start_loss


def test_a_model_with_a_state_is_computed_in_the_stated_dtype():
    problem = batch_norm.changed(evaluate=batch_norm.evaluate)
    low = problems.in_precision(problem, "float32", "bfloat16", "bfloat16")
    point = problems.start(low, jax.random.key(0))
    assert {x.dtype.name for x in jax.tree.leaves(point.params)} == {"bfloat16"}
    at, params = problems.at_point(low, point)
    wide = jax.tree.map(lambda x: x.astype("float32"), params)
    exact, _ = problems.at_point(problem, point)
    loss = problems.evaluated_loss(at, params, problem.train)
    assert loss == problems.evaluated_loss(exact, wide, problem.train)
    value, state = at.loss_and_state(params, problem.train)
    assert value.dtype == "float32"
    assert value != exact.loss(wide, problem.train)
    kinds = [x.dtype for x in jax.tree.leaves(state)]
    assert kinds == [x.dtype for x in jax.tree.leaves(point.state)]


CONFIG = """
name = "low"
{}
[budget]
steps = 3
[[problems]]
name = "quadratic"
[[optimizers]]
name = "sgd"
learning_rate = 0.1
"""


@pytest.fixture
def dtypes(tmp_path):
    def of(line):
        (tmp_path / "low.toml").write_text(CONFIG.format(line))
        return read(tmp_path / "low.toml").dtypes

    return of


def test_a_config_states_one_dtype_or_those_of_the_parts(dtypes):
    low = Precision("bfloat16", "bfloat16", "bfloat16")
    assert dtypes('dtype = "bfloat16"') == {"dtype": "float32", "precision": low}
    assert dtypes("") == {"dtype": "float32", "precision": None}
    assert dtypes('precision = { compute = "float32" }')["precision"] is None
    mixed = Precision("float32", "bfloat16", "float32")
    assert dtypes('precision = { compute = "bfloat16" }')["precision"] == mixed
    assert mixed.words == "float32 params, bfloat16 compute, float32 state"
    assert low.words == "bfloat16"


def test_a_step_wider_than_the_run_is_one_line(dtypes):
    with pytest.raises(BenchError, match=r"precision.compute.*needs dtype"):
        dtypes('precision = { compute = "float64" }')
