"""A run that several tests look at."""

import pytest

from bench.report.groups import Results
from bench.store.run import load

from ..synthetic_run import change, key_of, write_run
from .races import BOWLS, MANY, RACERS


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Four optimizers on two problems, seven seeds; one is skipped on the second."""
    folder = write_run(tmp_path_factory.mktemp("run"), BOWLS, RACERS, seeds=7)
    for seed in range(7):
        key = key_of(BOWLS[1], MANY, seed)
        change(folder, key, end="skipped", steps_to_target=None)
    return Results(load(folder))
