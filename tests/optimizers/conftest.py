"""A plain optax loop, float64, and a count of calls, for the tests of optimizers."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import jax
import optax
import pytest


@pytest.fixture
def x64() -> Iterator[None]:
    """Let JAX hold float64 for one test."""
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


@pytest.fixture
def walk() -> Callable[..., tuple[Any, Any, list[float]]]:
    """Return a function: (optimizer, f, params, steps) to params, state, losses."""

    def walk(
        optimizer: Any, f: Any, params: Any, steps: int, value_fn: Any = None
    ) -> tuple[Any, Any, list[float]]:
        @jax.jit
        def step(params: Any, state: Any) -> Any:
            value, grad = jax.value_and_grad(f)(params)
            updates, state = optimizer.update(
                grad, state, params, value=value, grad=grad, value_fn=value_fn or f
            )
            return optax.apply_updates(params, updates), state, value

        state, losses = optimizer.init(params), []
        for _ in range(steps):
            params, state, value = step(params, state)
            losses.append(float(value))
        return params, state, [*losses, float(f(params))]

    return walk


@pytest.fixture
def counted() -> Callable[[Any, Counter[str]], Any]:
    """Return a function that makes an objective count its calls, by callback."""

    def counted(f: Any, calls: Counter[str]) -> Any:
        def bump(name: str, *_: Any) -> None:
            calls[name] += 1

        class Objective:
            def __call__(self, params: Any) -> jax.Array:
                jax.debug.callback(lambda *a: bump("forward", *a), params)
                return f(params)

            def jvp(self, params: Any, v: Any) -> Any:
                jax.debug.callback(lambda *a: bump("jvp", *a), params, v)
                return jax.jvp(f, (params,), (v,))

            def hvp(self, params: Any, v: Any) -> Any:
                jax.debug.callback(lambda *a: bump("hvp", *a), params, v)
                return jax.jvp(jax.grad(f), (params,), (v,))[1]

        return Objective()

    return counted
