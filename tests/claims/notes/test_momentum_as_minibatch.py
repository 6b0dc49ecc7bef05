"""The noise of a step's direction."""

import numpy as np
import pytest

from claims.notes import momentum_as_minibatch


@pytest.mark.parametrize(("decay", "size", "share"), [(0.0, 4, 1 / 4), (0.5, 1, 1 / 3)])
def test_a_direction_has_the_noise_of_its_batch(decay, size, share):
    variances = momentum_as_minibatch.noise(decay, size, seeds=2, steps=200)
    np.testing.assert_allclose(variances, share, rtol=0.1)
