"""A clipped Newton-like step by an estimate of the Hessian's diagonal."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .objective import hvp
from .schedules import descend
from .settings import Count, Decay, LogUniform, Positive, Rate, checked
from .tree_math import mixed


class SophiaState(NamedTuple):
    """Steps taken, and the averages of g and of the Hessian's diagonal."""

    count: jax.Array
    m: Any
    h: Any


@checked
@calls_value_fn
def sophia(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e1)],
    gamma: Annotated[Positive, LogUniform(1e-3, 1e1)] = 0.01,
    b1: Decay = 0.96,
    b2: Decay = 0.99,
    eps: Positive = 1e-12,
    interval: Count = 10,
    seed: int = 0,
) -> optax.GradientTransformationExtraArgs:
    """x ← x - ε clip(m / max(γ h, eps), 1), m and h averages of g and of diag(H).

    Every `interval` steps, from the first, diag(H) is estimated by u ⊙ (H u) with u of
    random signs. Neither average is debiased. Where h is negative or small the entry is
    clipped: the step is ε in the direction of -m. Weight decay is not included; `chain`
    adds it.

    Args:
        learning_rate: ε, > 0, or a schedule: the longest step in each parameter.
        gamma: γ, > 0; the less, the more entries are clipped.
        b1: Decay of the average of g, in [0, 1).
        b2: Decay of the average of estimates, in [0, 1).
        eps: Least denominator, > 0.
        interval: Steps between two estimates, >= 1.
        seed: Of the random signs.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`; it
        needs one Hessian-vector product every `interval` steps.

    Raises:
        ValueError: A number is out of its range.

    References:
        Liu et al., "Sophia: A Scalable Stochastic Second-order Optimizer for Language
        Model Pre-training", 2023: algorithm 3 with algorithm 1, Sophia-H.
    """

    def init(params: optax.Params) -> SophiaState:
        zeros = optax.tree.zeros_like(params)
        return SophiaState(jnp.zeros([], jnp.int32), zeros, zeros)

    def update(
        updates: optax.Updates,
        state: SophiaState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, SophiaState]:
        del extra_args
        m = mixed(state.m, updates, b1)
        key = jax.random.fold_in(jax.random.key(seed), state.count)

        def estimated() -> Any:
            return mixed(state.h, hutchinson(value_fn, params, key), b2)

        h = jax.lax.cond(state.count % interval == 0, estimated, lambda: state.h)
        step = jax.tree.map(lambda m, h: _clipped(m, h, gamma, eps), m, h)
        return step, SophiaState(state.count + 1, m, h)

    chained = optax.chain(transformation(init, update), descend(learning_rate))
    return optax.with_extra_args_support(chained)


def hutchinson(value_fn: Any, params: Any, key: jax.Array) -> Any:
    """E[u ⊙ (H u)] = diag(H), u of random signs: one draw, a tree like params."""
    signs = jax.random.rademacher
    u = optax.tree.random_like(key, params, signs, dtype=jnp.float32)
    u = jax.tree.map(lambda sign, x: sign.astype(x.dtype), u, params)
    return jax.tree.map(jnp.multiply, u, hvp(value_fn, params, u))


def _clipped(m: jax.Array, h: jax.Array, gamma: Any, eps: Any) -> jax.Array:
    scale = jnp.asarray(gamma, h.dtype) * h
    return jnp.clip(m / jnp.maximum(scale, jnp.asarray(eps, h.dtype)), -1, 1)
