"""A step's profile: its parts, and what each of them holds."""

import jax
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench.core.readings import READINGS, named
from bench.measurement.profile import PARTS, NoStep, Step, profile

from ..small import problem


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr("bench.measurement.profile.ROUNDS", 5)


@pytest.fixture(scope="module")
def rows():
    return problems.make("linear_regression", rows=10_000, columns=50)


def asking(times):
    """Go down the gradient after so many values of the loss, each at another point."""

    def update(updates, state, params, *, value_fn, **_):
        total = jax.numpy.zeros(())
        for _ in range(times):
            elsewhere = jax.tree.map(lambda p, total=total: p + 1e-3 * total, params)
            total = total + value_fn(elsewhere)
        return jax.tree.map(lambda g: -1e-3 * g + 1e-9 * total, updates), state

    init = lambda params: optax.EmptyState()  # noqa: E731
    return optax.GradientTransformationExtraArgs(init, update)


def flops(step):
    """Return the FLOPs of each part of a step, as XLA counts them."""
    given = step._fixed, step._point
    return {
        name: jax.jit(part).lower(*given).compile().cost_analysis()["flops"]
        for name, part in step._parts.items()
    }


def test_the_parts_make_the_step():
    table = profile(problem("himmelblau"), optimizers.make("sgd", learning_rate=1e-3))
    assert list(table.index) == [*PARTS, "step"]
    for loop in ("", "eager_"):
        seconds, share = table[f"{loop}seconds"], table[f"{loop}share"]
        assert seconds[list(PARTS)].sum() == pytest.approx(seconds["step"])
        assert share[list(PARTS)].sum() == pytest.approx(1)
        assert (seconds[["forward", "update", "step"]] > 0).all()
    assert table.eager_seconds["step"] > 10 * table.seconds["step"]


def test_what_is_no_part_of_its_own_is_a_difference(monkeypatch):
    medians = {"forward": 1.0, "gradient": 3.0, "update": 2.5, "step": 7.0}
    monkeypatch.setattr("bench.measurement.profile.medians", lambda *_: medians.copy())
    sgd = optimizers.make("sgd", learning_rate=1e-3)
    seconds = profile(problem("himmelblau"), sgd, eager=False).seconds
    parts = {"forward": 1.0, "backward": 2.0, "update": 2.5, "overhead": 1.5}
    assert seconds.to_dict() == parts | {"step": 7.0}


def test_calls_of_the_optimizer_are_part_of_its_update(rows):
    step = Step(rows, asking(20))
    assert step.calls() == dict.fromkeys(READINGS, 0) | {"forward": 20}
    made = flops(step)
    assert made["update"] == pytest.approx(20 * made["forward"], rel=0.01)


def test_without_them_the_gradient_is_all(rows):
    made = flops(Step(rows, optimizers.make("sgd", learning_rate=1e-3)))
    assert made["update"] < 0.01 * made["forward"] < 0.01 * made["gradient"]


def test_the_eager_loop_may_be_left_out():
    sgd = optimizers.make("sgd", learning_rate=1e-3)
    assert profile(problem("himmelblau"), sgd, eager=False).eager_seconds.isna().all()


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
    expected = dict.fromkeys(READINGS, 0) | {"gradient": 5}
    assert named(stood.readings()[-1]) == expected
    jax.tree.map(np.testing.assert_array_equal, stood.carry[1:], carry[1:])
    _, walked = step._take(carry, 5, moves=1.0)
    assert len(set(walked.losses(np.float32))) == 5


def test_a_first_step_that_leads_nowhere_has_no_profile():
    far = optimizers.make("sgd", learning_rate=1e30)
    with pytest.raises(NoStep, match=r"the loss is (inf|nan) after the first step"):
        profile(problem("rosenbrock"), far)
