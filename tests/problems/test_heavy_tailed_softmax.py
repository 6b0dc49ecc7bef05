"""Softmax regression with rare classes: its data, and its certificate."""

import jax
import numpy as np
import pytest
from scipy.special import log_softmax

import problems
from problems.certify.linear_models import Softmax
from problems.certify.matrix_free import least_by_products

pytestmark = pytest.mark.usefixtures("x64")


def make(**settings):
    settings = {"rows": 600, "columns": 8, "classes": 12, "l2": 1e-2} | settings
    return problems.make("heavy_tailed_softmax", dtype="float64", **settings)


def test_classes_have_zipfs_shares():
    problem = make(rows=20_000, held_out=0.0)
    counts = np.bincount(np.asarray(problem.train.targets), minlength=12)
    shares = 1 / np.arange(1, 13)
    np.testing.assert_allclose(
        counts / 20_000, shares / shares.sum(), atol=4 * 0.5 / np.sqrt(20_000)
    )


def test_classes_lie_apart_around_their_centres():
    problem = make(rows=20_000, columns=30, separation=3.0, held_out=0.0)
    inputs, targets = (np.asarray(a) for a in problem.train)
    assert np.all(inputs[0] == 1)
    centres = [inputs[1:, targets == label].mean(1) for label in range(12)]
    assert np.mean(np.square(centres).sum(1)) == pytest.approx(9.0, rel=0.25)
    np.testing.assert_allclose(inputs[1:, targets == 0].std(1), 1, atol=0.06)


def test_parts_are_one_draw():
    whole, cut = make(held_out=0.0), make(held_out=0.25, validation=0.25)
    parts = (cut.train, cut.validation, cut.held_out)
    assert [part.count for part in parts] == [300, 150, 150]
    together = np.concatenate([np.asarray(part.targets) for part in parts])
    np.testing.assert_array_equal(together, whole.train.targets)


def test_least_loss_is_sklearns():
    from sklearn.linear_model import LogisticRegression

    problem = make()
    x, y = (np.asarray(a) for a in problem.train)
    model = LogisticRegression(
        C=1 / (y.size * 1e-2), fit_intercept=False, tol=1e-12, max_iter=10_000
    ).fit(x.T, y)
    w = np.zeros((12, len(x)))
    w[model.classes_] = model.coef_
    # classes without examples have the weight that the penalty and the others give
    assert len(model.classes_) == 12
    scores = log_softmax(w @ x, axis=0)[y, np.arange(y.size)]
    expected = -scores.mean() + 5e-3 * np.sum(w * w)
    assert problem.optimum() == pytest.approx(expected, rel=1e-9)
    certificate = problem.certificate()
    assert len(certificate.solvers) == 2
    assert certificate.gap_bound < 1e-12


def test_eigenvalues_are_those_of_the_hessian():
    problem = make(columns=3, classes=5)
    certificate = problem.certificate()
    hessian = problems.objective(problem).hessian(problem.init(jax.random.key(0)))
    expected = np.linalg.eigvalsh(np.asarray(hessian))[-1]
    assert certificate.largest_eigenvalue_start == pytest.approx(expected, rel=1e-6)


def test_products_with_the_hessian_are_its_own():
    rng = np.random.default_rng(0)
    model = Softmax(rng.standard_normal((4, 30)), rng.integers(0, 3, 30), 0.1, 3)
    w, v = rng.standard_normal((2, 12))
    np.testing.assert_allclose(model.hvp(w, v), model.hessian(w) @ v)


def test_a_wrong_gradient_leaves_no_certificate():
    class Wrong(Softmax):
        def loss_and_gradient(self, w):
            loss, gradient = super().loss_and_gradient(w)
            return loss, gradient + 0.01

    rng = np.random.default_rng(0)
    model = Wrong(rng.standard_normal((4, 30)), rng.integers(0, 3, 30), 0.1, 3)
    assert least_by_products(model, np.zeros(12), 0.1) is None
