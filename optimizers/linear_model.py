"""The linear model of residuals at a point, whole or by products with the Jacobian."""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .contract import NotApplicable
from .objective import Residuals
from .tree_math import along, dot, scaled

FULL_UP_TO = 500
"""Parameters up to which `auto` computes the Jacobian."""
MOST_FULL = 5_000
"""Parameters above which no triangle of their square is kept."""
Form = Literal["auto", "full", "products"]


def by_products(form: Form, params: optax.Params) -> bool:
    """Return whether the Jacobian is only multiplied with.

    Raises:
        NotApplicable: `full` is asked for, of too many parameters.
    """
    n = optax.tree.size(params)
    if form == "full":
        refuse_large(params)
    return form == "products" or (form == "auto" and n > FULL_UP_TO)


def refuse_large(params: optax.Params) -> None:
    """Raise NotApplicable if the triangle would have too many entries."""
    n = optax.tree.size(params)
    if n > MOST_FULL:
        raise NotApplicable(
            f"{n:,} parameters need a triangle of {n * n:,} entries; "
            f"at most {MOST_FULL:,} parameters are taken."
        )


class LinearModel(NamedTuple):
    """‖r + J p‖² = ‖R p + q‖² + a constant, with J = Q R and q = Qᵀ r.

    J itself has a row for each residual; R and q are as small as the parameters, and no
    digits are lost as in JᵀJ.

    Attributes:
        triangle: R, float[n, n].
        projected: q, float[n].
        loss: ‖r‖², float[].
    """

    triangle: jax.Array
    projected: jax.Array
    loss: jax.Array

    @classmethod
    def blank(cls, params: optax.Params) -> "LinearModel":
        """Return a model of zeros, before any is known."""
        n, dtype = optax.tree.size(params), model_dtype(params)
        zeros = jnp.zeros([n, n], dtype), jnp.zeros([n], dtype)
        return cls(*zeros, jnp.zeros([], dtype))

    @classmethod
    def at(cls, residuals: Residuals, params: optax.Params) -> "LinearModel":
        """Return the model at a point; one Jacobian."""
        dtype = model_dtype(params)
        r, jacobian = residuals.jacobian(params)
        r, jacobian = r.astype(dtype), jacobian.astype(dtype)
        triangle, projected = _triangle(jacobian, r)
        return cls(triangle, projected, jnp.vdot(r, r))

    def scales(self) -> jax.Array:
        """Return the lengths of the Jacobian's columns, float[n]."""
        return jnp.linalg.norm(self.triangle, axis=0)

    def image(self, step: jax.Array) -> jax.Array:
        """Return R p, as long as J p."""
        return self.triangle @ step

    def half_gradient(self) -> jax.Array:
        """Return Jᵀ r, float[n]."""
        return self.triangle.T @ self.projected

    def least(self, scales: jax.Array) -> jax.Array:
        """Return the p of least ‖r + J p‖, and of least ‖D p‖ among several.

        Args:
            scales: D, float[n], > 0.
        """
        return jnp.linalg.lstsq(self.triangle / scales, -self.projected)[0] / scales

    def damped(self, weights: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the p of least ‖r + J p‖² + ‖w p‖², and R of (R, w) by QR.

        Args:
            weights: w, float[n], > 0.
        """
        rows = jnp.vstack([self.triangle, jnp.diag(weights)])
        right = jnp.concatenate([self.projected, jnp.zeros_like(self.projected)])
        triangle, projected = _triangle(rows, right)
        return -_solved(triangle, projected), triangle


def solved_twice(triangle: jax.Array, right: jax.Array) -> jax.Array:
    """Return (RᵀR)⁻¹ b, float[n]."""
    return _solved(triangle, _solved(triangle, right, transposed=True))


def _solved(
    triangle: jax.Array, right: jax.Array, transposed: bool = False
) -> jax.Array:
    trans = 1 if transposed else 0
    return jax.scipy.linalg.solve_triangular(triangle, right, trans=trans)


def _triangle(rows: jax.Array, right: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return R of A = Q R, float[n, n], and Qᵀ b, float[n], without Q.

    Rows of zeros are added to an A of fewer rows than columns.
    """
    n = rows.shape[1]
    both = jnp.column_stack([rows, right])
    missing = max(0, n + 1 - len(both))
    both = jnp.pad(both, ((0, missing), (0, 0)))
    whole = jnp.linalg.qr(both, mode="r")
    return whole[:n, :n], whole[:n, n]


def model_dtype(params: optax.Params) -> Any:
    """Return the dtype of a model: that of the params, of at least 32 bits."""
    return jnp.result_type(jnp.float32, *jax.tree.leaves(params))


class Solved(NamedTuple):
    """p with (JᵀJ + μ s I) p ≈ b.

    Attributes:
        step: p, a tree like the params.
        fall: ‖r‖² - ‖r + J p‖² where b = -Jᵀ r, float[].
    """

    step: Any
    fall: jax.Array


class _Iterate(NamedTuple):
    products: jax.Array
    step: Any  # p
    rest: Any  # b - (JᵀJ + μ s I) p
    direction: Any  # d
    square: jax.Array  # ‖rest‖²
    scale: jax.Array  # s
    ended: jax.Array


def solve_by_products(
    residuals: Residuals,
    params: optax.Params,
    downhill: Any,
    tolerance: Any,
    most: int,
    damping: Any = 0.0,
) -> Solved:
    """(JᵀJ + μ s I) p = b by conjugate gradients, s = ‖J b‖² / ‖b‖².

    Each iteration needs a product with J and one with Jᵀ. The iteration ends where the
    rest is at most `tolerance` ‖b‖.

    Args:
        residuals: Those of the objective.
        params: The point of J.
        downhill: b = -Jᵀ r, a tree like the params.
        tolerance: Rest at which to stop, as a share of ‖b‖.
        most: Most iterations.
        damping: μ.
    """
    start = dot(downhill, downhill)
    damping = jnp.asarray(damping, start.dtype)
    goal = jnp.asarray(tolerance, start.dtype) ** 2 * start

    def iterate(now: _Iterate) -> _Iterate:
        image = residuals.jvp(params, now.direction)[1]
        back = residuals.vjp(params, image)[1]
        bent = jnp.vdot(image, image).astype(start.dtype)
        length = dot(now.direction, now.direction)
        scale = jnp.where(now.products == 0, bent / length, now.scale)
        curvature = bent + damping * scale * length
        ratio = jnp.where(curvature > 0, now.square / curvature, 0)
        step = along(now.step, ratio, now.direction)
        rest = along(now.rest, -ratio, back)
        rest = along(rest, -ratio * damping * scale, now.direction)
        square = dot(rest, rest)
        direction = along(rest, square / now.square, now.direction)
        ended = ~(square > goal) | ~(curvature > 0)
        return _Iterate(now.products + 1, step, rest, direction, square, scale, ended)

    zero = optax.tree.zeros_like(downhill)
    none = jnp.zeros_like(start)
    begin = _Iterate(
        jnp.asarray(0), zero, downhill, downhill, start, none, ~(start > 0)
    )
    done = jax.lax.while_loop(
        lambda now: ~now.ended & (now.products < most), iterate, begin
    )
    fall = dot(done.step, downhill) + dot(done.step, done.rest)
    fall += damping * done.scale * dot(done.step, done.step)
    return Solved(done.step, fall)


def loss_and_downhill(residuals: Residuals, params: optax.Params) -> Any:
    """Return ‖r‖² and -Jᵀ r, in one pass back and forth."""
    r, half = residuals.half_gradient(params)
    r = r.astype(model_dtype(params))
    return jnp.vdot(r, r), scaled(-1, half)


def loss_at(residuals: Residuals, params: optax.Params) -> jax.Array:
    """Return ‖r‖² at a point, float[]; one call of the residuals."""
    r = residuals(params).astype(model_dtype(params))
    return jnp.vdot(r, r)


def as_tree(step: jax.Array, params: optax.Params) -> Any:
    """Return a flat step as a tree like the params."""
    flat, unravel = ravel_pytree(params)
    return unravel(step.astype(flat.dtype))
