"""Models of a user's own functions are measured as the built-in problems are."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench import SweepTrial, measure, sweep, with_gradient_source
from bench.core.readings import named
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement.budget import NO_LIMITS, NO_TARGET
from bench.measurement.call_times import Fixed
from bench.measurement.clock import limits
from bench.measurement.evaluator import Evaluator
from bench.measurement.nominal import nominal
from bench.measurement.oracle import Oracle
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.referee import read_and_executed
from bench.measurement.runtime import SpecTrial

from .. import models
from ..models import MODELS, POINTS

STEPS = 3
OPTIMIZERS = {
    "sgd": optimizers.make("sgd", learning_rate=0.01),
    "adam": optimizers.make("adam", learning_rate=0.01),
    "lbfgs": optimizers.make("lbfgs", memory_size=2, max_linesearch_steps=4),
    "keep_stepping": optimizers.make("keep_stepping", learning_rate=0.01, max_steps=3),
    "newton_cg": optimizers.make("newton_cg", max_hvps=3),
}
# Each model with an optimizer that makes other calls than gradients, all five in turn.
PAIRS = (
    *(("conv", "lbfgs"), ("embedding", "newton_cg"), ("net", "adam")),
    *(("net", "keep_stepping"), ("mixed", "sgd"), ("mixed", "keep_stepping")),
    *(("alone", "lbfgs"), ("conv", "keep_stepping")),
)
made = functools.cache(lambda name: MODELS[name]())


def factory_of(optimizer, problem, batch=None):
    return MadeOptimizer(optimizer, Oracle(batch=batch).on(problem))


@pytest.mark.parametrize(("model", "name"), PAIRS)
def test_the_readings_are_an_independent_count(model, name):
    problem = made(model)
    factory = factory_of(OPTIMIZERS[name], problem)
    params = problem.init(jax.random.key(1))
    ready = ReadyProgram(Program(factory, (), problem, params), (), factory, True)
    read, executed = map(named, read_and_executed(ready, problem, params, STEPS))
    assert read == executed
    assert read["gradient"] >= STEPS
    assert (sum(read.values()) > STEPS) == (name not in ("sgd", "adam"))


def test_every_model_and_optimizer_is_in_a_pair():
    ran = zip(*PAIRS, strict=True)
    assert [set(each) for each in ran] == [set(MODELS), set(OPTIMIZERS)]


def noise():
    """Return f(x) = <x, a draw of the key> + the batch's mean."""

    def loss(params, batch, key):
        drawn = jax.random.normal(key, (3,))
        return params @ drawn + batch.mean()

    return problems.from_functions(
        init=lambda key: jnp.ones(3),
        loss=loss,
        train=POINTS[:, 0],
        evaluate=lambda params, batch: params.sum() + batch.mean(),
    )


def asking_again():
    """Return an optimizer whose state is the spread of calls that should be equal."""

    def update(gradient, state, params=None, *, value, value_fn, **extra):
        del extra
        again, same = jax.value_and_grad(value_fn)(params)
        points = jnp.stack([params, params])
        losses = [value_fn(params), again, *value_fn.values(points)]
        losses.append(value_fn.jvp(params, gradient)[0])
        spread = sum(jnp.abs(loss - value) for loss in losses)
        spread += (
            jnp.abs(same - gradient).sum()
            + jnp.abs(value_fn.hvp(params, gradient)).sum()
        )
        return gradient, jnp.maximum(state, spread)

    return optax.GradientTransformationExtraArgs(lambda params: jnp.zeros(()), update)


@functools.cache
def noisy_program(batch=None):
    problem = noise()
    optimizer = asking_again() if batch else optax.sgd(0.0)
    factory = factory_of(optax.with_extra_args_support(optimizer), problem, batch)
    program = Program(factory, (), problem, jnp.ones(3))
    program.compile()
    return program, problem


def walked(seed, *chunks, batch=None):
    """Return the losses of steps, and the state, of a trial in chunks."""
    program, problem = noisy_program(batch)
    carry, losses = program.start(jnp.ones(3), seed), []
    for steps in chunks:
        few = limits(steps, NO_TARGET, NO_LIMITS, program.dtype)
        done = program(problem, (), carry, few)
        carry = done.carry
        losses += done.losses(program.dtype).tolist()
    return losses, carry


def test_all_calls_of_a_step_see_the_same_key_and_batch():
    losses, carry = walked(0, 5, batch=Batch(4))
    assert float(carry.state) < 1e-6
    assert len(set(losses)) == 5


def test_a_key_follows_from_the_seed_and_the_step_alone():
    assert walked(0, 5)[0] == walked(0, 2, 3)[0] == walked(0, 1, 1, 3)[0]
    steps = np.array([walked(seed, 5)[0] for seed in (0, 1, 2**31)])
    assert len(np.unique(steps)) == steps.size


def test_a_trial_of_a_random_loss_repeats_bit_for_bit():
    first, again = (
        measure(noise(), optax.sgd(0.1), steps=6, batch=4, seed=3) for _ in range(2)
    )
    timed = ["seconds", "measured"]
    assert first.drop(columns=timed).equals(again.drop(columns=timed))
    assert first["loss"].is_unique
    # evaluated: the sum of the params, moved by what was drawn, + the mean
    assert first["loss"][0] == pytest.approx(3 + POINTS[:, 0].mean())


