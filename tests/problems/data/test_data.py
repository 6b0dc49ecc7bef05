"""The data are what the settings say."""

import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from sklearn import datasets

import problems
from problems.data.scikit_learn import bundled
from problems.data.split import split

ROOT = Path(__file__).parents[3]


def test_split_is_disjoint_complete_and_seeded():
    train, held, chosen_on = split(100, 0.25, 0.1, seed=0)
    assert (len(held), len(chosen_on)) == (25, 10)
    assert sorted([*train, *held, *chosen_on]) == list(range(100))
    again, other = split(100, 0.25, 0.1, seed=0), split(100, 0.25, 0.1, seed=1)
    np.testing.assert_array_equal(train, again.train)
    assert set(held) != set(other.held_out)
    assert set(chosen_on) != set(other.validation)


def test_validation_examples_are_taken_from_the_training_ones():
    plain, parted = (split(100, 0.25, share, seed=0) for share in (0.0, 0.1))
    assert not len(plain.validation)
    np.testing.assert_array_equal(plain.held_out, parted.held_out)
    assert set(plain.train) == {*parted.train, *parted.validation}


def test_split_leaves_something_to_train_on():
    assert len(split(1, 0.9, seed=0).train) == 1
    assert [len(part) for part in split(2, 0.4, 0.5, seed=0)] == [1, 1, 0]
    assert [len(part) for part in split(6, 0.01, 0.01, seed=0)] == [4, 1, 1]


PARTED = [
    ("linear_regression", {"rows": 100, "columns": 3}),
    ("linear_regression", {"dataset": "sum", "rows": 100, "columns": 3}),
    ("linear_regression", {"dataset": "diabetes"}),
    ("logistic_regression", {"rows": 100, "columns": 3}),
    ("logistic_regression", {"dataset": "breast_cancer"}),
    ("softmax_regression", {"dataset": "wine"}),
    ("huber_regression", {"rows": 100, "columns": 3}),
    ("mlp", {"rows": 100, "columns": 3}),
    ("mlp", {"dataset": "digits"}),
    ("autoencoder", {}),
]


@pytest.mark.parametrize(("name", "settings"), PARTED)
def test_every_problem_with_examples_can_set_some_aside(name, settings):
    shares = {"held_out": 0.2, "validation": 0.1}
    problem = problems.make(name, **settings, **shares)
    parts = (problem.train, problem.held_out, problem.validation)
    count = sum(part.count for part in parts)
    assert problem.held_out.count == round(0.2 * count)
    assert problem.validation.count == round(0.1 * count)
    columns = np.concatenate([np.asarray(part.inputs).T for part in parts])
    assert len(np.unique(columns.round(5), axis=0)) > 0.99 * count
    params = problem.init(jax.random.key(0))
    assert np.isfinite(problem.loss(params, problem.validation))
    assert problems.make(name, **settings).validation is None


@pytest.mark.parametrize("name", ["linear_regression", "logistic_regression"])
@pytest.mark.parametrize("condition", [1.0, 1e3])
def test_condition_is_exact(name, condition):
    problem = problems.make(name, rows=500, columns=6, condition=condition)
    x = np.asarray(problem.train.inputs, np.float64)
    values = np.linalg.eigvalsh(x @ x.T / x.shape[1])
    assert values[-1] == pytest.approx(1.0, rel=1e-5)
    assert values[-1] / values[0] == pytest.approx(condition, rel=1e-3)


def test_fewer_examples_than_features_have_the_condition_in_their_covariance():
    wide = {"rows": 80, "columns": 150, "condition": 100.0, "held_out": 0.25}
    problem = problems.make("logistic_regression", **wide)
    x = np.asarray(problem.train.inputs, np.float64)
    mixing = np.asarray(problem.source.mixing, np.float64)
    assert x.shape == (150, 60)
    values = np.linalg.eigvalsh(mixing @ mixing.T)
    np.testing.assert_allclose(values[[0, -1]], [0.01, 1.0], rtol=1e-3)
    for inputs in (x, np.asarray(problem.held_out.inputs, np.float64)):
        unmixed = np.linalg.solve(mixing, inputs)
        assert unmixed.std() == pytest.approx(1.0, rel=0.05)


def test_noise_is_what_a_fit_leaves():
    problem = problems.make("linear_regression", rows=20_000, noise=0.5)
    assert problem.optimum() == pytest.approx(0.25, rel=0.05)
    assert problem.held_out.count == 4_000


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("linear_regression", {"noise": 0.0, "rows": 100}),
        ("linear_regression", {"dataset": "blog", "rows": 100}),
        ("logistic_regression", {"separable": True, "rows": 100}),
        ("mlp", {"rows": 100}),
    ],
)
def test_data_without_noise_hold_nothing_out_unless_asked(name, settings):
    assert problems.make(name, **settings).held_out is None
    asked = problems.make(name, held_out=0.25, **settings)
    assert asked.held_out.count == 25
    assert asked.train.count == 75


