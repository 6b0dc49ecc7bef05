"""Schedules with traced values, and inside one another, beside optax's own."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
from optimizers.make import make

COUNTS = jnp.arange(14)
PARTS = {"warmup_steps": 3, "decay_steps": 11}


@pytest.mark.parametrize(
    "values",
    [
        {"peak_value": 0.5},
        {"peak_value": 0.5, "init_value": 0.1, "end_value": 0.05, "exponent": 2.0},
    ],
)
@pytest.mark.parametrize("parts", [PARTS, PARTS | {"warmup_steps": 0}])
def test_warm_up_and_cosine_are_optaxs_also_with_traced_values(
    values: dict[str, float], parts: dict[str, int]
) -> None:
    @jax.jit
    def rates(values: Any) -> Any:
        return optimizers.warmup_cosine_decay_schedule(**values, **parts)(COUNTS)

    theirs = optax.schedules.warmup_cosine_decay_schedule(
        **({"init_value": 0.0} | values), **parts
    )
    np.testing.assert_allclose(rates(values), theirs(COUNTS), 1e-6, 1e-7)
    by_name = {"schedule": "warmup_cosine_decay_schedule", **values, **parts}
    slopes = jnp.ones(2)
    updates, _ = make("sgd", learning_rate=by_name).update(
        slopes, make("sgd", learning_rate=by_name).init(slopes), slopes
    )
    np.testing.assert_allclose(updates, -rates(values)[0] * slopes, 1e-6)


def test_a_warm_up_longer_than_the_schedule_is_refused() -> None:
    rate = {"schedule": "warmup_cosine_decay_schedule", "peak_value": 0.1}
    rate |= {"warmup_steps": 5, "decay_steps": 5}
    with pytest.raises(optimizers.FactoryError) as caught:
        optimizers.check("sgd", {"learning_rate": rate})
    assert caught.value.key == "learning_rate.warmup_steps"
    assert "5: should be less than decay_steps = 5" in str(caught.value)


def test_schedules_nest_in_lists() -> None:
    inner = [{"schedule": "constant_schedule", "value": v} for v in (0.5, 0.25)]
    joined = {"schedule": "optax.join_schedules", "schedules": inner, "boundaries": [1]}
    optimizer, x = make("sgd", learning_rate=joined), jnp.ones(2)
    state = optimizer.init(x)
    for rate in (0.5, 0.25, 0.25):
        updates, state = optimizer.update(x, state, x)
        np.testing.assert_allclose(updates, -rate * x)


@pytest.mark.parametrize(
    ("rate", "path"),
    [
        ({"schedule": "cosine_decay_schedule", "init_value": 0.1}, "init_value"),
        ({"schedule": "constant_schedule", "value": 0.1}, "value"),
        ({"schedule": "warmup_constant_schedule", "peak_value": 0.1}, "peak_value"),
        ({"schedule": "one_over_k", "init_value": 0.1}, "init_value"),
        ({"schedule": "linear_schedule", "init_value": 0.0}, None),
    ],
)
def test_of_a_schedule_the_greatest_value_is_tuned(rate: Any, path: str) -> None:
    space = optimizers.space("adam", {"learning_rate": rate})
    expected = {f"learning_rate.{path}": (1e-4, 1e1)} if path else {}
    assert space == expected


def test_a_space_holds_those_of_the_optimizers_in_lists() -> None:
    stages = [{"name": "adam", "steps": 3}, {"name": "chain", "chain": []}]
    stages[1]["chain"] = [{"name": "sgd"}, {"name": "optax.clip"}]
    paths = ["stages.0.learning_rate", "stages.1.chain.0.learning_rate"]
    assert list(optimizers.space("stages", {"stages": stages})) == paths
