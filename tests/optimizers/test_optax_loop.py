"""Optimizers of optax that comparisons name, in the loop that the harness runs."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest

import optimizers

SETTINGS: dict[str, dict[str, float]] = {
    "optax.adamw": {"learning_rate": 0.05, "weight_decay": 1e-4},
    "optax.contrib.ademamix": {"learning_rate": 0.05, "alpha": 5.0},
    "optax.contrib.muon": {"learning_rate": 0.05},
    "optax.contrib.prodigy": {"estim_lr_coef": 1.0},
    "optax.contrib.schedule_free_adamw": {"learning_rate": 0.1},
    "optax.lion": {"learning_rate": 0.02, "weight_decay": 1e-4},
    "optax.nadamw": {"learning_rate": 0.05, "weight_decay": 1e-4},
    "optax.polyak_sgd": {"max_learning_rate": 0.1},
    "optax.rmsprop": {"learning_rate": 0.02},
}
STEPS = 200


def loss(params: Any) -> jax.Array:
    centred = jnp.concatenate([params["a"] - 1, params["b"].ravel() + 1])
    return 0.5 * jnp.sum(jnp.linspace(0.5, 5, 7, dtype=centred.dtype) * centred**2)


def start(dtype: Any) -> Any:
    return {"a": jnp.linspace(-0.5, 0.5, 3, dtype=dtype), "b": jnp.ones((2, 2), dtype)}


def step(name: str, params: Any, state: Any, numbers: Any) -> Any:
    optimizer = optimizers.make(name, **numbers)
    value, grad = jax.value_and_grad(loss)(params)
    updates, state = optimizer.update(
        grad, state, params, value=value, grad=grad, value_fn=loss
    )
    return optax.apply_updates(params, updates), state


@pytest.mark.parametrize("name", SETTINGS)
def test_gets_lower_at_its_answer_with_traced_settings(name: str) -> None:
    optimizer = optimizers.make(name, **SETTINGS[name])

    @jax.jit
    def walk(numbers: Any) -> Any:
        ends = (start("float32"), optimizer.init(start("float32")))
        params, state = jax.lax.fori_loop(
            0, STEPS, lambda _, now: step(name, *now, numbers), ends
        )
        scored = isinstance(optimizer, optimizers.WithAnswer)
        return optimizer.answer(state, params) if scored else params

    first = loss(start("float32"))
    numbers = {k: jnp.asarray(v) for k, v in SETTINGS[name].items()}
    assert loss(walk(numbers)) < 0.1 * first
    less = loss(walk({k: v * 1e-3 for k, v in numbers.items()}))
    assert 0.1 * first < less < first  # the number that was traced is the one used
    assert walk._cache_size() == 1


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.usefixtures("x64")
def test_keeps_the_parameters_dtype_where_rates_are_float64(
    name: str, dtype: str
) -> None:
    params, numbers = start(dtype), SETTINGS[name]
    state = optimizers.make(name, **numbers).init(params)
    rates = {k: jnp.asarray(v, "float64") for k, v in numbers.items()}
    after, _ = jax.eval_shape(lambda *a: step(name, *a), params, state, rates)
    assert jax.tree.structure(after) == jax.tree.structure(params)
    assert all(leaf.dtype == dtype for leaf in jax.tree.leaves(after))


def test_muon_says_which_arrays_are_adams() -> None:
    def words(params: Any, name: str = "optax.contrib.muon", **nested: Any) -> str:
        return optimizers.stand_in(name, nested, params)

    vector, matrix = np.zeros(3), np.zeros((2, 2))
    assert words({"b": matrix}) == ""
    assert words({"a": vector}) == "Adam stands in for muon: no parameter is a matrix"
    assert "muon on 1 of 2 arrays" in words({"a": vector, "b": matrix})
    inside = {"base": {"name": "optax.contrib.muon", "learning_rate": 0.1}}
    assert words(vector, "optax.apply_if_finite", **inside)
    assert words(vector, "optax.lion") == ""


def test_muons_vectors_are_adams_and_its_matrices_are_not() -> None:
    muon = optimizers.make("optax.contrib.muon", learning_rate=0.1)
    adam = optax.nadam(0.1)
    params = start("float32")
    grad = jax.grad(loss)(params)
    ours, theirs = (
        jax.jit(lambda g, p, o=o: o.update(g, o.init(p), p)[0])(grad, params)
        for o in (muon, adam)
    )
    np.testing.assert_allclose(ours["a"], theirs["a"], rtol=1e-6)
    assert not np.allclose(ours["b"], theirs["b"], rtol=0.1)
