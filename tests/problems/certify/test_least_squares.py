"""Least losses of low rank are those of other methods, and the saddle at 0 is one."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import problems
from problems.certify.least_squares import nearest_of_rank

pytestmark = pytest.mark.usefixtures("x64")


def alternating(matrix, rank):
    """Return ½ ||A - L R||² after least squares for L and R in turn."""
    right = np.random.default_rng(0).standard_normal((rank, matrix.shape[1]))
    for _ in range(2000):
        left = np.linalg.lstsq(right.T, matrix.T, rcond=None)[0].T
        right = np.linalg.lstsq(left, matrix, rcond=None)[0]
    return np.sum((left @ right - matrix) ** 2) / 2


def test_the_nearest_matrix_is_that_of_alternating_least_squares():
    matrix = np.random.default_rng(1).standard_normal((6, 8))
    certificate = nearest_of_rank(matrix, 2)
    assert certificate.loss == pytest.approx(alternating(matrix, 2), rel=1e-9)
    assert certificate.gradient_norm < 1e-12
    assert nearest_of_rank(matrix, 6).loss < 1e-25


def test_a_factorisations_optimum_is_of_its_own_matrix():
    problem = problems.make("matrix_factorisation", rows=20, rank=3, dtype="float64")
    matrix = np.asarray(problem.matrix)
    values = np.linalg.svd(matrix, compute_uv=False)
    assert problem.optimum() == pytest.approx(np.sum(values[3:] ** 2) / 2, rel=1e-12)
    left, right = problem.init(jax.random.key(0))
    assert (left.shape, right.shape) == ((64, 3), (3, 20))
    expected = np.sum((matrix - np.asarray(left) @ np.asarray(right)) ** 2) / 2
    loss = problem.loss(type(problem.init(jax.random.key(0)))(left, right), None)
    assert float(loss) == pytest.approx(expected, rel=1e-13)


def test_zero_is_a_saddle_as_steep_as_the_largest_singular_value():
    problem = problems.make("matrix_factorisation", rows=5, rank=1, dtype="float64")
    zero = jax.tree.map(np.zeros_like, problem.init(jax.random.key(0)))
    objective = problems.objective(problem)
    assert all(not np.any(g) for g in jax.grad(objective)(zero))
    values = np.linalg.eigvalsh(objective.hessian(zero))
    largest = np.linalg.norm(problem.matrix, 2)
    np.testing.assert_allclose(values[[0, -1]], [-largest, largest], rtol=1e-10)


def test_a_linear_autoencoder_is_principal_components():
    from sklearn.decomposition import PCA

    problem = problems.make(
        "autoencoder", hidden=[5], activation="none", held_out=0.8, dtype="float64"
    )
    x = np.asarray(problem.train.inputs) + 0.5  # off the mean that is 0 otherwise
    problem = replace(problem, train=problem.train._replace(inputs=x))
    pca = PCA(5, svd_solver="full").fit(x.T)
    back = pca.inverse_transform(pca.transform(x.T))
    assert problem.optimum() == pytest.approx(np.mean((back - x.T) ** 2), rel=1e-10)
    code, image = problem.init(jax.random.key(0))
    code = code._replace(weight=pca.components_, bias=-pca.components_ @ pca.mean_)
    image = image._replace(weight=pca.components_.T, bias=pca.mean_)
    loss = float(problem.loss((code, image), problem.train))
    assert loss == pytest.approx(problem.optimum(), rel=1e-10)


def test_the_narrowest_layer_decides():
    linear = {"activation": "none", "held_out": 0.9, "dtype": "float64"}
    wide = problems.make("autoencoder", hidden=[6, 3, 6], **linear)
    narrow = problems.make("autoencoder", hidden=[3], **linear)
    assert wide.optimum() == narrow.optimum()
    assert problems.make("autoencoder").optimum() is None
    assert problems.without_optimum("autoencoder", {})
    assert not problems.without_optimum("autoencoder", {"activation": "none"})


def test_a_net_is_given_its_inputs_as_targets():
    problem = problems.make("autoencoder", hidden=[4, 2], dtype="float64")
    (w1, b1), (w2, b2), (w3, b3) = problem.init(jax.random.key(2))
    x = np.asarray(problem.train.inputs)
    h = np.tanh(w2 @ np.tanh(w1 @ x + b1[:, None]) + b2[:, None])
    expected = np.mean((w3 @ h + b3[:, None] - x) ** 2)
    loss = problem.loss(problem.init(jax.random.key(2)), problem.train)
    assert float(loss) == pytest.approx(float(expected), rel=1e-12)
