"""Steps on batches see the examples they should, and rows hold the full loss."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench import measure
from bench.core.spec import Batch, Budget, Named, Spec, Target
from bench.measurement.batches import _place, pick, shuffled
from bench.measurement.count import UncountableError
from bench.measurement.oracle import Answers, Oracle
from bench.measurement.runtime import Runtime, SpecTrial

LOGISTIC = {"rows": 50, "columns": 3, "l2": 0.1, "held_out": 0.2}
KEY = jax.random.key(7)


@pytest.fixture(scope="module")
def logistic():
    return problems.make("logistic_regression", **LOGISTIC)  # 40 train


def places(size, count, steps, key=KEY, last="span"):
    """Return the examples of each step, int[steps, size]."""
    batch = Batch(size, last=last)
    draw = jax.jit(jax.vmap(lambda step: shuffled(key, step, batch, count)))
    return np.asarray(draw(jnp.arange(steps)))


@pytest.mark.parametrize("size", [1, 4, 7, 10, 40])
@pytest.mark.parametrize("count", [40, 41])
def test_without_replacement_an_epoch_holds_each_example_once(size, count):
    epochs = 5
    drawn = places(size, count, epochs * count).ravel()[: epochs * count]
    for epoch in drawn.reshape(epochs, count):
        assert sorted(epoch) == list(range(count))


DIVISORS = [(7, 40), (40, 41), (21, 41), (40, 40)]


@pytest.mark.parametrize(("size", "count"), DIVISORS)
def test_what_is_dropped_is_another_part_of_each_epoch(size, count):
    epochs, steps = 30, count // size
    drawn = places(size, count, epochs * steps, last="drop").reshape(epochs, -1)
    times = np.stack([np.bincount(epoch, minlength=count) for epoch in drawn])
    assert times.max() == 1
    assert (times.sum(1) == steps * size).all()
    if count % size:
        dropped = [tuple(np.flatnonzero(epoch == 0)) for epoch in times]
        assert len(set(dropped)) > epochs / 2
        assert (times.sum(0) < epochs).all() or count % size < 3
    assert Batch(size, last="drop").steps_per_epoch(count) == steps


@pytest.mark.parametrize(("size", "count"), DIVISORS)
def test_the_last_batch_is_padded_with_the_first_draws_of_its_epoch(size, count):
    epochs, steps = 10, -(-count // size)
    drawn = places(size, count, epochs * steps, last="pad").reshape(epochs, -1)
    more = steps * size - count
    for epoch in drawn:
        times = np.bincount(epoch, minlength=count)
        twice = np.zeros(count, int)
        twice[epoch[:more]] = 1
        assert np.array_equal(times, 1 + twice)
        assert np.array_equal(epoch[count:], epoch[:more])
    assert len({tuple(epoch) for epoch in drawn}) == epochs
    assert Batch(size, last="pad").steps_per_epoch(count) == steps


def test_where_the_size_divides_the_examples_the_last_batch_is_as_all_others():
    spans, drops, pads = (
        places(8, 40, 17, last=last) for last in ("span", "drop", "pad")
    )
    assert np.array_equal(spans, drops)
    assert np.array_equal(spans, pads)


def test_in_float64_the_same_examples_are_drawn():
    expected = places(7, 40, 30)
    with jax.enable_x64(True):
        assert np.array_equal(places(7, 40, 30), expected)


def test_epochs_are_shuffled_anew_and_all_orders_are_as_likely():
    drawn = places(1, 4, 4 * 6000).reshape(-1, 4)
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    expected = len(drawn) / 24
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert len(counts) == 24
    assert chi_squared < 49.7  # 23 degrees of freedom, 0.1 %


def test_an_example_s_place_in_an_epoch_says_nothing_of_the_next_ones():
    count, epochs = 101, 400
    drawn = places(count, count, epochs)
    next_to = (drawn[:, 1:] - drawn[:, :-1]) % count
    counts = np.bincount(next_to.ravel(), minlength=count)[1:]
    expected = counts.mean()
    assert ((counts - expected) ** 2 / expected).sum() < 149.5  # 99 degrees, 0.1 %
    assert np.corrcoef(np.argsort(drawn[:-1]).ravel(), np.argsort(drawn[1:]).ravel())[
        0, 1
    ] == pytest.approx(0, abs=0.03)


def test_places_in_long_trials_do_not_overflow():
    most = 2**27 - 1
    for step, size, count in [(2**31 - 1, 1000, 1001), (10**9 + 7, most - 1, most)]:
        epoch, offset = _place(jnp.uint32(step), size, count)
        whole, rest = divmod(step * size, count)
        assert (int(epoch), int(offset)) == (whole % 2**32, rest)


def test_with_replacement_is_uniform_seeded_and_repeats(logistic):
    def drawn(seed, steps=500):
        batch = Batch(8, replace=True)
        draw = jax.jit(
            jax.vmap(lambda step: pick(batch, logistic, jax.random.key(seed), step)[0])
        )
        return np.asarray(draw(jnp.arange(steps)))

    np.testing.assert_array_equal(drawn(0), drawn(0))
    assert not np.array_equal(drawn(0), drawn(1))
    first = drawn(0)[:, 0, :]
    counts = np.unique(first, return_counts=True)[1]
    expected = first.size / 40
    assert ((counts - expected) ** 2 / expected).sum() < 72.1  # 39 degrees, 0.1 %
    assert any(len(set(row)) < 8 for row in first)


STREAMS = {
    "linear": ("linear_regression", {"rows": 50, "columns": 3, "condition": 10.0}),
    "blog": ("linear_regression", {"dataset": "blog", "rows": 50, "columns": 3}),
    "sum": ("linear_regression", {"dataset": "sum", "rows": 50, "columns": 3}),
    "logistic": ("logistic_regression", {"rows": 50, "columns": 3}),
    "separable": ("logistic_regression", {"rows": 50, "columns": 3, "separable": True}),
    "mlp": ("mlp", {"rows": 50, "columns": 3}),
    "quadratic": ("quadratic", {"spectrum": [1.0, 2.0], "noise": 1.0, "rows": 50}),
}


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_never_repeats_an_example(case):
    name, settings = STREAMS[case]
    problem = problems.make(name, **settings)
    batch = Batch(16, stream=True)
    draw = jax.jit(jax.vmap(lambda step: pick(batch, problem, KEY, step)[0]))
    fresh = np.concatenate(list(draw(jnp.arange(300))), axis=-1)
    seen = np.concatenate([fresh, problem.train.inputs], axis=-1)
    assert len(np.unique(seen, axis=1).T) == 300 * 16 + problem.train.count


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_is_of_the_training_examples_distribution(case):
    name, settings = STREAMS[case]
    problem = problems.make(name, **(settings | {"rows": 20_000}))
    fresh = problem.draw(KEY, 20_000)
    for ours, theirs in zip(fresh, problem.train, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.shape[:-1] == theirs.shape[:-1]
    ours, theirs = (np.vstack([e.inputs, e.targets]) for e in (fresh, problem.train))
    spread = np.sqrt(np.outer(theirs.std(1) + 1e-9, theirs.std(1) + 1e-9))
    assert (np.abs(ours.mean(1) - theirs.mean(1)) < 0.06 * theirs.std(1) + 1e-6).all()
    assert (np.abs(np.cov(ours) - np.cov(theirs)) < 0.06 * spread**2 / spread).all()
    params = problem.init(jax.random.key(0))
    np.testing.assert_allclose(
        problem.loss(params, fresh), problem.loss(params, problem.train), rtol=0.06
    )


def mean_gradient(problem, batch, steps, seed=0):
    params = problem.init(jax.random.key(1))

    def gradient(step):
        examples = pick(batch, problem, jax.random.key(seed), step)
        return jax.grad(problems.objective(problem, examples))(params)

    return np.asarray(jax.jit(jax.vmap(gradient))(jnp.arange(steps)))


def test_all_examples_at_once_are_the_full_batch(logistic):
    params = logistic.init(jax.random.key(1))
    full = np.asarray(jax.grad(problems.objective(logistic))(params))
    whole = mean_gradient(logistic, Batch(40), 3)
    np.testing.assert_allclose(whole, np.stack([full] * 3), rtol=1e-4, atol=1e-6)
    epoch = mean_gradient(logistic, Batch(8), 5).mean(0)
    np.testing.assert_allclose(epoch, full, rtol=1e-4, atol=1e-6)
    drawn = mean_gradient(logistic, Batch(8, replace=True), 4000)
    error = drawn.std(0) / len(drawn) ** 0.5
    assert (np.abs(drawn.mean(0) - full) < 4 * error).all()


def test_the_gradient_s_variance_is_that_of_one_example_over_the_size(logistic):
    one, four = (
        mean_gradient(logistic, Batch(size, replace=True), 4000).var(0)
        for size in (1, 4)
    )
    np.testing.assert_allclose(one / four, 4, rtol=0.15)


def test_rows_hold_the_full_loss_and_examples_count_the_batch(logistic):
    sgd = optimizers.make("sgd", learning_rate=0.3)
    trace = measure(logistic, sgd, steps=60, batch=8, seed=3)
    params, losses = logistic.init(jax.random.key(3)), []
    key, _ = jax.random.split(jax.random.fold_in(jax.random.key(3), 1))

    @jax.jit
    def after(params, step):
        examples = pick(Batch(8), logistic, key, step)
        gradient = jax.grad(problems.objective(logistic, examples))(params)
        return params - 0.3 * gradient, logistic.loss(params, logistic.train)

    for step in range(61):
        params, loss = after(params, jnp.int32(step))
        losses.append(float(loss))
    assert len(trace) == 61
    np.testing.assert_allclose(trace["loss"], np.array(losses), rtol=1e-5)
    assert (trace["examples"] == 8 * trace["step"]).all()
    assert trace["gradient_norm"].notna().all()


class Stale(NamedTuple):
    """Fails where the value at hand is not the objective's."""

    failed: jax.Array
    reason = "the value is another batch's"