def test_a_random_loss_is_evaluated_by_its_own_function():
    problem = made("conv")
    params = problem.init(jax.random.key(0))
    seen = Evaluator()(problem, params).values
    by_hand = models.conv_evaluate(params, models.images())
    held_out = models.conv_evaluate(params, models.images(4))
    assert seen["loss"] == pytest.approx(float(by_hand), rel=1e-6)
    assert seen["held_out_loss"] == pytest.approx(float(held_out), rel=1e-6)


def spec_of(model, optimizer, **settings):
    place = f"{Path(models.__file__)}:{model}"
    budget = Budget(steps=8, target=Target(loss=0.9))
    return Spec(Named(place), Named(optimizer, settings), budget)


def test_a_sweep_of_a_random_loss_is_its_trials(runtime):
    spec = spec_of("conv", "adam", learning_rate=0.02)
    trials = [SweepTrial({}, seed) for seed in (0, 1)]
    for by in ("map", "vmap"):
        for trial, trace in zip(
            trials, sweep(runtime, spec, trials, by=by), strict=True
        ):
            alone = SpecTrial(runtime, Spec(**vars(spec) | {"seed": trial.seed}))
            record, rows = alone.run()
            assert (record.end, record.steps) == (trace.end, trace.step[-1])
            losses = [row["loss"] for row in rows]
            np.testing.assert_allclose(trace.loss, losses, rtol=1e-5)


def test_a_target_of_a_random_loss_is_confirmed_by_the_loss_that_is_evaluated(runtime):
    record, _ = SpecTrial(runtime, spec_of("conv", "adam", learning_rate=0.02)).run()
    assert record.end == "target"
    assert record.loss_in_float64 == pytest.approx(record.final_loss, rel=1e-6)


def test_methods_of_scipy_skip_a_random_loss_and_one_that_is_not_evaluated(runtime):
    record, _ = SpecTrial(runtime, spec_of("conv", "scipy.L-BFGS-B")).run()
    assert (record.end, record.steps) == ("skipped", 0)
    assert "the loss takes a key" in record.reason
    record, _ = SpecTrial(runtime, spec_of("alone", "scipy.L-BFGS-B")).run()
    assert record.end == "target"


def strict(**more):
    """Return a model whose operations take no two types, on examples in float32."""

    def loss(params, batch):
        fitted = jax.lax.mul(batch["x"], jnp.broadcast_to(params["w"], (20, 3)))
        return jnp.mean((fitted.sum(1) - batch["n"]) ** 2)

    train = {"x": POINTS, "n": np.arange(20)}
    return problems.from_functions(
        init=lambda key: {"w": jax.random.normal(key, (3,))},
        loss=loss,
        train=train,
        **more,
    )


def test_the_loss_in_float64_has_wide_floats_and_whole_numbers_as_they_are():
    params = {"w": np.float32([0.1, 0.2, 0.3])}
    exact = Evaluator().exact(strict(), params)
    fitted = POINTS.astype(float) @ params["w"].astype(float)
    assert exact == pytest.approx(np.mean((fitted - np.arange(20)) ** 2), rel=1e-14)
    assert (
        problems.from_functions(init=jnp.ones, loss=jnp.dot, train=np.arange(3))
        .in_float64()
        .train.tree.dtype
        == jnp.int32
    )


def test_what_has_no_loss_in_float64_has_none():
    def narrow(params, batch):
        return jnp.mean(batch.astype(jnp.float32) @ params.astype(jnp.float32))

    def dropped(params, batch, key):
        return jnp.mean(batch @ params * jax.random.normal(key))

    for loss in (narrow, dropped):
        given = {"init": lambda key: jnp.ones(3), "loss": loss, "train": POINTS}
        problem = problems.from_functions(**given)
        assert Evaluator().exact(problem, np.ones(3, np.float32)) is None


def test_nominal_prices_need_no_features():
    net = made("net")
    prices = nominal(net, problems.shapes_at_start(net))
    assert prices["gradient"] == 3
    assert prices["hessian"] == 6 * (12 + 4 + 1)


@pytest.mark.parametrize("source", ["forward_difference", "central_difference"])
def test_differences_of_params_of_two_dtypes_are_gradients(source):
    problem = made("mixed")
    params = {"w": jnp.float32([0.5, -1, 2]), "b": jnp.asarray(0.3, jnp.bfloat16)}
    f = with_gradient_source(problems.objective(problem), source)
    exact = jax.grad(problems.objective(problem))(params)
    found = jax.jit(jax.grad(f))(params)
    assert found["b"].dtype == jnp.bfloat16
    for name in params:
        pair = np.float32(found[name]), np.float32(exact[name])
        np.testing.assert_allclose(*pair, rtol=2e-2, atol=2e-2)


def test_a_timed_calls_key_is_an_argument_that_no_program_holds():
    fixed, params = Fixed.of(noise()), jnp.ones(3)
    traced = jax.make_jaxpr(lambda fixed, x: fixed.objective()(x))(fixed, params)
    assert "random_bits" in str(traced)
    assert "random_seed" not in str(traced)
    assert Fixed.of(made("net")).key is None


def test_a_model_that_is_made_again_has_the_same_digest(runtime):
    spec = spec_of("conv", "sgd")
    assert len(runtime.arrays(spec)) == 64
    assert runtime.arrays(spec) == runtime.arrays(spec)
