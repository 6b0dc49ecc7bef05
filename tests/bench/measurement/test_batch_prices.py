"""A price on a batch is that of a call on so many examples, whatever they are."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from bench.core.readings import KINDS, READINGS
from bench.core.spec import Batch, Budget, Named, Spec
from bench.measurement import prices as module
from bench.measurement.call_times import Fixed
from bench.measurement.prices import _first_batch, facts
from problems.data.examples import MappedExamples

ROWS, COLUMNS, SIZE = 4096, 12, 32
LOGISTIC = Named("logistic_regression", {"rows": ROWS, "columns": COLUMNS})
SPEC = Spec(LOGISTIC, Named("sgd", {"learning_rate": 0.1}), Budget(steps=1))
ON_BATCHES = replace(SPEC, batch=Batch(SIZE))
FEW = tuple(KINDS[READINGS.index(name)] for name in ("forward", "gradient"))


@pytest.fixture(autouse=True)
def few_kinds(monkeypatch):
    monkeypatch.setattr(module, "KINDS", FEW)


def by_hand(x, inputs, signs):
    """Return the logistic loss of labels -1 and 1."""
    return jnp.mean(jnp.logaddexp(0, -signs * (x @ inputs)))


def flops_by_hand(size):
    x, inputs = jnp.zeros(COLUMNS), jnp.zeros((COLUMNS, size))
    call = jax.jit(jax.value_and_grad(by_hand)).lower(x, inputs, jnp.ones(size))
    return call.compile().cost_analysis()["flops"]


def test_the_flops_are_those_of_a_program_on_a_batch(runtime):
    price = {p["call"]: p for p in facts(runtime, ON_BATCHES)["prices"]}
    assert price["forward"]["ratio_to_forward"] == 1
    assert price["gradient"]["flops"] == pytest.approx(flops_by_hand(SIZE), rel=0.2)
    assert price["gradient"]["flops"] < flops_by_hand(ROWS) / 50
    assert price["gradient"]["seconds"] > 0


@pytest.mark.parametrize("batch", [Batch(SIZE, stream=True), Batch(SIZE, replace=True)])
def test_the_examples_are_those_of_a_trial_s_first_step(runtime, batch):
    examples = _first_batch(replace(SPEC, batch=batch), runtime.problem(SPEC))
    assert examples.inputs.shape == (COLUMNS, SIZE)
    inputs = np.asarray(runtime.problem(SPEC).train.inputs).T.tolist()
    known = [row in inputs for row in np.asarray(examples.inputs).T.tolist()]
    assert all(known) is not batch.stream


def test_examples_of_a_file_that_is_mapped_are_in_memory(tmp_path, runtime):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "X.npy", rng.standard_normal((200, 3)).astype("float32"))
    np.save(tmp_path / "y.npy", rng.choice([-1.0, 1.0], 200))
    data = {"inputs": str(tmp_path / "X.npy"), "targets": str(tmp_path / "y.npy")}
    data |= {"dataset": "files", "stream": True}
    spec = replace(ON_BATCHES, problem=Named("logistic_regression", data))
    assert isinstance(runtime.problem(spec).train, MappedExamples)
    examples = _first_batch(spec, runtime.problem(spec))
    assert isinstance(examples, problems.Examples)
    assert examples.inputs.shape == (3, SIZE)


def test_a_problem_without_such_batches_has_no_prices(runtime):
    quadratic = Named("quadratic", {"spectrum": [1.0, 2.0]})
    assert facts(runtime, replace(ON_BATCHES, problem=quadratic))["prices"] == []


def test_a_loss_with_a_key_and_one_of_another_precision_are_of_the_batch():
    def loss(params, batch, key):
        return jnp.sum(batch[:, 0] * params) + 0 * jax.random.uniform(key)

    train = jnp.arange(10.0)[:, None]
    made = problems.from_functions(
        init=lambda key: jnp.ones(()), loss=loss, train=train
    )
    half = problems.in_precision(made, "float32", "float32", "bfloat16")
    for problem in (made, half):
        examples = problem.train.take(jnp.asarray([2, 5]))
        fixed = Fixed.of(problem, examples)
        assert fixed.key is not None
        assert float(fixed.objective()(jnp.ones(()))) == 7
