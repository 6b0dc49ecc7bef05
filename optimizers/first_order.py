"""Optimizers that use only the gradient."""

from typing import Annotated, Any, Literal, NamedTuple

import jax
import optax

import factories

from .contract import transformation
from .schedules import at, descend
from .settings import Decay, LogUniform, NonNegative, Positive, Rate, checked
from .tree_math import along, scaled


@checked
def sgd(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e2)],
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - ε_k g_k.

    Args:
        learning_rate: ε, > 0, or a schedule.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: The rate is not positive.
    """
    return optax.with_extra_args_support(descend(learning_rate))


@checked
def momentum(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e2)],
    decay: Decay = 0.9,
    form: Literal["heavy_ball", "average"] = "heavy_ball",
    nesterov: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """Heavy ball: m ← α m + g; average: m ← α m + (1 - α) g; x ← x - ε m.

    Both start at m = 0. The average is not debiased, so it equals the heavy ball
    with the learning rate scaled by (1 - α).

    Args:
        learning_rate: ε, > 0, or a schedule.
        decay: α, in [0, 1).
        form: Which of the two recurrences.
        nesterov: Move by g + α m instead of m; heavy ball only.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range, or `nesterov` with the average.

    References:
        Polyak, "Some methods of speeding up the convergence of iteration methods",
        1964. Sutskever et al., "On the importance of initialization and momentum in
        deep learning", 2013.
    """
    if form == "average" and nesterov:
        words = 'needs form = "heavy_ball"'
        raise factories.FactoryError(words, "nesterov", value="True")
    share = 1 - decay if form == "average" else 1
    chained = optax.chain(_accumulate(decay, share, nesterov), descend(learning_rate))
    return optax.with_extra_args_support(chained)


@checked
def nesterov(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e2)], decay: Decay = 0.9
) -> optax.GradientTransformationExtraArgs:
    """m ← α m + g; x ← x - ε (g + α m).

    It is `momentum` with `nesterov = true`.

    Args:
        learning_rate: ε, > 0, or a schedule.
        decay: α, in [0, 1).

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range.

    References:
        Nesterov, "A method for solving the convex programming problem with convergence
        rate O(1/k²)", 1983, in the form of Sutskever et al., "On the importance of
        initialization and momentum in deep learning", 2013.
    """
    return momentum(learning_rate, decay, nesterov=True)


class MomentumState(NamedTuple):
    """The decayed sum of past gradients, a tree like the parameters."""

    m: Any


def _accumulate(decay: Any, share: Any, nesterov: bool) -> optax.GradientTransformation:
    """m ← decay m + share g; u = m, or g + decay m.

    `optax.trace` would widen a float32 m if `decay` is a traced float64.
    """

    def init(params: optax.Params) -> MomentumState:
        return MomentumState(optax.tree.zeros_like(params))

    def update(
        updates: optax.Updates, state: MomentumState, params: Any = None, **_: Any
    ) -> tuple[optax.Updates, MomentumState]:
        del params
        m = along(scaled(share, updates), decay, state.m)
        return along(updates, decay, m) if nesterov else m, MomentumState(m)

    return transformation(init, update)


@checked
def adam(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e1)],
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Positive = 1e-8,
) -> optax.GradientTransformationExtraArgs:
    """x ← x - ε m̂ / (√v̂ + eps), m̂ and v̂ the debiased averages of g and g².

    Args:
        learning_rate: ε, > 0, or a schedule.
        b1: Decay of the average of g, in [0, 1).
        b2: Decay of the average of g², in [0, 1).
        eps: Added to the root, in units of the gradient, > 0.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range.

    References:
        Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015.
    """
    direction = optax.scale_by_adam(b1, b2, eps)
    chained = optax.chain(direction, descend(learning_rate))
    return optax.with_extra_args_support(chained)


@checked
def adamw(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e1)],
    weight_decay: Annotated[NonNegative, LogUniform(1e-6, 1e-1)] = 1e-4,
    decay_mask: Any = None,
    b1: Decay = 0.9,
    b2: Decay = 0.999,
    eps: Positive = 1e-8,
) -> optax.GradientTransformationExtraArgs:
    """x ← x - ε (m̂ / (√v̂ + eps) + λ x), m̂ and v̂ the debiased averages of g and g².

    Args:
        learning_rate: ε, > 0, or a schedule.
        weight_decay: λ, >= 0.
        decay_mask: The params that decay: a function of the params that returns a tree
            of booleans, such as a `Mask`, or such a tree; None for all. `make` takes a
            table of patterns too: `{ not = ["*bias"] }`.
        b1: Decay of the average of g, in [0, 1).
        b2: Decay of the average of g², in [0, 1).
        eps: Added to the root, in units of the gradient, > 0.

    Returns:
        A transformation of gradients, whose `update` needs `params`.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: a pattern matches none of the params.

    References:
        Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019.
    """
    decay = _decayed(weight_decay)
    if decay_mask is not None:
        decay = optax.masked(decay, decay_mask)
    direction = optax.scale_by_adam(b1, b2, eps)
    chained = optax.chain(direction, decay, descend(learning_rate))
    return optax.with_extra_args_support(chained)


def _decayed(weight_decay: Any) -> optax.GradientTransformation:
    """u = g + λ x, each leaf in its own dtype."""
    return optax.stateless(lambda updates, x: along(updates, weight_decay, x))


@checked
def normalized_sgd(
    length: Annotated[Rate, LogUniform(1e-5, 1e0)], tau: Positive | None = None
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - c_k g_k / ‖g_k‖, c_k = length, or length τ / (τ + k).

    If the gradient is zero there is no direction, and the step is zero.

    Args:
        length: Length of every step (of the first, with `tau`), in units of the
            parameters, > 0, or a schedule.
        tau: Steps until the length has halved; without it the length is constant.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range.
    """

    def lengths(count: jax.Array) -> jax.Array:
        return at(length, count) * (1 if tau is None else tau / (tau + count))

    chained = optax.chain(_unit(), descend(lengths))
    return optax.with_extra_args_support(chained)


def _unit() -> optax.GradientTransformation:
    """u = g / ‖g‖, and 0 where g is 0."""

    def divide(updates: optax.Updates, params: optax.Params | None) -> optax.Updates:
        del params
        norm = optax.tree.norm(updates)
        safe = jax.numpy.where(norm > 0, norm, 1)
        return jax.tree.map(lambda g: g / safe.astype(g.dtype), updates)

    return optax.stateless(divide)
