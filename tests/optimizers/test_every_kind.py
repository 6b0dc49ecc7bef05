"""Every optimizer on every kind of problem: a lower loss, or a reason in words.

An optimizer that cannot be used says so by `NotApplicable`. Every other one has to get
lower within ten steps, keep params finite, and keep their tree and dtype.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
from optimizers.optax_names import SPACES

from .test_registry import SETTINGS

OF_OPTAX: dict[str, dict[str, Any]] = {
    "optax.adamw": {"learning_rate": 0.1},
    "optax.contrib.ademamix": {"learning_rate": 0.1},
    "optax.contrib.muon": {"learning_rate": 0.1},
    "optax.contrib.prodigy": {"estim_lr_coef": 1.0},
    "optax.contrib.schedule_free_adamw": {"learning_rate": 0.1},
    "optax.lbfgs": {},
    "optax.lion": {"learning_rate": 0.1},
    "optax.nadamw": {"learning_rate": 0.1},
    "optax.polyak_sgd": {},
    "optax.rmsprop": {"learning_rate": 0.1},
}
NAMES = sorted(SETTINGS | OF_OPTAX)
STEPS = 10
LARGE = 1_000_000


class Kind(NamedTuple):
    """A kind of problem: where it starts, and the loss at a step, (params, step)."""

    start: Any
    loss: Any


def bowl(x: Any, step: Any) -> jax.Array:
    """Σ c (x - 1)² / 2, curvatures c from 1 to 3."""
    del step
    flat = jnp.concatenate([jnp.ravel(leaf) for leaf in jax.tree.leaves(x)])
    curvatures = jnp.linspace(1, 3, flat.size, dtype=flat.dtype)
    return jnp.sum(curvatures * jnp.square(flat - 1)) / 2


def on_batches(x: Any, step: Any) -> jax.Array:
    """Return the bowl with another centre in each step, near 1."""
    shift = 0.1 * jnp.sin(7.0 * jnp.asarray(step)).astype(x.dtype)
    return bowl(x - shift, step)


TREE = {"a": [jnp.full((2, 3), 2.0), jnp.array(-1.0)], "b": ({"c": jnp.zeros(4)},)}
KINDS = {
    "one parameter": Kind(jnp.array([3.0]), bowl),
    "scalar params": Kind(jnp.array(3.0), bowl),
    "a nested tree": Kind(TREE, bowl),
    "float64": Kind(jnp.array([3.0, -2.0, 0.0]), bowl),
    "batches": Kind(jnp.array([3.0, -2.0, 0.0]), on_batches),
}

# A part of the partition is for matrices, and the others are for sums of squares, or
# for losses of outputs.
NEED_MORE = {"partition", "gauss_newton", "levenberg_marquardt", "dogleg", "ggn_cg"}


def made(name: str) -> Any:
    return optimizers.make(name, **(SETTINGS | OF_OPTAX)[name])


def walked(kind: str, name: str, dtype: Any) -> tuple[jax.Array, Any]:
    """Return the losses at the start and after each step, and the last params."""
    start, loss = KINDS[kind]
    start = jax.tree.map(lambda x: x.astype(dtype), start)
    optimizer = made(name)
    answer = getattr(optimizer, "answer", lambda state, params: params)

    def step(carry: Any, count: Any) -> Any:
        params, state = carry
        f = lambda x: loss(x, count)  # noqa: E731
        value, grad = jax.value_and_grad(f)(params)
        updates, state = optimizer.update(
            grad, state, params, value=value, grad=grad, value_fn=f
        )
        params = optax.apply_updates(params, updates)
        return (params, state), loss(answer(state, params), 0)

    carry, losses = jax.lax.scan(
        step, (start, optimizer.init(start)), jnp.arange(STEPS)
    )
    return jnp.concatenate([loss(start, 0)[None], losses]), carry[0]


def outcome(kind: str, name: str, dtype: Any) -> Any:
    """Return the losses and the params, or the reason why there are none."""
    try:
        return walked(kind, name, dtype)
    except optimizers.NotApplicable as error:
        return str(error)


def test_the_table_is_all_that_can_be_tuned() -> None:
    assert sorted(OF_OPTAX) == sorted(SPACES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_gets_lower_or_says_why_not(kind: str) -> None:
    """All optimizers of a kind are one program."""
    dtype = "float64" if kind == "float64" else "float32"
    with jax.enable_x64(dtype == "float64"):
        reasons: dict[str, str] = {}

        def all_of_them() -> dict[str, Any]:
            found = {name: outcome(kind, name, dtype) for name in NAMES}
            reasons.update({n: r for n, r in found.items() if isinstance(r, str)})
            return {n: r for n, r in found.items() if n not in reasons}

        ran = jax.device_get(jax.jit(all_of_them)())
    assert all(reason.strip() for reason in reasons.values())
    assert set(reasons) <= NEED_MORE, reasons
    bad = {}
    for name, (losses, params) in ran.items():
        leaves = jax.tree.leaves(params)
        right = all(x.dtype == dtype and np.isfinite(x).all() for x in leaves)
        if not (right and losses[-1] < losses[0]):
            bad[name] = losses.tolist()
    assert not bad


def test_every_optimizer_takes_a_million_parameters_or_says_why_not() -> None:
    """Shapes alone: of one long vector, and of a matrix."""
    refused = {}
    for shape in ((LARGE,), (1000, 1000)):
        params = jax.ShapeDtypeStruct(shape, jnp.float32)
        for name in NAMES:
            try:
                optimizer = made(name)
                after = jax.eval_shape(lambda x, o=optimizer: one_step(o, x), params)
                assert (after.shape, after.dtype) == (shape, params.dtype)
            except optimizers.NotApplicable as error:
                refused[name, len(shape)] = str(error)
    by_matrix = {("newton", 2), ("trust_region_step", 2)}
    by_vector = {("newton", 1), ("trust_region_step", 1), ("soap", 1), ("shampoo", 1)}
    assert by_matrix | by_vector <= set(refused)
    for (name, _), reason in refused.items():
        assert "1,000,000" in reason or name in NEED_MORE


def one_step(optimizer: Any, params: Any) -> Any:
    f = lambda x: bowl(x, 0)  # noqa: E731
    value, grad = jax.value_and_grad(f)(params)
    updates, _ = optimizer.update(
        grad, optimizer.init(params), params, value=value, grad=grad, value_fn=f
    )
    return optax.apply_updates(params, updates)
