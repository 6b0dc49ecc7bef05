"""Landscapes: functions of two variables that can be seen whole, for teaching."""

import math
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..analytic import Analytic, Formula, analytic
from ..settings import DType, Nonnegative
from .problem_set import Class, Member, ProblemSet, fixed

Point = tuple[float, float]

AWAY: Point = (1.25, -0.75)
"""The minimiser of Rastrigin's and Ackley's functions, which have theirs at 0.

There, shrinking the params would solve them without a gradient.
"""
BEALE = (1.5, 2.25, 2.625)
"""The c of Beale's function."""
STEEP = 1000.0
"""κ, the condition number of the ravine."""
COSINE, SINE = math.cos(math.pi / 6), math.sin(math.pi / 6)
"""The direction of the ravine, 30° from the first axis."""
FLOOR: Point = (1.0, 0.5)
"""The minimiser of the ravine."""
HOLE: Point = (1.5, -1.0)
"""The minimiser of the plateau."""
VALLEY = -2.9035340277711770951
"""The least root of 4t³ - 32t + 5, where t⁴ - 16t² + 5t is least."""


def beale(x: jax.Array, data: Any) -> jax.Array:
    """Return c_i - x (1 - yⁱ), i = 1, 2, 3, c the data, float[3]."""
    return data - x[0] * (1 - jnp.stack([x[1], x[1] ** 2, x[1] ** 3]))


def rastrigin(x: jax.Array, data: Any) -> jax.Array:
    """Return Σ_i z_i² + 10 (1 - cos 2πz_i), z = x - data, float[]."""
    z = x - data
    return jnp.sum(z**2 + 20 * jnp.square(jnp.sin(math.pi * z)))


def styblinski_tang(x: jax.Array, data: Any) -> jax.Array:
    """Return ½ Σ_i x_i⁴ - 16 x_i² + 5 x_i, float[]."""
    del data
    return jnp.sum(x**4 - 16 * x**2 + 5 * x) / 2


def ackley(x: jax.Array, data: Any) -> jax.Array:
    """Return 20 (1 - exp(-r/5)) + e - exp(mean cos 2πz), float[].

    z = x - data, and r² is the mean of z_i². At its minimiser it is a cone: it has no
    gradient there, and this one returns 0, a subgradient.
    """
    z = x - data
    square = jnp.mean(z**2)
    away = square > 0
    r = jnp.where(away, jnp.sqrt(jnp.where(away, square, 1.0)), 0.0)
    waves = jnp.mean(-2 * jnp.square(jnp.sin(math.pi * z)))  # mean of cos 2πz, less 1
    return -20 * jnp.expm1(-r / 5) - math.e * jnp.expm1(waves)


def saddle(x: jax.Array, data: Any) -> jax.Array:
    """Return x²/2 + (y² - 4)²/16, float[].

    At (0, 0) it is 1, the gradient is 0 and the Hessian diag(1, -1).
    """
    del data
    return x[0] ** 2 / 2 + jnp.square(x[1] ** 2 - 4) / 16


def ravine(x: jax.Array, data: Any) -> jax.Array:
    """Return (u² + κ v²)/2, (u, v) = x - data turned by 30°, float[]."""
    a, b = x - data
    along, across = COSINE * a + SINE * b, COSINE * b - SINE * a
    return (along**2 + STEEP * across**2) / 2


def plateau(x: jax.Array, data: Any) -> jax.Array:
    """Return 1 - exp(-r²/2), r the distance from the data, float[]."""
    return -jnp.expm1(-jnp.sum(jnp.square(x - data)) / 2)


class Landscape(NamedTuple):
    """A function of two variables, and what is known of it.

    Attributes:
        formula: As of `analytic`.
        start: The usual start.
        least: The least value.
        minima: All points where it is attained.
        kind: Its class.
        source: Where the values are from.
        data: What the formula reads.
        squares: Whether the formula returns residuals.
    """

    formula: Formula
    start: Point
    least: float
    minima: tuple[Point, ...]
    kind: Class
    source: str
    data: tuple[float, ...] = ()
    squares: bool = False


_CLOSED = "closed form"
LANDSCAPES: dict[str, Landscape] = {
    "beale": Landscape(
        beale,
        (1.0, 1.0),
        0.0,
        ((3.0, 0.5),),
        "least squares",
        "Beale, 1958",
        BEALE,
        True,
    ),
    "rastrigin": Landscape(
        rastrigin,
        (3.5, 1.75),
        0.0,
        (AWAY,),
        "nonconvex",
        "Rastrigin, 1974; shifted",
        AWAY,
    ),
    "styblinski_tang": Landscape(
        styblinski_tang,
        (-4.5, -0.5),
        VALLEY**4 - 16 * VALLEY**2 + 5 * VALLEY,
        ((VALLEY, VALLEY),),
        "nonconvex",
        "Styblinski and Tang, 1990; a root of 4t³ - 32t + 5",
    ),
    "ackley": Landscape(
        ackley, (3.5, 1.75), 0.0, (AWAY,), "nonconvex", "Ackley, 1987; shifted", AWAY
    ),
    "saddle": Landscape(
        saddle, (1.5, 1e-3), 0.0, ((0.0, 2.0), (0.0, -2.0)), "nonconvex", _CLOSED
    ),
    "ravine": Landscape(ravine, (-2.0, 0.0), 0.0, (FLOOR,), "convex", _CLOSED, FLOOR),
    "plateau": Landscape(
        plateau, (-2.5, 0.0), 0.0, (HOLE,), "nonconvex", _CLOSED, HOLE
    ),
}

Name = Literal[
    "beale", "rastrigin", "styblinski_tang", "ackley", "saddle", "ravine", "plateau"
]


def landscapes(
    *, problem: Name = "beale", start_scale: Nonnegative = 0.0, dtype: DType = "float32"
) -> Analytic:
    """Make a function of two variables.

    Args:
        problem: Which one; its formula is the docstring of the function of that name.
        start_scale: Standard deviation of what is added to the usual start.
        dtype: Of the params.

    References:
        Beale, "On an iterative method for finding a local minimum of a function of more
        than one variable", 1958. Rastrigin, "Systems of extremal control", 1974.
        Ackley, "A Connectionist Machine for Genetic Hillclimbing", 1987. Styblinski and
        Tang, "Experiments in nonconvex optimization", Neural Networks 3, 1990.
    """
    of = LANDSCAPES[problem]
    return analytic(
        of.formula,
        np.array(of.start),
        data=np.array(of.data) if of.data else (),
        least=of.least,
        minima=of.minima,
        start_scale=start_scale,
        dtype=dtype,
        squares=of.squares,
    )


def _member(name: str) -> Member:
    of = LANDSCAPES[name]
    terms = 3 if of.squares else None
    known = (2, terms, of.kind, of.least, of.source)
    return Member(name, "landscapes", {"problem": name}, *known)


_OF_THE_REGISTRY = (
    ("rosenbrock", "Rosenbrock, 1960"),
    ("himmelblau", "Himmelblau, 1972"),
)
_MEMBERS = (
    *map(_member, LANDSCAPES),
    *(
        Member(name, name, {}, 2, 2, "least squares", 0.0, source)
        for name, source in _OF_THE_REGISTRY
    ),
)
SET = ProblemSet(
    "landscapes",
    "Functions of two variables that can be seen whole, for teaching.",
    "the classics of textbooks, each with its source",
    fixed(*_MEMBERS),
)