def watch():
    def update(updates, state, params=None, *, value, value_fn, **extra):
        del state, extra
        return updates, Stale(jnp.abs(value - value_fn(params)) > 1e-5)

    def init(params):
        return Stale(jnp.array(False))

    return optax.GradientTransformationExtraArgs(init, update)


def test_a_loss_of_the_last_batch_is_never_reused(logistic):
    search = optax.scale_by_backtracking_linesearch(5, store_grad=True)
    searching = optax.chain(watch(), optax.sgd(1.0), search)
    trace = measure(logistic, searching, steps=10, batch=8)
    assert trace.attrs["end"] == "budget"


def spec(batch, problem=None, **more):
    problem = problem or Named("logistic_regression", LOGISTIC)
    sgd = Named("sgd", {"learning_rate": 0.3})
    return Spec(problem, sgd, batch=batch, **more)


def test_a_target_is_of_the_full_loss(runtime):
    budget = Budget(seconds=5.0, steps=5000, target=Target(suboptimality=1e-2))
    record, rows = SpecTrial(runtime, spec(Batch(8), budget=budget)).run()
    assert record.end == "target"
    assert rows[-1]["loss"] <= record.target_loss
    assert min(row["loss"] for row in rows[:-1]) > record.target_loss
    assert record.steps == rows[-1]["step"] == record.readings["gradient"]
    assert record.examples == 8 * record.steps
    assert record.spec.batch == Batch(8)


