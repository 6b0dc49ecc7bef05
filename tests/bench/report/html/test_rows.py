"""Traces that are read together are those that are read one by one."""

from dataclasses import replace

import numpy as np
import pytest

from bench.core.errors import RunError
from bench.report.html.rows import UNUSED, traces
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

COURSES = [Course("bowl"), Course("dish", steps=9, metrics=("held_out_accuracy",))]
RACERS = [Racer("a", 0.9), Racer("b", 0.99, calls={"residual": 1}), Racer("c", 1.5)]


@pytest.fixture
def run(tmp_path):
    return load(write_run(tmp_path, COURSES, RACERS, seeds=2))


def test_traces_are_those_that_are_read_one_by_one(run):
    keys = [record.key for record in run.records]
    found = traces(run, [*keys, "none"])
    for key in keys:
        alone = run.trace(key)
        used = [c for c in alone if c not in UNUSED and alone[c].any()]
        assert set(used) <= set(found[key])
        for column, values in found[key].items():
            np.testing.assert_array_equal(values, alone[column].to_numpy(float))
    assert len(found["none"].get("step", ())) == 0


def test_a_file_that_is_no_table_is_named(run):
    key = run.records[0].key
    wrong = run.sources[key].replace(b"0.1", b"zero")
    sources = {**run.sources, key: wrong}
    with pytest.raises(RunError, match=key):
        traces(replace(run, sources=sources), [r.key for r in run.records])
