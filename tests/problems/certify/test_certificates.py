"""Certified losses are those of other libraries, and doubt leaves no certificate."""

import jax
import numpy as np
import pytest
from scipy.optimize import rosen_hess

import problems
from problems.certify.certificate import agree, certified
from problems.certify.linear_models import separable

pytestmark = pytest.mark.usefixtures("x64")


def data(problem):
    return (np.asarray(a, np.float64) for a in problem.train)


def test_diabetes_is_one_minus_sklearns_r2():
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LinearRegression

    x, y = load_diabetes(return_X_y=True)
    expected = 1 - LinearRegression().fit(x, y).score(x, y)
    problem = problems.make(
        "linear_regression", dataset="diabetes", held_out=0.0, dtype="float64"
    )
    assert problem.optimum() == pytest.approx(expected, rel=1e-11)


def test_ridge_is_sklearns():
    from sklearn.linear_model import Ridge

    problem = problems.make("linear_regression", l2=0.2, dtype="float64")
    x, y = data(problem)
    ridge = Ridge(alpha=0.1 * y.size, fit_intercept=False, solver="svd").fit(x.T, y)
    w = ridge.coef_
    expected = np.mean((w @ x - y) ** 2) + 0.1 * w @ w
    assert problem.optimum() == pytest.approx(expected, rel=1e-11)


def test_least_squares_are_scipys_in_float32_data_at_a_bad_condition():
    from scipy.linalg import lstsq

    problem = problems.make("linear_regression", condition=1e10, noise=1e-3)
    x, y = data(problem)
    w = lstsq(x.T, y, lapack_driver="gelsd")[0]
    expected = np.mean((w @ x - y) ** 2)
    assert problem.optimum() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "settings", [{"rows": 500, "columns": 5}, {"dataset": "breast_cancer"}]
)
def test_logistic_regression_is_sklearns(settings):
    from sklearn.linear_model import LogisticRegression

    problem = problems.make("logistic_regression", l2=1e-2, dtype="float64", **settings)
    x, y = data(problem)
    sklearns = LogisticRegression(
        C=1 / (y.size * 1e-2), fit_intercept=False, tol=1e-10, max_iter=10_000
    ).fit(x.T, y)
    w = sklearns.coef_[0]
    expected = np.mean(np.log1p(np.exp(-y * (w @ x)))) + 0.005 * w @ w
    assert problem.optimum() == pytest.approx(expected, rel=1e-9)


def test_softmax_regression_is_sklearns():
    from scipy.special import log_softmax
    from sklearn.linear_model import LogisticRegression

    problem = problems.make("softmax_regression", l2=0.1, held_out=0.8, dtype="float64")
    x, y = data(problem)
    y = y.astype(int)
    sklearns = LogisticRegression(
        C=1 / (y.size * 0.1), fit_intercept=False, tol=1e-8, max_iter=10_000
    ).fit(x.T, y)
    w = sklearns.coef_
    entropies = -log_softmax(w @ x, axis=0)[y, np.arange(y.size)]
    expected = entropies.mean() + 0.05 * np.sum(w * w)
    assert problem.optimum() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("linear_regression", {"rows": 200, "columns": 4, "l2": 0.1}),
        ("logistic_regression", {"rows": 200, "columns": 4}),
    ],
)
def test_eigenvalues_and_gap_are_those_of_the_hessian(name, settings):
    problem = problems.make(name, dtype="float64", **settings)
    certificate = problem.certificate()
    start = problem.init(jax.random.key(0))
    hessian = jax.hessian(lambda w: problem.loss(w, problem.train))(start)
    assert certificate.largest_eigenvalue_start == pytest.approx(
        np.linalg.eigvalsh(hessian)[-1], rel=1e-10
    )
    assert certificate.gradient_norm < 1e-8
    assert 0 <= certificate.gap_bound < 1e-12
    assert len(certificate.solvers) == 2
    assert problem.certificate() is certificate


def test_unscaled_wine_is_sklearns():
    from scipy.special import log_softmax
    from sklearn.datasets import load_wine
    from sklearn.linear_model import LogisticRegression

    rows, y = load_wine(return_X_y=True)
    x = np.c_[np.ones(y.size), rows]
    sklearns = LogisticRegression(
        C=1 / (y.size * 1e-2),
        solver="newton-cholesky",
        fit_intercept=False,
        tol=1e-10,
        max_iter=1000,
    ).fit(x, y)
    w = sklearns.coef_
    entropies = -log_softmax(x @ w.T, axis=1)[np.arange(y.size), y]
    wine = {"dataset": "wine", "standardise": False, "held_out": 0.0, "l2": 1e-2}
    problem = problems.make("softmax_regression", dtype="float64", **wine)
    np.testing.assert_array_equal(problem.train.inputs, x.T)
    expected = entropies.mean() + 0.005 * np.sum(w * w)
    assert problem.optimum() == pytest.approx(expected, rel=1e-9)


