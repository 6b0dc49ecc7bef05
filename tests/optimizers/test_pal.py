"""PAL: the points of its authors' code, and the minimum of a line."""

from collections import Counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers

pytestmark = pytest.mark.usefixtures("x64")


def rosenbrock(x: jax.Array) -> jax.Array:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


# Losses after each step from (-1.2, 1), by the authors' class PalOptimizer in float64:
# github.com/cogsys-tuebingen/PAL, PyTorch/pal_optimizer.py at commit 5b020d5e92b7.
PUBLISHED = {
    (0.4, 1 / 0.6): [
        *(8.109693009048137, 8.109693009048137, 6.323321233349497, 4.98778677247887),
        *(4.437100864472467, 4.242094944119893, 4.0911203944652375),
        *(4.048949595826381, 3.9969206575281815, 3.9810014659240784),
    ],
    (0.0, 1.0): [
        *(4.322031924111084, 4.12771631880177, 4.121072279773528, 4.114516790783593),
        *(4.10844485778131, 4.102446857346187, 4.096143552950537),
        *(4.089800345276801, 4.082627191810413, 4.075037529122164),
    ],
}


@pytest.mark.parametrize("settings", PUBLISHED)
def test_the_losses_are_those_of_the_authors_code(
    settings: tuple[float, float], walk: Any, counted: Any
) -> None:
    calls: Counter[str] = Counter()
    optimizer = optimizers.pal(0.1, 1.0, *settings)
    value_fn, start = counted(rosenbrock, calls), jnp.array([-1.2, 1.0])
    _, _, losses = walk(optimizer, rosenbrock, start, 10, value_fn)
    np.testing.assert_allclose(losses[1:], PUBLISHED[settings], rtol=1e-9)
    assert calls == {"forward": 10}


def test_a_parabola_is_left_at_its_minimum(walk: Any) -> None:
    h = np.array([1.0, 2, 5])
    f = lambda x: 0.5 * jnp.sum(h * x**2)  # noqa: E731
    optimizer = optimizers.pal(0.3, 100.0, 0.0, 1.0)
    params, _, _ = walk(optimizer, f, jnp.ones(3), 1)
    np.testing.assert_allclose(params, 1 - (h @ h) / (h**3).sum() * h, rtol=1e-10)


def test_steps_without_a_parabola(walk: Any) -> None:
    def moved(f: Any, x: float) -> float:
        optimizer = optimizers.pal(0.5, 2.0)
        return float(walk(optimizer, f, jnp.asarray(x), 1)[0]) - x

    assert moved(lambda x: -(x**2), 1.0) == pytest.approx(0.5)  # concave: the look
    assert moved(lambda x: (x - 9) ** 2, 1.0) == pytest.approx(2.0)  # the longest
    assert moved(lambda x: jnp.sqrt(x), 0.25) == 0  # the look is NaN
    assert moved(lambda x: 0 * x, 1.0) == 0
