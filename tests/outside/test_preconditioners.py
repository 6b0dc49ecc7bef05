"""SOAP, Shampoo and Kronecker-factored PSGD beside the code of others."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
from optimizers.psgd_kron import changed, preconditioned

from .preconditioners import (
    COLUMNS,
    GRADIENT,
    KRON,
    NOISE,
    SHAMPOO,
    SOAP,
    START,
    A,
    B,
)


def loss(x):
    away = jnp.array(A) @ x @ jnp.array(B) - 1
    return jnp.sum(jnp.square(away)) / 2 + jnp.sum(jnp.sin(x))


@pytest.fixture
def x64():
    """Let arrays be float64."""
    with jax.enable_x64(True):
        yield


def losses(optimizer, steps):
    """Return f after each step from the start."""

    def step(carry, _):
        x, state = carry
        update, state = optimizer.update(jax.grad(loss)(x), state, x)
        x = optax.apply_updates(x, update)
        return (x, state), loss(x)

    start = jnp.array(START)
    carry = start, optimizer.init(start)
    return np.asarray(jax.lax.scan(step, carry, length=steps)[1])


@pytest.mark.usefixtures("x64")
def test_soap_makes_the_steps_of_its_authors_code():
    found = losses(optimizers.soap(0.1, interval=3), len(SOAP))
    # The rounding of zeros in the eigenbasis of the first gradient is not the same.
    assert found == pytest.approx(SOAP, rel=1e-7)


@pytest.mark.usefixtures("x64")
def test_shampoo_makes_the_steps_of_another_implementation():
    found = losses(optimizers.shampoo(0.5, 1e-12), len(SHAMPOO))
    assert found == pytest.approx(SHAMPOO, rel=1e-9)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("kind", KRON)
def test_psgd_changes_its_factors_as_another_implementation(kind):
    rows, new_rows, new_columns, expected = KRON[kind]
    factors = jnp.array(rows), jnp.array(COLUMNS)
    gradient, noise = jnp.array(GRADIENT), jnp.array(NOISE)
    factors = changed(factors, gradient, noise, 0.1)
    assert np.asarray(factors[0]) == pytest.approx(np.array(new_rows), rel=1e-12)
    assert np.asarray(factors[1]) == pytest.approx(np.array(new_columns), rel=1e-12)
    moved = preconditioned(factors, gradient)
    assert np.asarray(moved) == pytest.approx(np.array(expected), rel=1e-12)
