"""The published loops against transliterations in NumPy and in PyTorch."""

from collections import Counter
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import optimizers

pytestmark = pytest.mark.usefixtures("x64")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4))
Y = X @ np.array([1.0, -2.0, 0.5, 3.0]) + 0.1 * RNG.normal(size=50)
START = RNG.normal(size=4)

CASES = [
    ("keep_stepping_published", {"learning_rate": 0.01}),
    ("keep_stepping_published", {"learning_rate": 0.02, "max_steps": 3}),
    ("keep_stepping_published", {"learning_rate": 0.02, "scale_i": 2.0}),
    ("keep_stepping_published", {"learning_rate": 0.9, "scale_i": 0.3}),
    ("keep_vaulting_published", {"learning_rate": 0.01, "max_steps": 10}),
    ("keep_vaulting_published", {"learning_rate": 0.05, "max_steps": 2}),
]


def mse(w: Any) -> Any:
    return jnp.mean((jnp.asarray(X) @ w - jnp.asarray(Y)) ** 2)


def transliterated(f: Any, g: Any, x: Any, name: str, s: Any) -> Any:
    """Return x after one step; f counts its own calls."""
    lr, max_steps = s["learning_rate"], s.get("max_steps", 20)
    scale_i = s.get("scale_i", 0)
    old = f(x)
    x = x - lr * g
    new = f(x)
    losses, i = [old, new], 0
    while new < old and i < max_steps:
        if name == "keep_stepping_published":
            x = x - lr * (1 - scale_i * np.sqrt(i)) * g
        else:
            first = (losses[-1] - losses[-2]) / lr
            second = (losses[-1] - first) / lr
            jump = -second / first * lr
            x = x - lr * jump * g
        old, new = new, f(x)
        losses.append(new)
        i += 1
    return x


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_moves_and_calls_are_those_of_the_numpy_code(
    name: str, settings: Any, walk: Any, counted: Any
) -> None:
    calls, theirs = Counter(), Counter()

    def f(w: Any) -> Any:
        theirs["forward"] += 1
        return np.mean((X @ w - Y) ** 2)

    x = START
    for _ in range(5):
        g = 2 / len(Y) * X.T @ (X @ x - Y)
        x = transliterated(f, g, x, name, settings)
    optimizer, start = optimizers.make(name, **settings), jnp.asarray(START)
    ours, _, _ = walk(optimizer, mse, start, 5, counted(mse, calls))
    np.testing.assert_allclose(ours, x, rtol=1e-10)
    assert calls == theirs


@pytest.mark.parametrize(("name", "settings"), CASES[3:5])
def test_moves_are_those_of_the_pytorch_code(
    name: str, settings: Any, walk: Any
) -> None:
    torch = pytest.importorskip("torch")
    inputs, targets = torch.tensor(X), torch.tensor(Y)

    def f(w: Any) -> Any:
        return torch.mean((inputs @ w - targets) ** 2)

    x = torch.tensor(START)
    for _ in range(5):
        w = x.clone().requires_grad_(True)
        (g,) = torch.autograd.grad(f(w), w)
        x = transliterated(f, g, x, name, settings)
    ours, _, _ = walk(optimizers.make(name, **settings), mse, jnp.asarray(START), 5)
    np.testing.assert_allclose(ours, x.numpy(), rtol=1e-10)


def test_scale_two_walks_back_to_one_step_of_sgd(walk: Any, counted: Any) -> None:
    """Moves are ε, ε, -ε and then the loss has risen: a net step of ε, 4 calls."""
    calls = Counter()
    optimizer = optimizers.keep_stepping_published(0.01, scale_i=2.0)
    start = jnp.asarray(START)
    ours, _, _ = walk(optimizer, mse, start, 1, counted(mse, calls))
    sgd, _, _ = walk(optimizers.sgd(0.01), mse, start, 1)
    np.testing.assert_allclose(ours, sgd, rtol=1e-12)
    assert calls["forward"] == 4
