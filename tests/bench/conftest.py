"""Fixtures that several folders share."""

import jax
import pytest

from bench.measurement.runtime import Runtime

from . import in_process


@pytest.fixture(scope="module")
def runtime():
    """Return a runtime that keeps the programs of a module's tests."""
    return Runtime()


@pytest.fixture(scope="module")
def without_workers():
    """Let the runs of a module's tests do their jobs in this process."""
    with pytest.MonkeyPatch.context() as patch:
        in_process.use(patch)
        yield


@pytest.fixture
def x64():
    """Let arrays be float64."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def folder(tmp_path):
    """Return the empty folder of a run."""
    return tmp_path / "run"
