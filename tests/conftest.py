"""Compile with little optimisation, and once: tests ask for right numbers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .browser import MISSING, launched

# Before anything imports JAX, and for the workers that tests start.
_FLAGS = (os.environ.get("XLA_FLAGS", ""), "--xla_backend_optimization_level=0")
os.environ["XLA_FLAGS"] = " ".join(filter(None, _FLAGS))

# Not the user's cache but one that is thrown away with what else pytest keeps.
_CACHE = Path(__file__).resolve().parents[1] / ".pytest_cache" / "programs"
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(_CACHE)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"

# Tests run side by side, and are not to warn each other.
os.environ["GRADMETER_TIMING"] = str(_CACHE.parent / f"timing-{os.getpid()}")

# Tests replace parts of the project, which the key of a kept program does not cover.
os.environ["GRADMETER_EXECUTABLES"] = "0"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser, one a process; tests are skipped where there is none."""
    with launched() as browser:
        if browser is None:
            pytest.skip(MISSING)
        yield browser
