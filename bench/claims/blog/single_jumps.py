"""Single steps on x²/2 + c: how long they are, and what they should be."""

from collections.abc import Iterator
from math import nan
from typing import Any

import jax
import numpy as np

import optimizers
import problems

from ..claim import Number

RATE = 0.1
"""ε of the first move."""
CONSTANTS = (0.0, 1.0, 100.0)
REPAIRED = {
    "keep_vaulting": {"learning_rate": RATE},
    "calculated_step": {"first_look": RATE},
}


def hang_on_the_constant() -> Iterator[Number]:
    """From x = 1 in float64 the published jump is 1 + ε L₁/(L₀ - L₁)."""
    for constant in CONSTANTS:
        start, moved = 0.5 + constant, 0.5 * (1 - RATE) ** 2 + constant
        predicted = 1 + RATE * moved / (start - moved)
        (jump,) = jumps(constant, np.ones(1))
        what = f"published jump on x²/2 + {constant:g}, float64"
        yield Number("repaired", what, predicted, float(jump))


def grow(dtype: str, points: np.ndarray) -> Number:
    """The largest jump is where a loss below 2 falls by a unit in its last place."""
    bits = np.finfo(dtype).nmant + 1
    what = f"largest published jump as progress stops, {dtype}"
    largest = float(np.nanmax(below_two(points)))
    return Number("repaired", what, 1 + RATE * 2.0**bits, largest)


def below_two(points: np.ndarray) -> np.ndarray:
    """Return the published jumps where c is the largest number below 2."""
    two = np.asarray(2, points.dtype)
    return jumps(float(np.nextafter(two, two * 0)), points)


def stay() -> Iterator[Number]:
    """From x = 1 in float64 both repairs go to the minimum, whatever the constant."""
    for constant in CONSTANTS:
        for name, settings in REPAIRED.items():
            (length,) = lengths(name, constant, np.ones(1), **settings)
            what = f"step of {name} on x²/2 + {constant:g}, over ε"
            yield Number("beside", what, 1 / RATE, float(length))
    look = 1e-9
    there = lengths("calculated_step", 1.0, np.ones(1, np.float32), first_look=look)
    what = "step of calculated_step in float32, over a look too short to see"
    yield Number("beside", what, 4.0, float(there[0]) * RATE / look)


def jumps(constant: float, points: np.ndarray) -> np.ndarray:
    """Return the published jump after the first move, nan where there is none."""
    settings = {"learning_rate": RATE, "max_steps": 1}
    jump = lengths("keep_vaulting_published", constant, points, **settings) - 1
    return np.where(jump < 0.5, nan, jump)  # a jump is never below 1


def lengths(
    name: str, constant: float, points: np.ndarray, **settings: Any
) -> np.ndarray:
    """Return how long one step is from each point, in units of ε g."""
    dtype = str(points.dtype)
    with jax.enable_x64(dtype == "float64"):
        given: dict[str, Any] = {"spectrum": [1.0], "constant": constant}
        objective = problems.objective(problems.make("quadratic", dtype=dtype, **given))
        optimizer: Any = optimizers.make(name, **settings)

        def length(x: jax.Array) -> jax.Array:
            value, slope = jax.value_and_grad(objective)(x)
            needs = {"value": value, "grad": slope, "value_fn": objective}
            update, _ = optimizer.update(slope, optimizer.init(x), x, **needs)
            return -update[0] / (RATE * slope[0])

        return np.asarray(jax.jit(jax.vmap(length))(points[:, None]))
