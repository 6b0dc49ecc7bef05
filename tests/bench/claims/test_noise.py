"""Claims about noise: verdicts flip with numbers, and formulas are those of NumPy."""

import tomllib
from itertools import combinations, permutations
from math import inf, nan
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bench.claims import Number, race
from bench.claims.notes import (
    constant_schedule,
    drifting_target,
    minibatch,
    minibatch_noise,
    momentum_as_minibatch,
    noise_floor,
    one_over_k,
    online,
    sgd_faster,
)
from scipy.linalg import solve_discrete_lyapunov

import optimizers
import problems
from bench.core.spec import Batch
from bench.measurement.batches import pick
from bench.store.run import Run


def stands(predicted, low, high, unit="", form="as it stands"):
    return Number(form, "x", predicted, (low + high) / 2, low, high, unit)


def ratio(low, high, form="as it stands"):
    return stands(nan, low, high, "times", form)


BESIDE = Number("beside", "x", 1.0, 5.0)
VERDICTS = [
    (constant_schedule, [stands(1.0, 1.0, 1.04), ratio(2.0, 3.0)], "holds"),
    (constant_schedule, [stands(1.0, 1.06, 1.2), ratio(2.0, 3.0)], "fails"),
    (constant_schedule, [stands(1.0, 1.0, 1.04), ratio(0.9, 3.0)], "fails"),
    (constant_schedule, [stands(1.0, 1.0, 1.04)], "fails"),
    (one_over_k, [stands(-0.5, -0.54, -0.51), ratio(11, 20)], "holds"),
    (one_over_k, [stands(-0.5, -0.7, -0.6), ratio(11, 20)], "fails"),
    (one_over_k, [stands(-0.5, -0.5, -0.5), ratio(9, 20)], "fails"),
    (online, [stands(0.0, -0.01, 0.02), stands(nan, 0.2, 0.3)], "holds"),
    (online, [stands(0.0, 0.02, 0.03), stands(nan, 0.2, 0.3)], "fails"),
    (online, [stands(0.0, -0.01, 0.02), stands(nan, 0.05, 0.3)], "fails"),
    (sgd_faster, [ratio(2, 3), ratio(0.5, 1, "repaired")], "holds"),
    (sgd_faster, [ratio(0.9, 3), ratio(2, 3, "repaired")], "holds if"),
    (sgd_faster, [ratio(0.9, 3), ratio(0.9, 3, "repaired")], "fails"),
    (minibatch, [ratio(3, 9), ratio(3, 9, "repaired")], "holds"),
    (minibatch, [ratio(3, 20), ratio(3, 20, "repaired")], "holds if"),
    (minibatch, [ratio(1, 9), ratio(1, 9, "repaired")], "fails"),
]
for module in (momentum_as_minibatch, minibatch_noise):
    right, wrong = stands(1.0, 1.0, 1.0), stands(1.0, 1.2, 1.3)
    VERDICTS += [
        (module, [right, wrong._replace(form="repaired")], "holds"),
        (module, [wrong, right._replace(form="repaired")], "holds if"),
        (module, [wrong, wrong._replace(form="repaired")], "fails"),
    ]


@pytest.mark.parametrize(("claim", "numbers", "verdict"), VERDICTS)
def test_a_verdict_comes_from_its_numbers(claim, numbers, verdict):
    said = claim.judge([*numbers, BESIDE])
    assert said == verdict or (verdict == "holds if" and said.startswith("holds if "))


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9])
def test_the_floor_is_that_of_the_stationary_covariance(decay):
    rate, curvature, deviation = 0.7, 1.3, 2.0
    # of (x, m): m ← α m + (1-α)(λ x + ξ), x ← x - ε m
    drive = np.array([-rate * (1 - decay), 1 - decay])
    step = np.array(
        [
            [1 - rate * (1 - decay) * curvature, -rate * decay],
            [(1 - decay) * curvature, decay],
        ]
    )
    covariance = solve_discrete_lyapunov(step, deviation**2 * np.outer(drive, drive))
    found = noise_floor.floor(rate, np.array([curvature]), deviation, decay)
    assert found == pytest.approx(curvature * covariance[0, 0] / 2, rel=1e-12)


def test_reshuffled_epochs_are_the_mean_over_all_orders():
    rate, curvature, xi = 0.4, 1.5, np.array([1.0, -1.0, 2.0, -2.0])
    shrink, orders = 1 - rate * curvature, np.array(list(permutations(xi)))
    driven = np.zeros((len(orders), 5))
    for p in range(4):
        driven[:, p + 1] = shrink * driven[:, p] - rate * orders[:, p]
    squares = np.mean(driven**2, axis=0)
    start = squares[4] / (1 - shrink**8)
    expected = curvature / 2 * (squares + shrink ** (2 * np.arange(5)) * start)
    for p in range(4):
        steps = [p, p + 4]
        found = noise_floor.reshuffled(
            rate, np.array([curvature]), xi.std().item(), 4, steps
        )
        assert found == pytest.approx(expected[p], rel=1e-12)


def test_the_expected_loss_settles_at_floor_and_lag():
    curvatures, rate, drift = np.array([0.5, 2.0]), 0.3, 0.1
    losses = noise_floor.expected(np.full(500, rate), curvatures, 1.5, drift, 3.0)
    assert losses[0] == pytest.approx(9.0 * 2.5 / 2)
    lag = np.sum((drift / rate) ** 2 / curvatures / 2)
    floor = noise_floor.floor(rate, curvatures, 1.5)
    assert losses[-1] == pytest.approx(floor + lag, rel=1e-12)


