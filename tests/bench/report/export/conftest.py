"""A run whose trials are exported."""

import pytest

from bench.store.run import load

from ...synthetic_run import Course, Racer, change, key_of, write_run

BOWL = Course("bowl", steps=60, metrics=("held_out_accuracy",))
ADAM = Racer("adam", 0.7, settings={"learning_rate": 0.1, "seed": 3, "mask": ["a"]})
WILD = Racer("a/b $wild$", 2.0)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Two optimizers and two seeds; one trial failed."""
    folder = write_run(tmp_path_factory.mktemp("export"), [BOWL], [ADAM, WILD], seeds=2)
    change(folder, key_of(BOWL, WILD, 1), end="failed", reason="it broke")
    return load(folder)