def test_rosenbrocks_eigenvalues_are_scipys():
    certificate = problems.make("rosenbrock", dimension=4).certificate()
    assert certificate.largest_eigenvalue_optimum == pytest.approx(
        np.linalg.eigvalsh(rosen_hess(np.ones(4)))[-1], rel=1e-12
    )
    start = np.array([-1.2, 1.0, -1.2, 1.0])
    assert certificate.largest_eigenvalue_start == pytest.approx(
        np.linalg.eigvalsh(rosen_hess(start))[-1], rel=1e-6
    )


def test_himmelblaus_eigenvalue_is_that_of_its_hessian():
    problem = problems.make("himmelblau", dtype="float64")
    hessian = problems.objective(problem).hessian(np.array([3.0, 2.0]))
    assert problem.certificate().largest_eigenvalue_optimum == pytest.approx(
        np.linalg.eigvalsh(hessian)[-1], rel=1e-12
    )


def test_a_net_without_activations_is_a_linear_model():
    shape = {"rows": 200, "columns": 3, "activation": "none", "dtype": "float32"}
    deep = problems.make("mlp", hidden=[4, 2], **shape)
    x, y = data(deep)
    design = np.vstack([np.ones(y.size), x]).T
    w = np.linalg.lstsq(design, y, rcond=None)[0]
    expected = np.mean((design @ w - y) ** 2)
    assert 0 < expected < 1e-12
    assert deep.optimum() == pytest.approx(expected, rel=1e-6)
    assert problems.make("mlp", hidden=[], **shape).optimum() == deep.optimum()


@pytest.mark.parametrize(
    "settings",
    [{}, {"dataset": "digits"}, {"dataset": "digits", "activation": "none"}],
)
def test_no_certificate_for_a_net_with_activations(settings):
    assert problems.make("mlp", **settings).certificate() is None
    assert problems.without_optimum("mlp", settings)


def test_no_certificate_where_there_is_no_minimum():
    make = problems.make
    parted = {"rows": 200, "separable": True}
    assert make("logistic_regression", l2=0.0, **parted).certificate() is None
    assert make("logistic_regression", l2=1e-3, **parted).certificate() is not None
    assert make("logistic_regression", l2=0.0, rows=200).certificate() is not None
    assert make("softmax_regression", l2=0.0).certificate() is None
    assert problems.without_optimum("logistic_regression", {"l2": 0.0, **parted})
    assert not problems.without_optimum("logistic_regression", parted)
    assert problems.without_optimum("softmax_regression", {"l2": 0.0})


def test_separable_counts_points_on_the_plane():
    inputs = np.array([[1.0, 1.0, 1.0], [-1.0, 0.0, 1.0]])
    assert separable(inputs, np.array([-1.0, -1.0, 1.0]))
    assert not separable(inputs, np.array([1.0, -1.0, 1.0]))
    doubled = np.array([[1.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 1.0]])
    assert separable(doubled, np.array([-1.0, -1.0, 1.0, 1.0]))


def test_solvers_that_disagree_certify_nothing():
    def bowl(x):
        return float(1 + x @ x), 2 * x

    def attempt(miss):
        return certified(
            {"one": np.zeros(2), "two": np.array([miss, 0.0])},
            bowl,
            convexity=2.0,
            eigenvalue_start=2.0,
            eigenvalue_optimum=2.0,
        )

    assert attempt(2e-5) is None
    near = attempt(5e-6)
    assert near is not None
    assert near.loss == 1.0


def test_agreement_is_relative_and_absolute_near_zero():
    assert agree({"a": 1e6, "b": 1e6 + 5e-5})
    assert not agree({"a": 1e6, "b": 1e6 + 2e-4})
    assert agree({"a": 0.0, "b": 1e-15})
    assert not agree({"a": 0.0, "b": 1e-14})
    assert not agree({"a": 0.0, "b": float("inf")})
    assert not agree({"a": 0.0, "b": float("nan")})
