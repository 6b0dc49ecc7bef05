"""Float64 for the tests that ask for it."""

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture
def x64() -> Iterator[None]:
    """Let JAX compute in float64."""
    with jax.enable_x64(True):
        yield