def test_seeds_and_lengths_of_differences_share_a_compilation():
    runtime = Runtime()
    budget = Budget(steps=3)
    losses = {
        (seed, length): SpecTrial(
            runtime,
            spec(
                Batch(8),
                seed=seed,
                budget=budget,
                gradient="forward_difference",
                gradient_step=length,
            ),
        )
        .run()[0]
        .final_loss
        for seed in range(2)
        for length in (1e-3, 1.0)
    }
    assert runtime.compilations == 1
    assert len(set(losses.values())) == 4


SKIPPED = {
    "none": (Named("quadratic", {}), Batch(8), "this problem has none"),
    "too many": (None, Batch(41), "more than the 40 training examples"),
    "no stream": (
        Named("logistic_regression", {"dataset": "breast_cancer"}),
        Batch(8, stream=True),
        "a problem that can draw them",
    ),
    "no draw": (Named("rosenbrock", {}), Batch(8, stream=True), "can draw them"),
    "no noise": (Named("quadratic", {}), Batch(8, stream=True), "can draw them"),
}


@pytest.mark.parametrize("case", SKIPPED)
def test_what_has_no_such_batch_is_skipped_with_the_reason(runtime, case):
    problem, batch, words = SKIPPED[case]
    record, _ = SpecTrial(runtime, spec(batch, problem)).run()
    assert record.end == "skipped"
    assert words in record.reason


