"""The objective that an optimizer receives, and the loss along a line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from .problem import Params, Problem


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Ray:
    """t -> (1/m) Σ_i ℓ(z_i + t d_i, y_i) + c_0 + c_1 t + c_2 t².

    z and d come from two products with the data; a value then costs one loss per
    example, for any number of features.

    Attributes:
        losses: ℓ, (scores, targets) -> float[examples].
        scores: z, float[..., examples].
        rises: d, float[..., examples].
        targets: y, [examples].
        penalty: c, float[3].
    """

    losses: Callable[[jax.Array, jax.Array], jax.Array] = field(
        metadata={"static": True}
    )
    scores: jax.Array
    rises: jax.Array
    targets: jax.Array
    penalty: jax.Array

    def __call__(self, t: jax.Array) -> jax.Array:
        """Return the loss at t, float[]."""
        c = self.penalty
        return self.sum(t) / self.targets.shape[-1] + c[0] + t * (c[1] + t * c[2])

    def slope(self, t: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the loss at t and its derivative by t, both float[]."""
        value, slope = jax.jvp(self, (t,), (jnp.ones_like(t),))
        return value, slope

    def values(self, lengths: jax.Array) -> jax.Array:
        """Return the losses at lengths[i], float[k]."""
        return jax.vmap(self)(lengths)

    def sum(self, t: jax.Array) -> jax.Array:
        """Return Σ_i ℓ(z_i + t d_i, y_i), float[]."""
        return self.losses(self.scores + t * self.rises, self.targets).sum()


def penalty_along(l2: float, params: jax.Array, direction: jax.Array) -> jax.Array:
    """Return the c of (l2/2) ||w + t v||² = c_0 + c_1 t + c_2 t², float[3]."""
    w, v = params.ravel(), direction.ravel()
    return l2 / 2 * jnp.stack([w @ w, 2 * (w @ v), v @ v])


@dataclass(frozen=True, eq=False)  # hashed by identity, so that it can be jitted
class Objective:
    """params -> mean over the examples of the problem's loss + its penalty.

    Every method is the problem's own if it has one, for example in closed form, and
    otherwise differentiates the loss.

    Attributes:
        problem: The problem.
        examples: Those that are averaged over.
        key: Of a loss that takes one, the same in every call; None of any other.
    """

    problem: Problem
    examples: Any
    key: Any = None

    def __call__(self, params: Params) -> jax.Array:
        """Return the loss, float[]."""
        if self.key is None:
            return self.problem.loss(params, self.examples)
        return self.problem.loss(params, self.examples, self.key)  # pyright: ignore[reportCallIssue]

    def and_state(self, params: Params) -> tuple[jax.Array, Any]:
        """Return the loss, float[], and the next state, of an `AtState`."""
        return self.problem.loss_and_state(params, self.examples, self.key)  # pyright: ignore[reportAttributeAccessIssue]

    def jvp(self, params: Params, v: Params) -> tuple[jax.Array, jax.Array]:
        """Return f and the slope <grad f, v>, both float[]."""
        if known := self._known("jvp"):
            return known(params, v, self.examples)
        value, slope = jax.jvp(self, (params,), (v,))
        return value, slope

    def hvp(self, params: Params, v: Params) -> Params:
        """Return (grad² f) v, a tree like `params`."""
        if known := self._known("hvp"):
            return known(params, v, self.examples)
        return jax.jvp(jax.grad(self), (params,), (v,))[1]

    def hessian(self, params: Params) -> jax.Array:
        """Return grad² f, float[n, n], in the order of `ravel_pytree(params)`."""
        if known := self._known("hessian"):
            return known(params, self.examples)
        flat, unravel = ravel_pytree(params)
        return jax.hessian(lambda x: self(unravel(x)))(flat)

    @property
    def residuals(self) -> Callable[[Params], jax.Array] | None:
        """Return params -> r, float[m], with f = Σ r²; None if none are stated.

        The four calls of residuals are there together or not at all.
        """
        known = self._known("residuals")
        if known is None or self.key is not None:
            return None
        return lambda params: known(params, self.examples)

    def jacobian(self, params: Params) -> tuple[jax.Array, jax.Array]:
        """Return r, float[m], and J = dr/dparams, float[m, n].

        Columns are in the order of `ravel_pytree(params)`.
        """
        if known := self._known("jacobian"):
            return known(params, self.examples)
        flat, unravel = ravel_pytree(params)
        return _jacobian(lambda x: self._stated(unravel(x)), flat)

    def residual_jvp(self, params: Params, v: Params) -> tuple[jax.Array, jax.Array]:
        """Return r and J v, both float[m]."""
        return jax.jvp(self._stated, (params,), (v,))

    def residual_vjp(self, params: Params, w: jax.Array) -> tuple[jax.Array, Params]:
        """Return r, float[m], and Jᵀ w, a tree like `params`; the gradient is 2 Jᵀ r.

        Args:
            params: The point.
            w: float[m].
        """
        residuals, pullback = jax.vjp(self._stated, params)
        return residuals, pullback(w)[0]

    @property
    def ggn(self) -> Callable[[Params, Params], Params] | None:
        """Return (params, v) -> (1/m) Σ_i J_iᵀ H_i J_i v, a tree like `params`.

        J_i is the Jacobian of the outputs for example i, H_i the Hessian of its loss in
        the outputs; a penalty adds its own Hessian. For f = Σ r² it is 2 Jᵀ J v. None
        if the problem states neither outputs nor residuals.
        """
        if known := self._known("ggn"):
            return lambda params, v: known(params, v, self.examples)
        return None if self.residuals is None else self._of_residuals

    def _of_residuals(self, params: Params, v: Params) -> Params:
        _, change = self.residual_jvp(params, v)
        product = self.residual_vjp(params, change)[1]
        return jax.tree.map(lambda leaf: 2 * leaf, product)

    def values(self, points: Params) -> jax.Array:
        """Return f at each of k points, float[k].

        Args:
            points: A tree like `params`, with a leading axis of k.
        """
        if known := self._known("values"):
            return known(points, self.examples)
        return jax.vmap(self)(points)

    def ray(self, params: Params, direction: Params) -> Ray | None:
        """Return t -> f(params + t * direction), if that has a closed form.

        None if the problem has no linear scores, or its examples are not in memory.
        """
        known = self._known("ray")
        return known(params, direction, self.examples) if known else None

    def _stated(self, params: Params) -> jax.Array:
        if (residuals := self.residuals) is None:
            raise TypeError("the problem states no residuals")
        return residuals(params)

    def _known(self, name: str) -> Callable[..., Any] | None:
        return getattr(self.problem, name, None)


def _jacobian(
    residuals: Callable[[jax.Array], jax.Array], x: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return r and J, by its columns, or by its rows if they are fewer."""
    rows = jax.eval_shape(residuals, x).size
    if rows < len(x):
        at, pullback = jax.vjp(residuals, x)
        return at, jax.vmap(pullback)(jnp.eye(rows, dtype=at.dtype))[0]
    at, push = jax.linearize(residuals, x)
    return at, jax.vmap(push, out_axes=1)(jnp.eye(len(x), dtype=x.dtype))


def objective(problem: Problem, examples: Any = None, key: Any = None) -> Objective:
    """Return the problem's objective over some examples (default: all of `train`).

    Args:
        problem: The problem.
        examples: As `train`.
        key: Of a loss that takes one; always the same one if it is None.
    """
    return Objective(problem, problem.train if examples is None else examples, key)
