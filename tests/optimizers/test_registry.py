"""One table: every optimizer of the registry in a plain optax loop."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
import pytest

import optimizers

RATE = {"learning_rate": 0.02}
ADAM = {"name": "adam", "learning_rate": 0.1}
SETTINGS: dict[str, dict[str, Any]] = {
    "adam": {"learning_rate": 0.1},
    "adamw": {"learning_rate": 0.1, "weight_decay": 0.01},
    "barzilai_borwein": {"first_move": 0.1},
    "bfgs": {"curvature": 0.5},
    "calculated_step": {},
    "chain": {"chain": [{"name": "optax.clip", "max_delta": 1.0}, ADAM]},
    "dogleg": {"radius": 0.5},
    "gauss_newton": {"learning_rate": 0.9, "backtracking": True},
    "ggn_cg": {"damping": 0.1},
    "keep_stepping": {"learning_rate": 0.02, "impatience": 0.5},
    "keep_stepping_published": {"learning_rate": 0.02, "max_steps": 5, "scale_i": 0.1},
    "keep_vaulting": {"learning_rate": 0.02},
    "keep_vaulting_published": {"learning_rate": 0.002, "max_steps": 1},
    "lbfgs": {},
    "levenberg_marquardt": {"damping": 0.1, "geodesic": True},
    "momentum": {"learning_rate": 0.02, "decay": 0.8},
    "nesterov": {"learning_rate": 0.02, "decay": 0.8},
    "newton": {"damping": 1e-3},
    "newton_cg": {"damping": 1e-3},
    "nonlinear_cg": {"curvature": 0.1},
    "normalized_sgd": {"length": 0.1, "tau": 30.0},
    "pal": {"measuring_step": 0.1, "direction_adaptation": 0.4},
    "partition": {"partition": [ADAM | {"where": {"ndim": 2}}, ADAM]},
    "psgd_kron": {"learning_rate": 0.1},
    "sgd": {"learning_rate": 0.1},
    "shampoo": {"learning_rate": 0.5},
    "soap": {"learning_rate": 0.1},
    "sophia": {"learning_rate": 0.1, "gamma": 0.1},
    "sls": {"max_length": 1.0, "shrink": 0.5},
    "stages": {"stages": [ADAM | {"steps": 5}, {"name": "keep_vaulting"} | RATE]},
    "trust_region_step": {"radius": 0.5},
}


class SumOfSquares:
    """f = Σ r², with r for the optimizers that need it."""

    def __init__(self, residuals: Any):
        self.residuals = residuals

    def __call__(self, params: Any) -> jax.Array:
        return jnp.sum(self.residuals(params) ** 2)


@SumOfSquares
def quadratic(params: Any) -> jax.Array:
    centred = jnp.concatenate([params["a"] - 1, params["b"].ravel() + 1])
    return jnp.sqrt(0.5 * jnp.linspace(0.5, 5, 7, dtype=centred.dtype)) * centred


@SumOfSquares
def logistic(params: Any) -> jax.Array:
    inputs = jax.random.normal(jax.random.key(0), (7, 40), params["a"].dtype)
    labels = jnp.sign(inputs[0] + 0.3 * inputs[1] + 0.1)
    weights = jnp.concatenate([params["a"], params["b"].ravel()])
    margins = labels * (weights @ inputs)
    roots = jnp.sqrt(jnp.logaddexp(0, -margins) / len(margins))
    return jnp.concatenate([roots, 0.05**0.5 * weights])


def start(dtype: Any) -> Any:
    return {"a": jnp.linspace(-0.5, 0.5, 3, dtype=dtype), "b": jnp.ones((2, 2), dtype)}


def stepper(name: str, f: Any) -> tuple[Any, dict[str, float]]:
    """Return a step whose float settings are traced, as in a sweep, and those."""
    settings = SETTINGS[name]
    floats = {k: v for k, v in settings.items() if isinstance(v, float)}
    fixed = {k: v for k, v in settings.items() if k not in floats}

    def step(params: Any, state: Any, floats: Any) -> Any:
        optimizer = optimizers.make(name, **fixed, **floats)
        value, grad = jax.value_and_grad(f)(params)
        updates, state = optimizer.update(
            grad, state, params, value=value, grad=grad, value_fn=f
        )
        return optax.apply_updates(params, updates), state

    return step, floats


def test_the_table_is_the_registry() -> None:
    assert sorted(SETTINGS) == optimizers.names()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_gets_lower_and_compiles_once(name: str) -> None:
    optimizers.check(name, SETTINGS[name])
    for f in (quadratic, logistic):
        step, floats = stepper(name, f)
        step = jax.jit(step)
        params = start(jnp.float32)
        state = optimizers.make(name, **SETTINGS[name]).init(params)
        for _ in range(30):
            params, state = step(params, state, floats)
        assert f(params) < 0.9 * f(start(jnp.float32))
        assert not optimizers.failure(state)
        step(params, state, {k: v / 2 for k, v in floats.items()})
        assert step._cache_size() == 1


@pytest.mark.parametrize("name", sorted(SETTINGS))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.usefixtures("x64")
def test_keeps_tree_and_dtype_where_rates_are_float64(name: str, dtype: str) -> None:
    step, floats = stepper(name, quadratic)
    params = start(dtype)
    state = optimizers.make(name, **SETTINGS[name]).init(params)
    rates = {k: jnp.asarray(v, "float64") for k, v in floats.items()}
    after = jax.eval_shape(step, params, state, rates)
    assert jax.tree.structure(after) == jax.tree.structure((params, state))
    for old, new in zip(
        jax.tree.leaves((params, state)), jax.tree.leaves(after), strict=True
    ):
        assert (new.dtype, new.shape) == (old.dtype, old.shape)
