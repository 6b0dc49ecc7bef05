"""Evaluations are apart by what they read, and their share of what steps read small."""

from fractions import Fraction

import numpy as np
import pytest

from bench.core.spec import Every
from bench.measurement.looks import Looks, NormLooks
from bench.measurement.spacing import NORM_SHARE, SHARE, Counts, looks, norm_looks

NET = Counts(parameters=20_000, train=1437, held_out=360, metrics=True, batch=64)


@pytest.mark.parametrize("steps", [5_000, 20_000, 10**6])
def test_evaluations_read_a_small_share_of_what_steps_read(steps):
    found = looks(NET, counted=True).between(-1, steps)
    reads = len(found) * (1437 + 2 * 360)
    assert reads / (steps * 3 * 64) < 1.5 * SHARE
    before = [0, *found]
    norms = [
        s for b, s in zip(before, found, strict=False) if norm_looks(NET).has(s, b)
    ]
    assert len(norms) * 3 * 1437 / (steps * 3 * 64) <= NORM_SHARE
    assert norms or steps < 3_000


def test_looks_are_even_up_to_the_growth_and_then_those_of_before():
    found = looks(NET, counted=True).between(-1, 10**5)
    apart = NET.apart(NET.evaluation, SHARE)
    assert found[:5] == [0, 1, 10, 100, apart]
    late = [look for look in found if look > 20 * apart]
    assert set(late) <= set(Looks(counted=True).between(0, 10**5))
    assert np.diff(found[4:]).min() >= apart // 2
    steps = np.arange(0, 3000)
    assert np.flatnonzero(looks(NET, counted=True).among(steps)).tolist() == [
        look for look in found if look < 3000
    ]


@pytest.mark.parametrize(
    "small", [NET._replace(batch=0), NET._replace(parameters=30, train=100)]
)
def test_without_batches_or_where_evaluations_are_small_nothing_is_left_out(small):
    found = looks(small, counted=True).between(0, 5000)
    assert found == Looks(counted=True).between(0, 5000)
    assert all(norm_looks(small).has(look, look - 1) for look in found)


def test_what_is_stated_is_done_whatever_it_costs():
    assert looks(NET, True, every=Every(steps=3)).between(-1, 9) == [0, 3, 6, 9]
    epochs = looks(NET, True, every=Every(epochs=1)).between(0, 100)
    assert epochs == [23, 45, 68, 90]  # 1437 / 64 = 22.45
    grown = looks(NET, True, every=Every(growth=2.0)).between(-1, 100)
    assert grown == [0, 1, 2, 4, 8, 16, 32, 64]
    whole = looks(NET._replace(batch=0), True, every=Every(epochs=2))
    assert whole.between(0, 6) == [2, 4, 6]


def test_an_epoch_shorter_than_a_step_is_a_step():
    often = Looks(True, every=Every(epochs=0.1), epoch=Fraction(3))
    assert often.between(-1, 3) == [0, 1, 2, 3]


def test_gradient_norms_are_at_the_looks_that_pass_their_steps():
    norms, before, found = NormLooks(1000), 0, []
    for look in range(700, 10_000, 700):
        if norms.has(look, before):
            found.append(look)
        before = look
    assert found[:3] == [1400, 2100, 3500]
