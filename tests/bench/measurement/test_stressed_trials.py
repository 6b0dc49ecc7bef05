"""Trials on problems under stress: counted as ever, with what optimizers see."""

import jax
import numpy as np
import pytest

import optimizers
import problems
from bench import measure

NOISE = {"noise": 0.3}


def trace(stress, name="sgd", steps=4, **settings):
    problem = problems.make("rosenbrock", **({"stress": stress} if stress else {}))
    made = optimizers.make(name, **settings)
    return measure(problem, made, steps=steps, every_step=True)


@pytest.fixture(scope="module")
def plain():
    return trace({}, learning_rate=1e-3)


def test_a_step_of_gradient_descent_is_along_the_rounded_gradient(plain):
    grid = trace({"quantise": 50.0}, learning_rate=1e-3)
    x = [plain[["x1", "x2"]].to_numpy(), grid[["x1", "x2"]].to_numpy()]
    gradient = (x[0][0] - x[0][1]) / 1e-3
    np.testing.assert_allclose(
        (x[1][0] - x[1][1]) / 1e-3, 50 * np.round(gradient / 50), atol=1e-2
    )


def test_noise_depends_on_seed_and_step_and_the_loss_has_none(plain):
    noisy, again = (trace(NOISE, learning_rate=1e-3) for _ in range(2))
    assert noisy["loss"].equals(again["loss"])
    assert noisy["loss"][0] == plain["loss"][0]
    steps = np.diff(noisy[["x1", "x2"]].to_numpy(), axis=0)
    exact = problems.make("rosenbrock")
    gradient = jax.grad(lambda x: exact.loss(x, exact.train))
    at = noisy[["x1", "x2"]].to_numpy()[:-1].astype(np.float32)
    off = steps / -1e-3 - np.array([gradient(x) for x in at])
    lengths = np.linalg.norm(off, axis=1) / [np.linalg.norm(gradient(x)) for x in at]
    assert (lengths > 0.3 * 0.02).all()
    assert (lengths < 0.3 * 5).all()
    assert np.linalg.matrix_rank(off, tol=1e-2) == 2  # another draw each step


@pytest.mark.parametrize("name", ["keep_stepping", "newton", "lbfgs"])
def test_calls_are_those_of_the_same_steps_without_stress(name):
    settings = {"learning_rate": 1e-3} if name == "keep_stepping" else {}
    kinds = ["forward", "gradient", "hessian", "hvp"]
    turned = trace({"rotate": True}, name, 2, **settings)
    usual = trace({}, name, 2, **settings)
    assert turned[kinds].equals(usual[kinds])
    np.testing.assert_allclose(turned["loss"], usual["loss"], rtol=1e-2)


def test_newtons_step_on_a_stressed_gradient_takes_the_exact_hessian():
    seen = trace({"float16_gradients": True}, "newton", 2)
    assert seen["hessian"].iloc[-1] == seen["gradient"].iloc[-1] == 2
    usual = trace({}, "newton", 2)
    np.testing.assert_allclose(seen["loss"], usual["loss"], rtol=0.1, atol=1e-3)


@pytest.mark.parametrize("delay", [1, 3])
def test_a_late_gradient_is_that_of_an_earlier_step(delay):
    rate, steps = 1e-4, 8
    late = trace({"delay": delay}, steps=steps, learning_rate=rate)
    exact = problems.make("rosenbrock")
    gradient = jax.grad(lambda x: exact.loss(x, exact.train))
    at = [np.asarray(exact.init(jax.random.key(0)))]
    for step in range(steps):
        at.append(at[-1] - rate * np.asarray(gradient(at[max(step - delay, 0)])))
    losses = [float(exact.loss(x, exact.train)) for x in at]
    np.testing.assert_allclose(late["loss"], losses, rtol=1e-5)
    assert late["gradient"].tolist() == list(range(steps + 1))


@pytest.mark.parametrize(
    ("name", "words"),
    [("keep_stepping", "calls value_fn"), ("levenberg_marquardt", "takes none")],
)
def test_what_has_no_use_for_late_gradients_is_refused(name, words):
    settings = {"learning_rate": 1e-3} if name == "keep_stepping" else {}
    with pytest.raises(optimizers.NotApplicable, match=words):
        trace({"delay": 1}, name, 2, **settings)


def test_the_answer_of_an_averaging_optimizer_is_its_own_with_late_gradients():
    trial = trace({"delay": 2}, "optax.contrib.schedule_free_sgd", learning_rate=1e-4)
    assert np.isfinite(trial["loss"]).all()
    assert trial["loss"].iloc[-1] < trial["loss"].iloc[0]
