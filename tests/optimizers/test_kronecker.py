"""Optimizers with a matrix for each axis: their steps against other formulas."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.linalg import fractional_matrix_power

import optimizers
from optimizers.kronecker import multiplied
from optimizers.psgd_kron import changed, norm_bound, preconditioned

RNG = np.random.default_rng(0)
GRADIENTS = RNG.normal(size=(5, 3, 2))
EPS, RATE = 1e-3, 0.5


def moves(optimizer: Any, gradients: np.ndarray) -> list[np.ndarray]:
    """Return the updates that follow from a list of gradients."""

    def step(state: Any, gradient: Any) -> tuple[Any, Any]:
        update, state = optimizer.update(gradient, state)
        return state, update

    state = optimizer.init(jnp.zeros(gradients.shape[1:]))
    return [*np.asarray(jax.lax.scan(step, state, jnp.asarray(gradients))[1])]


@pytest.mark.usefixtures("x64")
def test_shampoo_is_the_papers_recurrence_for_matrices() -> None:
    left, right = EPS * np.eye(3), EPS * np.eye(2)
    for g, move in zip(
        GRADIENTS, moves(optimizers.shampoo(RATE, EPS), GRADIENTS), strict=True
    ):
        left, right = left + g @ g.T, right + g.T @ g
        roots = (fractional_matrix_power(a, -1 / 4) for a in (left, right))
        expected = -RATE * np.linalg.multi_dot([next(roots), g, next(roots)])
        assert move == pytest.approx(expected, rel=1e-9)


@pytest.mark.usefixtures("x64")
def test_shampoo_of_a_vector_is_full_matrix_adagrad() -> None:
    gradients = GRADIENTS.reshape(5, 6)
    total = EPS * np.eye(6)
    for g, move in zip(
        gradients, moves(optimizers.shampoo(RATE, EPS), gradients), strict=True
    ):
        total = total + np.outer(g, g)
        assert move == pytest.approx(
            -RATE * fractional_matrix_power(total, -1 / 2) @ g, rel=1e-8
        )


@pytest.mark.usefixtures("x64")
def test_shampoo_of_three_axes_has_powers_of_a_sixth_of_its_unfoldings() -> None:
    gradients = RNG.normal(size=(3, 2, 3, 2))
    sums = [EPS * np.eye(n) for n in (2, 3, 2)]
    for g, move in zip(
        gradients, moves(optimizers.shampoo(RATE, EPS), gradients), strict=True
    ):
        flat = [np.moveaxis(g, i, 0).reshape(g.shape[i], -1) for i in range(3)]
        sums = [s + u @ u.T for s, u in zip(sums, flat, strict=True)]
        a, b, c = (fractional_matrix_power(s, -1 / 6) for s in sums)
        expected = -RATE * np.einsum("ai,bj,ck,ijk->abc", a, b, c, g)
        assert move == pytest.approx(expected, rel=1e-9)


@pytest.mark.usefixtures("x64")
def test_shampoo_has_a_diagonal_for_a_long_axis_and_new_powers_every_interval() -> None:
    diagonal, right = EPS * np.ones(3), EPS * np.eye(2)
    optimizer = optimizers.shampoo(RATE, EPS, interval=2, max_dimension=2)
    for step, (g, move) in enumerate(
        zip(GRADIENTS, moves(optimizer, GRADIENTS), strict=True)
    ):
        diagonal, right = diagonal + np.sum(g**2, 1), right + g.T @ g
        if step % 2 == 0:
            scale = diagonal ** (-1 / 4), fractional_matrix_power(right, -1 / 4)
        expected = -RATE * scale[0][:, None] * (g @ scale[1])
        assert move == pytest.approx(expected, rel=1e-9)


@pytest.mark.usefixtures("x64")
def test_psgd_whitens_gradients_whose_covariance_is_a_kronecker_product() -> None:
    """QᵀQ → E[g gᵀ]^(-1/2), so that the covariance of QᵀQ g is the identity."""
    left, right = np.array([[2.0, 0.6], [0.6, 0.5]]), np.diag([3.0, 0.3, 1.0])
    roots = np.linalg.cholesky(left), np.sqrt(right)
    draws = jax.random.normal(jax.random.key(0), (2, 4000, 2, 3))
    gradients = jnp.einsum("ai,bj,nij->nab", *roots, draws[0])

    def step(factors: Any, given: Any) -> tuple[Any, None]:
        gradient, noise, rate = given
        return changed(factors, gradient, noise, rate), None

    start = (jnp.eye(2), jnp.eye(3))
    rates = 0.1 / (1 + jnp.arange(4000) / 100)
    factors, _ = jax.lax.scan(step, start, (gradients, draws[1], rates))
    white = jax.vmap(lambda g: preconditioned(factors, g).ravel())(gradients)
    assert np.cov(white.T, bias=True) == pytest.approx(np.eye(6), abs=0.2)
    assert all(np.allclose(q, np.triu(q)) for q in factors)


def test_the_bound_of_the_norm_is_a_bound_and_near() -> None:
    for n in (1, 2, 20):
        square = RNG.normal(size=(n, n))
        matrix = square @ square.T
        bound, norm = float(norm_bound(jnp.asarray(matrix))), np.linalg.norm(matrix, 2)
        assert norm / np.sqrt(2) < bound <= norm * (1 + 1e-5)
    assert float(norm_bound(jnp.zeros((2, 2)))) == 0


def test_a_step_of_psgd_is_bounded() -> None:
    update = moves(optimizers.psgd_kron(RATE, b1=0.0), 1e6 * GRADIENTS)[0]
    assert np.linalg.norm(update) <= RATE * np.sqrt(6) * (1 + 1e-6)
    assert np.abs(update).max() <= RATE


def test_psgd_changes_its_factors_in_a_share_of_the_steps() -> None:
    optimizer = optimizers.psgd_kron(RATE, update_probability=0.3)
    state = optimizer.init(jnp.zeros((3, 2)))

    def step(state: Any, _: Any) -> Any:
        after = optimizer.update(jnp.asarray(GRADIENTS[0]), state)[1]
        same = jnp.all(after[0].factors[0] == state[0].factors[0])
        return after, ~same

    changes = jax.lax.scan(step, state, length=200)[1]
    assert 35 < int(jnp.sum(changes)) < 85


def test_multiplied_is_the_kronecker_product() -> None:
    tensor = RNG.normal(size=(2, 3))
    a, b = RNG.normal(size=(2, 2)), RNG.normal(size=(3, 3))
    known = multiplied(jnp.asarray(tensor), [jnp.asarray(a), jnp.asarray(b)])
    assert np.ravel(known) == pytest.approx(np.kron(a, b) @ tensor.ravel(), rel=1e-5)


LARGE = jax.ShapeDtypeStruct((1_000_000,), jnp.float32)


@pytest.mark.parametrize("name", ["soap", "shampoo"])
def test_an_axis_that_is_too_long_for_a_matrix_is_refused(name: str) -> None:
    optimizer = optimizers.make(name, learning_rate=0.1)
    words = "1,000,000 entries needs a matrix of 1,000,000,000,000; max_dimension = 1,0"
    with pytest.raises(optimizers.NotApplicable, match=words):
        jax.eval_shape(optimizer.init, LARGE)


def test_the_state_of_a_long_axis_has_no_matrix() -> None:
    tall = {"a": jax.ShapeDtypeStruct((2_000, 3), jnp.float32)}
    for name, more in (("soap", 9 * 2), ("shampoo", 2 * 2_009), ("psgd_kron", 2_009)):
        state = jax.eval_shape(optimizers.make(name, learning_rate=0.1).init, tall)
        entries = sum(x.size for x in jax.tree.leaves(state) if x.ndim)
        averages = {"soap": 12_000, "shampoo": 0, "psgd_kron": 6_000}[name]
        assert entries == averages + more


def test_soap_makes_no_step_on_the_first_gradient_then_rotates_adam() -> None:
    """On a matrix that is diagonal in known bases, SOAP is Adam on the diagonal."""
    u, v = (np.linalg.qr(RNG.normal(size=(2, 2)))[0] for _ in range(2))
    diagonals = [np.array([3.0, 1.0]), np.array([3.0, 1.0]), np.array([1.0, -2.0])]
    gradients = np.array([u @ np.diag(d) @ v.T for d in diagonals])
    found = moves(optimizers.soap(0.1, eps=1e-3), gradients)
    assert np.all(found[0] == 0)
    adam = optax.adam(0.1, 0.95, 0.95, eps=1e-3 * np.sqrt(1 / 0.05))
    state = adam.init(jnp.zeros(2))
    expected, state = adam.update(jnp.asarray(diagonals[1]), state)
    assert found[1] == pytest.approx(u @ np.diag(expected) @ v.T, abs=2e-5)