def test_a_drifting_optimum_adds_to_every_update():
    optimizer = drifting_target.drifting(0.5, 0.25)
    x = jnp.array([1.0, -2.0])
    updates, _ = optimizer.update(jnp.array([2.0, 4.0]), optimizer.init(x), x)
    np.testing.assert_allclose(updates, [-0.75, -1.75])
    assert updates.dtype == x.dtype


@pytest.mark.parametrize("tau", [1.0, 2.5, 20.0])
def test_exponents_are_those_of_the_exact_recursion(tau):
    k = np.array([20_000, 40_000])
    rates = tau / (tau + np.arange(k[-1]))
    losses = noise_floor.expected(rates, np.array([one_over_k.LEAST, 1.0]), 1.0)[k]
    slope = np.log(losses[1] / losses[0]) / np.log((tau + k[1]) / (tau + k[0]))
    assert slope == pytest.approx(one_over_k.exponent(tau), rel=0.02)


def test_at_equality_the_logarithm_has_its_factor():
    tau, k = one_over_k.EQUAL, np.array([2_000, 20_000])
    rates = tau / (tau + np.arange(k[-1]))
    losses = noise_floor.expected(rates, np.array(one_over_k.SPECTRUM), 1.0)[k]
    rise = np.diff((tau + k) * losses) / np.diff(np.log(tau + k))
    assert rise[0] == pytest.approx(one_over_k.factor(), rel=0.01)


def test_without_replacement_the_variance_is_that_of_all_samples():
    x = np.array([0.0, 1.0, 1.5, 4.0, 6.0, 7.0])
    for size in (1, 2, 3, 6):
        means = [np.mean(chosen) for chosen in combinations(x, size)]
        share = np.var(means) / np.var(x)
        assert minibatch_noise.exactly(size, 6, False) == pytest.approx(share)
    assert minibatch_noise.exactly(4, 6, True) == 0.25


def test_batches_across_epochs_are_two_draws():
    x, rng = np.array([0.0, 1.0, 1.5, 4.0, 6.0, 7.0]), np.random.default_rng(0)
    epochs = rng.permuted(np.tile(x, (40_000, 1)), axis=1)
    means = epochs.reshape(-1, 4).mean(axis=1)
    share = np.mean((means - x.mean()) ** 2) / np.var(x)
    assert minibatch_noise.exactly(4, 6, False) == pytest.approx(share, rel=0.03)


def test_the_variance_of_one_example_is_numpys():
    problem = problems.make("logistic_regression", rows=30, columns=3, l2=0.1)
    x, y = (np.asarray(part, np.float64) for part in problem.train)
    w = np.asarray(problem.init(jax.random.key(0)), np.float64)
    gradients = -y / (1 + np.exp(y * (w @ x))) * x
    expected = gradients.var(axis=1).sum()
    found = minibatch_noise._of_one_example(problem)
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_direction_has_the_noise_of_its_batch():
    sgd = optimizers.make("sgd", learning_rate=1.0)
    found = momentum_as_minibatch._variances(sgd, 4, seeds=2, steps=200)
    np.testing.assert_allclose(found, 1 / 4, rtol=0.1)


def trial(rate, steps, loss=1.0, **more):
    settings = {"settings": {"learning_rate": rate}}
    return {"steps_to_target": steps, "best_loss": loss, "optimizer": settings} | more


def test_the_best_rate_reaches_the_target_in_fewest_steps_or_comes_nearest():
    assert race._best([trial(0.1, 9), trial(0.2, 5), trial(0.3, None, 0.0)]) == 0.2
    assert race._best([trial(0.1, None, 0.5), trial(0.2, None, 0.4)]) == 0.2


def test_a_schedule_is_written_as_a_config_reads_it():
    schedule = {"schedule": "one_over_k", "init_value": 0.3, "tau": 100.0}
    assert tomllib.loads(f"x = {race._toml(schedule)}")["x"] == schedule
    assert tomllib.loads(f"x = {race._toml(0.1)}")["x"] == 0.1


def test_a_target_never_reached_costs_infinitely_much():
    ends = {2: "budget", 0: "target", 1: "target"}
    records = tuple(
        {
            "key": str(seed),
            "label": "a",
            "seed": seed,
            "end": end,
            "examples": 10 + seed,
        }
        for seed, end in ends.items()
    )
    run = Run(Path("x"), {}, records, None, {})
    np.testing.assert_array_equal(race.cost(run, "a", "examples"), [10, 11, inf])


def test_training_losses_are_those_of_the_batch_before_its_step():
    settings = {"rows": 50, "columns": 3}
    record = {
        "seed": 3,
        "problem": {"name": "logistic_regression", "settings": settings},
        "optimizer": {"name": "sgd", "settings": {"learning_rate": 0.5}},
        "batch": {"size": 4, "replace": False, "stream": True},
    }
    (found,) = online._training([record])
    problem = problems.make("logistic_regression", **settings)
    x = problem.init(jax.random.key(3))
    key, _ = jax.random.split(jax.random.fold_in(jax.random.key(3), 1))
    for step in range(2):
        batch = pick(Batch(4, stream=True), problem, key, jnp.int32(step))
        value, slope = jax.value_and_grad(problem.loss)(x, batch)
        assert found[step] == pytest.approx(float(value), rel=1e-5)
        x = x - 0.5 * slope
