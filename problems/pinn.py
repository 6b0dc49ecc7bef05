"""A physics-informed net for Poisson's equation in one dimension."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import MinLen

from .data.parts import parts
from .data.tree import TreeExamples
from .layers import Layer, Layers
from .random_start import uniform
from .settings import (
    Count,
    DataSets,
    DType,
    Fraction,
    Positive,
    Seed,
    Size,
    data_set_settings,
    declares,
    never,
    reports,
)
from .tree_loss import Sums, TreeLoss

POINTS_OF_A_BLOCK = 65_536
"""Most points of a pass: of 4 layers of width 256 they need some 5 GB."""
PRESETS: Mapping[str, DataSets] = {
    "small": {"poisson": {"rows": 200, "hidden": (20, 20, 20)}},
    "gpu": {"poisson": {"rows": 100_000, "hidden": (256, 256, 256, 256)}},
}


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class PoissonPINN(TreeLoss):
    """f = (1/m) Σ_i (u''(x_i) + s(x_i))² + (λ/2) (u(0)² + u(1)²), u the net.

    Where f is 0, u solves -u'' = s on (0, 1) with u(0) = u(1) = 0. The source is
    s = Σ_k kπ² sin kπx, so that the solution is u* = Σ_k sin(kπx)/k. The examples are
    the points, float[m]. The metric "relative_error" is ||u - u*||₂/||u*||₂ over them.
    The params are a tuple of `Layer`, with tanh after every layer but the last.

    Attributes:
        widths: 1, the hidden widths, 1.
        frequencies: The numbers k.
        boundary_weight: λ.
    """

    widths: tuple[int, ...] = field(metadata={"static": True}, kw_only=True)
    frequencies: tuple[int, ...] = field(metadata={"static": True}, kw_only=True)
    boundary_weight: float = field(metadata={"static": True}, kw_only=True)

    def init(self, key: jax.Array) -> Layers:
        """Draw weights from U(±√(6/(fan_in + fan_out))); biases are 0."""
        dtype = self.train.tree.dtype

        def layer(key: jax.Array, before: int, after: int) -> Layer:
            bound = (6 / (before + after)) ** 0.5
            weight = uniform(key, (after, before), dtype, bound)
            return Layer(weight, jnp.zeros(after, dtype))

        keys = jax.random.split(key, len(self.widths) - 1)
        return tuple(
            layer(k, *ends) for k, ends in zip(keys, pairwise(self.widths), strict=True)
        )

    @property
    def block(self) -> int:
        """Return the most points of a pass."""
        return POINTS_OF_A_BLOCK

    def residuals(self, params: Layers, examples: TreeExamples) -> jax.Array:
        """Return (u''(x_i) + s(x_i))/√m, √(λ/2) u(0) and √(λ/2) u(1), float[m + 2]."""
        x = examples.whole().tree
        _, source = poisson(self.frequencies, x)
        inside = (net(params, x)[1] + source) / examples.count**0.5
        ends = (self.boundary_weight / 2) ** 0.5 * _at_ends(params)
        return jnp.concatenate([inside, ends])

    @property
    def sums(self) -> Callable[[Layers, TreeExamples], Sums]:
        """Return the function for the sums of squared residuals and of both squares."""
        return partial(_sums, self.frequencies)

    def penalty(self, params: Layers) -> jax.Array:
        """Return (λ/2) (u(0)² + u(1)²), float[]."""
        return self.boundary_weight / 2 * jnp.square(_at_ends(params)).sum()

    def metrics_of(self, means: Sums) -> Sums:
        """Return the relative error in the 2-norm."""
        return {"relative_error": jnp.sqrt(means["error"] / means["size"])}


def _at_ends(params: Layers) -> jax.Array:
    """Return u(0) and u(1), float[2]."""
    return net(params, jnp.arange(2, dtype=params[0].weight.dtype))[0]


def _sums(frequencies: tuple[int, ...], params: Layers, examples: TreeExamples) -> Sums:
    x = examples.tree
    u, curvature = net(params, x)
    solution, source = poisson(frequencies, x)
    return {
        "loss": jnp.square(curvature + source).sum(),
        "error": jnp.square(u - solution).sum(),
        "size": jnp.square(solution).sum(),
    }


def poisson(frequencies: tuple[int, ...], x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return u* = Σ_k sin(kπx)/k and s = -u*'' = Σ_k kπ² sin kπx, float[m] each."""
    waves = {k: jnp.sin(k * jnp.pi * x) for k in frequencies}
    solution = sum((wave / k for k, wave in waves.items()), jnp.zeros_like(x))
    source = sum((k * jnp.pi**2 * w for k, w in waves.items()), jnp.zeros_like(x))
    return solution, source


def net(params: Layers, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return u and u'' at points, float[m] each.

    The net reads 2x - 1. Value, slope and curvature pass through the layers together:
    tanh' = 1 - tanh², tanh'' = -2 tanh tanh'.

    Args:
        params: Layers with tanh after every one but the last.
        x: float[m], in [0, 1].
    """
    h, slope = (2 * x - 1)[None], jnp.full_like(x, 2)[None]
    curvature = jnp.zeros_like(slope)
    for weight, bias in params[:-1]:
        t = jnp.tanh(weight @ h + bias[:, None])
        a, b, first = weight @ slope, weight @ curvature, 1 - t * t
        h, slope, curvature = t, first * a, first * (b - 2 * t * a * a)
    weight, bias = params[-1]
    return (weight @ h + bias[:, None])[0], (weight @ curvature)[0]


def _resolve(size: str = "small", **given: Any) -> dict[str, Any]:
    """Return the settings that depend on the size, with defaults if not given."""
    return data_set_settings(PRESETS[size], "poisson", given)


@declares(resolve=_resolve, without_optimum=never, metrics=reports("relative_error"))
def pinn(
    *,
    size: Size = "small",
    rows: Count | None = None,
    hidden: Annotated[list[Count] | tuple[Count, ...], MinLen(1)] | None = None,
    frequencies: Annotated[list[Count] | tuple[Count, ...], MinLen(1)] = (1, 4),
    boundary_weight: Positive = 100.0,
    held_out: Fraction = 0.5,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> PoissonPINN:
    """Make a physics-informed net for -u'' = s on (0, 1) with u(0) = u(1) = 0.

    Args:
        size: "small" (seconds on two cores) or "gpu" (seconds on a large GPU): the
            defaults of `rows` and `hidden`.
        rows: Total number of points, at (i + 1/2)/rows (200, gpu 100,000).
        hidden: Widths of the hidden layers (3 of 20, gpu 4 of 256).
        frequencies: The numbers k of the solution u* = Σ_k sin(kπx)/k.
        boundary_weight: λ, of the squares of u at the two ends.
        held_out: Share of points at which only the error is evaluated.
        validation: Share of validation points.
        data_seed: Seed of the split.
        dtype: Of points and params.

    References:
        Raissi, Perdikaris and Karniadakis, "Physics-informed neural networks", 2019.
        Rathore et al., "Challenges in training PINNs: A loss landscape perspective",
        2024 (the part of the optimizer).
    """
    settings = _resolve(size, rows=rows, hidden=hidden)
    points = ((np.arange(settings["rows"]) + 0.5) / settings["rows"]).astype(dtype)
    return PoissonPINN(
        *parts(points, held_out, validation, data_seed),
        widths=(1, *settings["hidden"], 1),
        frequencies=tuple(frequencies),
        boundary_weight=boundary_weight,
    )
