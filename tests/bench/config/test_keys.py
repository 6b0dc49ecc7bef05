"""A trial's key goes by what its data files hold."""

import os
from dataclasses import replace

import numpy as np
import pytest

from bench.config import fingerprint
from bench.config.plan import identity, key
from bench.core.spec import Named, Spec


@pytest.fixture
def spec(tmp_path):
    x = tmp_path / "X.npy"
    np.save(x, np.arange(6000.0).reshape(-1, 2))
    settings = {"dataset": "files", "inputs": str(x), "targets": "none.npy"}
    return Spec(Named("linear_regression", settings), Named("newton"))


def identify(spec):
    made = fingerprint.fingerprint(spec.problem.name, spec.problem.settings)
    known = replace(spec, problem=replace(spec.problem, fingerprint=made))
    return identity(key(known, "cpu", {}))


def change(spec, at):
    """Change one byte of the file, and keep its size and times."""
    path = spec.problem.settings["inputs"]
    stat = os.stat(path)
    with open(path, "r+b") as file:
        file.seek(at, os.SEEK_SET if at >= 0 else os.SEEK_END)
        file.write(b"\1")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    fingerprint._of_file.cache_clear()


def test_any_byte_of_a_small_file_makes_another_trial(spec):
    seen = {identify(spec)}
    for at in (200, 24_001, -1):
        change(spec, at)
        seen.add(identify(spec))
    assert len(seen) == 4
    assert identify(replace(spec, label="other")) in seen


def test_a_large_file_goes_by_size_time_and_samples(spec, monkeypatch):
    monkeypatch.setattr(fingerprint, "WHOLE", 1000)
    monkeypatch.setattr(fingerprint, "SAMPLES", 3)
    monkeypatch.setattr(fingerprint, "_SAMPLE", 100)
    path = spec.problem.settings["inputs"]
    first = identify(spec)
    change(spec, 10_000)  # no sample holds it
    assert identify(spec) == first
    sampled = set()
    for at in (99, 24_050, -1):
        change(spec, at)
        sampled.add(identify(spec))
    assert len(sampled | {first}) == 4
    os.utime(path)
    assert identify(spec) not in sampled


def test_a_table_that_changes_makes_another_trial(tmp_path):
    file = tmp_path / "homes.csv"
    settings = {"dataset": "files", "file": str(file), "targets": "price"}
    spec = Spec(Named("linear_regression", settings), Named("newton"))
    seen = set()
    for text in ("area,price\n1,2\n", "area,price\n1,3\n"):
        file.write_text(text)
        seen.add(identify(spec))
    assert len(seen) == 2
