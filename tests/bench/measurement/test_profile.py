"""A step's profile: its parts, and what each of them holds."""

import jax
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench.core.readings import READINGS
from bench.measurement.profile import PARTS, NoStep, Step, profile

from ..small import problem


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr("bench.measurement.profile.ROUNDS", 5)


@pytest.fixture(scope="module")
def rows():
    return problems.make("linear_regression", rows=10_000, columns=50)


def asking(times):
    """Walk down the gradient after so many looks at the loss, each elsewhere."""

    def update(updates, state, params, *, value_fn, **_):
        def look(i, seen):
            return seen + value_fn(jax.tree.map(lambda p: p + 1e-3 * seen, params))

        seen = jax.lax.fori_loop(0, times, look, jax.numpy.zeros(()))
        return jax.tree.map(lambda g: -1e-3 * g + 1e-9 * seen, updates), state

    init = lambda params: optax.EmptyState()  # noqa: E731
    return optax.GradientTransformationExtraArgs(init, update)


def test_the_parts_make_the_step():
    table = profile(problem("himmelblau"), optimizers.make("sgd", learning_rate=1e-3))
    assert list(table.index) == [*PARTS, "step"]
    for loop in ("", "eager_"):
        seconds, share = table[f"{loop}seconds"], table[f"{loop}share"]
        assert seconds[list(PARTS)].sum() == pytest.approx(seconds["step"])
        assert share[list(PARTS)].sum() == pytest.approx(1)
        assert (seconds[["forward", "update", "step"]] > 0).all()
    assert table.eager_seconds["step"] > 10 * table.seconds["step"]


def test_calls_of_the_optimizer_are_part_of_its_update(rows):
    table = profile(rows, asking(20), eager=False)
    assert table.attrs["calls"] == dict.fromkeys(READINGS, 0) | {"forward": 20}
    seconds = table.seconds
    assert 6 * seconds.forward < seconds["update"] < 70 * seconds.forward
    assert seconds["update"] > 0.5 * seconds.step


def test_without_them_the_gradient_is_all(rows):
    sgd = optimizers.make("sgd", learning_rate=1e-3)
    table = profile(rows, sgd, eager=False)
    assert table.share["update"] < 0.05
    assert table.seconds.forward + table.seconds.backward > 0.2 * table.seconds["step"]
    assert table.eager_seconds.isna().all()


def test_what_a_line_search_hands_on_is_its_own():
    search = optax.scale_by_backtracking_linesearch(5, store_grad=True)
    table = profile(
        problem("quadratic"), optax.chain(optax.sgd(0.5), search), eager=False
    )
    assert list(table.share[["forward", "backward"]]) == [0, 0]
    assert table.attrs["calls"]["gradient"] > 0
    assert table.seconds["update"] > 0


def test_the_step_is_taken_from_the_same_point_over_and_over():
    step = Step(problem("rosenbrock"), optimizers.make("adam", learning_rate=0.1))
    carry = step._after
    _, stood = step._take(carry, 5, moves=0.0)
    assert len(set(stood.losses(np.float32))) == 1
    assert list(stood.readings()[-1]) == [0, 0, 5, 0, 0, 0]
    jax.tree.map(np.testing.assert_array_equal, stood.carry[1:], carry[1:])
    _, walked = step._take(carry, 5, moves=1.0)
    assert len(set(walked.losses(np.float32))) == 5


def test_a_first_step_that_leads_nowhere_has_no_profile():
    far = optimizers.make("sgd", learning_rate=1e30)
    with pytest.raises(NoStep, match=r"the loss is (inf|nan) after the first step"):
        profile(problem("rosenbrock"), far)