def test_examples_are_counted_where_the_last_batch_is_padded(logistic):
    sgd = optimizers.make("sgd", learning_rate=0.3)
    trace = measure(logistic, sgd, steps=5, batch={"size": 16, "last": "pad"})
    assert (trace["examples"] == 16 * trace["step"]).all()


def test_more_than_there_are_is_fine_with_replacement(logistic):
    sgd = optimizers.make("sgd", learning_rate=0.3)
    trace = measure(logistic, sgd, steps=2, batch={"size": 100, "replace": True})
    assert trace["examples"].iloc[-1] == 200


class At(NamedTuple):
    step: jax.Array
    seed: jax.Array


def objectives(problem, steps, **oracle):
    """Return the objective of each step."""
    answers = Answers(Oracle(**oracle), problem, ())
    at = At(jnp.int32(0), jnp.int32(3))
    return [answers.at(at, jnp.int32(step), None) for step in range(steps)]


def test_second_batches_are_an_epoch_of_their_own(logistic):
    params = logistic.init(jax.random.key(1))
    steps = objectives(logistic, 8, batch=Batch(5))
    first = np.array([of(params) for of in steps])
    second = np.array([of.second()(params) for of in steps])
    full = float(problems.objective(logistic)(params))
    assert first.mean() == pytest.approx(full, rel=1e-5)
    assert second.mean() == pytest.approx(full, rel=1e-5)
    assert not set(first.tolist()) & set(second.tolist())
    assert float(steps[0].second()(params)) == second[0]


def test_without_batches_the_second_one_is_the_first(logistic):
    (of,) = objectives(logistic, 1)
    assert of.second() is of


def test_a_second_batch_has_the_gradient_source_and_ends_with_its_step(logistic):
    params = logistic.init(jax.random.key(1))
    (of,) = objectives(logistic, 1, batch=Batch(5), gradient="forward_difference")
    second = of.second()
    exact = jax.grad(objectives(logistic, 1, batch=Batch(5))[0].second())(params)
    difference = jax.grad(second)(params)
    np.testing.assert_allclose(difference, exact, atol=1e-2)
    assert not np.array_equal(difference, exact)
    of.close()
    with pytest.raises(UncountableError, match="an earlier step"):
        second(params)


@pytest.mark.parametrize("batch", [5, None])
def test_looks_at_a_second_batch_are_counted(logistic, batch):
    optimizer = optimizers.sls(1e-3, reset="max", second_batch=True)
    rows = measure(logistic, optimizer, steps=3, batch=batch)
    # The loss at the start and one look, because a move that short is low enough.
    assert rows["forward"].iloc[-1] == 3 * 2
