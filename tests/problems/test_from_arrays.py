"""Regressions on a user's arrays are scikit-learn's, and wrong arrays one sentence."""

import jax
import numpy as np
import pytest
from scipy.special import log_softmax

import problems
from factories import FactoryError
from problems import from_sklearn

pytestmark = pytest.mark.usefixtures("x64")
M = 80


def arrays(labels=0):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((M, 3)) + 0.5
    scores = X @ rng.standard_normal((3, max(1, labels)))
    noisy = scores + rng.standard_normal(scores.shape)
    return X, noisy.argmax(1) if labels > 1 else noisy[:, 0]


def with_ones(X):
    return np.hstack([np.ones((len(X), 1)), X])


def test_linear_is_ridge():
    from sklearn.linear_model import Ridge

    X, y = arrays()
    ridge = Ridge(alpha=M * 0.2 / 2, fit_intercept=False).fit(with_ones(X), y)
    problem = from_sklearn(X, y, kind="linear", l2=0.2, dtype="float64")
    expected = np.mean((ridge.predict(with_ones(X)) - y) ** 2)
    expected += 0.1 * ridge.coef_ @ ridge.coef_
    assert problem.optimum() == pytest.approx(expected, rel=1e-10)
    assert float(problem.loss(ridge.coef_, problem.train)) == pytest.approx(expected)


def test_logistic_is_logistic_regression_whatever_the_labels():
    from sklearn.linear_model import LogisticRegression

    X, y = arrays()
    y = np.where(y > 0, "spam", "ham")
    model = LogisticRegression(
        C=1 / (M * 0.05), fit_intercept=False, tol=1e-12, max_iter=10_000
    ).fit(with_ones(X), y)
    problem = from_sklearn(X, y, kind="logistic", l2=0.05, dtype="float64")
    w = model.coef_[0]
    true = model.predict_proba(with_ones(X))[np.arange(M), (y == "spam").astype(int)]
    expected = -np.mean(np.log(true)) + 0.025 * w @ w
    assert problem.optimum() == pytest.approx(expected, rel=1e-8)
    assert float(problem.loss(w, problem.train)) == pytest.approx(expected)


def test_softmax_is_logistic_regression_with_several_labels():
    from sklearn.linear_model import LogisticRegression

    X, y = arrays(labels=3)
    y = np.array([20, -7, 3])[y]
    model = LogisticRegression(
        C=1 / (M * 0.05), fit_intercept=False, tol=1e-12, max_iter=10_000
    ).fit(with_ones(X), y)
    problem = from_sklearn(X, y, kind="softmax", l2=0.05, dtype="float64")
    w = model.coef_
    scores = log_softmax(with_ones(X) @ w.T, axis=1)
    place = np.searchsorted(model.classes_, y)
    expected = -scores[np.arange(M), place].mean() + 0.025 * np.sum(w * w)
    assert problem.optimum() == pytest.approx(expected, rel=1e-8)
    assert float(problem.loss(w, problem.train)) == pytest.approx(expected)


def test_huber_is_huber_regressor_at_its_scale():
    from sklearn.linear_model import HuberRegressor

    X, y = arrays()
    y[:8] += 20
    model = HuberRegressor(
        epsilon=1.5, alpha=0.3, fit_intercept=False, tol=1e-10, max_iter=1000
    ).fit(with_ones(X), y)
    problem = from_sklearn(
        X,
        y,
        kind="huber",
        delta=1.5 * model.scale_,
        l2=0.3 * model.scale_ / M,
        dtype="float64",
    )
    gradient = jax.grad(problems.objective(problem))(model.coef_)
    assert np.abs(gradient).max() < 1e-6
    loss = float(problem.loss(model.coef_, problem.train))
    assert problem.optimum() == pytest.approx(loss, rel=1e-9)


def test_held_out_examples_are_a_part_of_the_rows():
    X, y = arrays()
    whole = from_sklearn(X, y, kind="linear", intercept=False)
    cut = from_sklearn(X, y, kind="linear", intercept=False, held_out=0.25)
    assert whole.held_out is None
    assert (cut.train.count, cut.held_out.count) == (60, 20)
    rows = np.hstack([cut.train.inputs, cut.held_out.inputs]).T
    assert {row.tobytes() for row in rows} == {
        row.tobytes() for row in np.asarray(whole.train.inputs).T
    }
    assert cut.train.inputs.dtype == np.float32


FACTORY = """
import numpy as np
import problems

def churn(*, l2: float = 1e-2, dtype: str = "float32"):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 4))
    y = np.where(X[:, 0] + rng.standard_normal(50) > 0, "left", "stayed")
    return problems.from_sklearn(X, y, kind="logistic", l2=l2, dtype=dtype)
"""


def test_a_factory_in_anybodys_file_returns_one(tmp_path):
    path = tmp_path / "churn.py"
    path.write_text(FACTORY)
    problem = problems.make(f"{path}:churn", l2=0.1, dtype="float64")
    problems.check_made(problem, "float64")
    least, certificate = problems.least_loss(problem)
    assert 0 < least < np.log(2)
    assert certificate.gap_bound < 1e-12


ONES = np.ones((4, 2))
WRONG = {
    "rows": ((ONES, np.ones(3), "linear"), {}, "y", r"shape \(3,\), not \(4,\)"),
    "column": ((ONES, np.ones((4, 1)), "linear"), {}, "y", r"shape \(4, 1\)"),
    "vector": ((np.ones(4), np.ones(4), "linear"), {}, "X", r"\(examples, features\)"),
    "text": (([["a"]] * 4, np.ones(4), "linear"), {}, "X", "X holds text, not numbers"),
    "nan": ((ONES * [1, np.nan], np.ones(4), "linear"), {}, "X", "nan in row 0"),
    "labels": ((ONES, ["a", "b"] * 2, "huber"), {}, "y", "y holds text, .* labels"),
    "three": ((ONES, [1, 2, 3, 1], "logistic"), {}, "y", "3 different .*softmax"),
    "one": ((ONES, [1, 1, 1, 1], "softmax"), {}, "y", "1 different .* at least two"),
    "mixed": (
        (ONES, np.array([1, "b", 2, 3], object), "softmax"),
        {},
        "y",
        "different types: int and str",
    ),
    "kind": ((ONES, np.ones(4), "ridge"), {}, "kind", "'softmax'"),
    "penalty": ((ONES, np.ones(4), "linear"), {"l2": -1.0}, "l2", "at least 0"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arrays_are_one_sentence(case):
    (X, y, kind), more, key, words = WRONG[case]
    with pytest.raises(FactoryError, match=words) as caught:
        from_sklearn(X, y, kind=kind, **more)
    assert caught.value.key == key
    assert "\n" not in str(caught.value)


def test_a_sparse_matrix_is_refused_with_what_to_pass():
    from scipy.sparse import eye_array

    with pytest.raises(FactoryError, match=r"X.toarray\(\)"):
        from_sklearn(eye_array(4), np.ones(4), kind="linear")
