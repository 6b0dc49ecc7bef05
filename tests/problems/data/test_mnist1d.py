"""The signals of MNIST-1D are balanced, repeat, and have the published statistics."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.ndimage

import problems
from problems.data import mnist1d
from problems.data.mnist1d import signals

ROWS = 5_000


@pytest.fixture(scope="module")
def drawn():
    return signals(ROWS, 0)


def test_classes_are_balanced_and_shapes_the_papers(drawn):
    assert drawn["inputs"].shape == (ROWS, 40)
    np.testing.assert_array_equal(
        np.bincount(drawn["targets"]), np.full(10, ROWS // 10)
    )
    odd = np.bincount(signals(1_234, 0)["targets"])
    assert odd.max() - odd.min() == 1


def test_order_is_random(drawn):
    repeats = np.mean(drawn["targets"][1:] == drawn["targets"][:-1])
    assert 0.07 < repeats < 0.13


def test_they_follow_from_the_seed_and_not_from_the_size_of_a_block(monkeypatch):
    one, again, other = (signals(300, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one["inputs"], again["inputs"])
    np.testing.assert_array_equal(one["targets"], again["targets"])
    assert not np.allclose(one["inputs"], other["inputs"])
    monkeypatch.setattr(mnist1d, "_BLOCK", 7)
    assert signals(300, 0)["inputs"].shape == (300, 40)


def test_patterns_begin_and_end_at_zero_with_deviation_a_sixth():
    x = mnist1d.patterns()
    assert x.shape == (10, 12)
    np.testing.assert_allclose(x[:, [0, -1]], 0, atol=1e-15)
    np.testing.assert_allclose(x.std(1), 1 / 6)


def test_the_filter_is_that_of_scipy():
    noise = np.random.default_rng(0).standard_normal((3, 72))
    expected = scipy.ndimage.gaussian_filter1d(noise, 2.0, axis=1)
    np.testing.assert_allclose(noise @ mnist1d.smoothing(), expected, atol=1e-12)


def interpolated(x, count):
    at = np.linspace(0, 1, len(x))
    return scipy.interpolate.interp1d(at, x)(np.linspace(0, 1, count))


def test_without_randomness_a_signal_is_its_pattern_stretched_and_shortened(
    monkeypatch,
):
    for name in ("SCALE", "CORRELATED", "INDEPENDENT", "SHEAR"):
        monkeypatch.setattr(mnist1d, name, 0.0)
    monkeypatch.setattr(mnist1d, "TRANSLATION", 1)
    monkeypatch.setattr(mnist1d, "PADDING", (45, 45))
    monkeypatch.setattr(mnist1d, "LENGTH", 72)
    drawn = signals(20, 0)
    for signal, digit in zip(drawn["inputs"], drawn["targets"], strict=True):
        padded = np.r_[mnist1d.patterns()[digit], np.zeros(45)]
        expected = interpolated(interpolated(padded, 72), 40)
        np.testing.assert_allclose(signal, expected, atol=1e-12)


def quiet(monkeypatch, pattern):
    """Leave nothing random but what a test asks for; all patterns are one."""
    for name in ("SCALE", "CORRELATED", "INDEPENDENT", "SHEAR"):
        monkeypatch.setattr(mnist1d, name, 0.0)
    monkeypatch.setattr(mnist1d, "TRANSLATION", 1)
    monkeypatch.setattr(mnist1d, "PADDING", (60, 60))
    monkeypatch.setattr(mnist1d, "patterns", lambda: np.full((10, 12), pattern))


def test_slopes_scales_and_translations_are_drawn_from_the_published_ranges(
    monkeypatch,
):
    quiet(monkeypatch, 0.0)
    monkeypatch.setattr(mnist1d, "SHEAR", 0.75)
    slopes = np.ptp(signals(2_000, 0)["inputs"], axis=1)
    assert 0 <= slopes.min() < 0.01 < 0.36 < slopes.max() <= 0.375

    quiet(monkeypatch, 1.0)
    monkeypatch.setattr(mnist1d, "SCALE", 0.4)
    scales = signals(2_000, 0)["inputs"].max(1)
    assert 0.8 <= scales.min() < 0.81 < 1.19 < scales.max() <= 1.2

    quiet(monkeypatch, 1.0)
    monkeypatch.setattr(mnist1d, "TRANSLATION", 48)
    first = (signals(2_000, 0)["inputs"] > 0.5).argmax(1) * 71 / 39
    assert 0 <= first.min() < 2 < 44 < first.max() <= 48.5
    assert len(np.unique(first)) > 20


def test_noise_fills_what_is_no_pattern(monkeypatch):
    quiet(monkeypatch, 0.0)
    monkeypatch.setattr(mnist1d, "CORRELATED", 0.25)
    x = signals(4_000, 0)["inputs"]
    assert (x[:, :6] == 0).all()  # below the pattern of twelve of 72 points
    weights = mnist1d.smoothing()[:, 40]
    expected = 0.25 * np.sqrt(np.sum(weights**2))
    np.testing.assert_allclose(x[:, 15:30].std(), expected, rtol=0.1)


AUTHORS = {
    "quantiles": [-0.437, -0.1871, -0.0906, -0.0036, 0.0819, 0.1712, 0.4164],
    "products": [0.0195, 0.01278, 0.00631, 0.00208],
    "classes": [
        *(0.1844, 0.1349, 0.1296, 0.1543, 0.1374),
        *(0.1300, 0.1845, 0.1351, 0.1544, 0.1402),
    ],
}
"""Of 20,000 signals of the authors' own program, before they are standardised."""


def test_their_statistics_are_those_of_the_authors_program():
    drawn = signals(20_000, 0)
    x, classes = drawn["inputs"], drawn["targets"]
    found = {
        "quantiles": np.quantile(x, [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]),
        "products": [np.mean(x[:, :-k] * x[:, k:]) for k in (1, 2, 4, 8)],
        "classes": [x[classes == c].std() for c in range(10)],
    }
    for name, expected in AUTHORS.items():
        np.testing.assert_allclose(found[name], expected, rtol=0.03, atol=1e-3)


def test_parts_are_disjoint_and_standardised_by_the_training_signals():
    problem = problems.make("mnist1d", rows=1_000, validation=0.2)
    parts = problem.train, problem.validation, problem.held_out
    assert [part.count for part in parts] == [600, 200, 200]
    x = np.asarray(problem.train.tree["inputs"], np.float64)
    np.testing.assert_allclose([x.mean(), x.std()], [0, 1], atol=1e-6)
    rows = [{row.tobytes() for row in np.asarray(p.tree["inputs"])} for p in parts]
    assert len(set.union(*rows)) == sum(map(len, rows)) == 1_000
    assert problems.make("mnist1d", rows=50).validation is None
    assert problems.make("mnist1d", rows=50, held_out=0.0).held_out is None