def test_blog_data_are_a_constant_and_unit_gaussians():
    problem = problems.make("linear_regression", dataset="blog", rows=50_000)
    x = np.asarray(problem.train.inputs, np.float64)
    assert x.shape == (11, 50_000)
    np.testing.assert_array_equal(x[0], 1.0)
    np.testing.assert_allclose(x[1:].mean(1), 0, atol=0.02)
    np.testing.assert_allclose(x[1:].std(1), 1, atol=0.02)
    assert problem.optimum() < 1e-11


def test_data_depend_on_their_seed_alone():
    def draw(seed):
        problem = problems.make("logistic_regression", rows=50, data_seed=seed)
        return np.asarray(problem.train.inputs)

    np.testing.assert_array_equal(draw(0), draw(0))
    assert not np.allclose(draw(0), draw(1))


def test_labels_of_separable_data_are_parted_by_a_plane():
    from problems.certify.linear_models import separable

    for wanted in (True, False):
        problem = problems.make("logistic_regression", rows=300, separable=wanted)
        x, y = (np.asarray(a, np.float64) for a in problem.train)
        assert set(y) == {-1.0, 1.0}
        assert separable(x, y) == wanted


@pytest.mark.parametrize(
    ("name", "dataset", "rows"),
    [
        ("linear_regression", "diabetes", 442),
        ("logistic_regression", "breast_cancer", 569),
        ("softmax_regression", "digits", 1797),
        ("softmax_regression", "wine", 178),
    ],
)
def test_bundled_data_are_standardised_by_the_training_half(name, dataset, rows):
    problem = problems.make(name, dataset=dataset, held_out=0.3)
    x = np.asarray(problem.train.inputs, np.float64)
    assert x.shape[1] + problem.held_out.count == rows
    np.testing.assert_array_equal(x[0], 1.0)
    np.testing.assert_allclose(x[1:].mean(1), 0, atol=1e-5)
    spread = x[1:].std(1)
    np.testing.assert_allclose(spread[spread > 0], 1, rtol=1e-5)
    held = np.asarray(problem.held_out.inputs, np.float64)
    assert np.abs(held[1:].mean(1)).max() > 1e-3


@pytest.mark.parametrize("start", ["torch", "glorot"])
def test_layers_start_within_their_bounds_and_fill_them(start):
    problem = problems.make("mlp", rows=10, columns=50, hidden=[400], start=start)
    (weight, bias), _ = problem.init(jax.random.key(0))
    bound = 50**-0.5 if start == "torch" else (6 / 450) ** 0.5
    assert 0.99 * bound < float(abs(weight).max()) <= bound
    assert float(weight.std()) == pytest.approx(bound / 3**0.5, rel=0.02)
    assert float(abs(bias).max()) == pytest.approx(
        bound if start == "torch" else 0.0, rel=0.02
    )


def test_noise_of_a_quadratic_has_no_mean_and_its_variance_exactly():
    problem = problems.make("quadratic", spectrum=[1.0, 2.0], noise=[3.0, 0.5], rows=40)
    x = np.asarray(problem.train.inputs, np.float64)
    assert x.shape == (2, 40)
    np.testing.assert_array_equal(x[:, :20], -x[:, 20:])
    np.testing.assert_allclose(x.std(1), [3.0, 0.5], rtol=1e-6)
    assert abs(np.corrcoef(x)[0, 1]) < 0.9
    assert problems.make("quadratic", noise=1.0).train.count == 1000
    assert problems.make("quadratic").train.count == 0


@pytest.mark.parametrize(
    "name", ["diabetes", "breast_cancer", "digits", "iris", "linnerud", "wine"]
)
def test_bundled_data_are_those_of_scikit_learn_to_the_bit(name):
    load = getattr(datasets, f"load_{name}")
    inputs, targets = load(return_X_y=True)
    known = inputs, targets[:, 2].copy() if targets.ndim > 1 else targets
    for own, theirs in zip(bundled(name), known, strict=True):
        np.testing.assert_array_equal(own, theirs)
        assert own.dtype == theirs.dtype
        assert own.flags.c_contiguous == theirs.flags.c_contiguous  # orders sums


def test_bundled_data_are_read_without_importing_scikit_learn():
    code = "import sys, problems; problems.make('linear_regression', "
    code += "dataset='diabetes'); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT)
    assert done.stdout.split() == [b"False"], done.stderr.decode()
