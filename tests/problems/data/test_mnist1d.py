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


NOTHING = {
    "SCALE": 0.0,
    "CORRELATED": 0.0,
    "INDEPENDENT": 0.0,
    "SHEAR": 0.0,
    "TRANSLATION": 1,
    "PADDING": (60, 60),
}
SHORTER = 39 / 71
"""Steps between the points of a signal in the end, over those before."""


def only(name, pattern):
    """Return signals of which one thing is random; all patterns are one number."""
    with pytest.MonkeyPatch.context() as patch:
        for other, value in NOTHING.items():
            if other != name:
                patch.setattr(mnist1d, other, value)
        patch.setattr(mnist1d, "patterns", lambda: np.full((10, 12), pattern))
        return signals(2_000, 0)["inputs"]


def test_slopes_are_at_most_three_eighths():
    slopes = np.ptp(only("SHEAR", 0.0), axis=1)
    assert 0 <= slopes.min() < 0.01 < 0.365 < slopes.max() <= 0.375


def test_scales_are_from_eight_to_twelve_tenths():
    scales = only("SCALE", 1.0).max(1)
    assert 0.8 <= scales.min() < 0.81 < 1.19 < scales.max() <= 1.2


def test_signals_are_moved_by_at_most_47_points():
    first = (only("TRANSLATION", 1.0) > 0.5).argmax(1) / SHORTER
    assert 0 <= first.min() < 2 < 45.5 < first.max() <= 48
    assert len(np.unique(first)) > 20


def test_patterns_are_stretched_from_48_to_72_points():
    widths = only("PADDING", 1.0).sum(1) / SHORTER
    assert 12.5 < widths.min() < 13 < 18 < widths.max() < 18.5
    assert len(np.unique(widths.round(6))) > 5


def test_noise_fills_what_is_no_pattern():
    x = only("CORRELATED", 0.0)
    assert (x[:, :7] == 0).all()  # made of the twelve points of the pattern alone
    expected = 0.25 * np.sqrt(np.sum(mnist1d.smoothing()[:, 40] ** 2))
    # Between two points, each of which has this deviation, it is a little smaller.
    assert 0.9 * expected < x[:, 15:30].std() < expected


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
