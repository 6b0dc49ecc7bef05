"""A later process compiles nothing that an earlier one has compiled."""

import json
import os
import subprocess
import sys

import jax
import pytest

from bench.measurement import cache

RUN = """
import json
from bench.measurement import cache
from bench.measurement.run_trial import SpecTrial
from bench.measurement.runtime import Runtime
from bench.core.spec import Budget, Named, Spec

sgd = Named("optax.sgd", {"learning_rate": 0.1})
spec = Spec(Named("quadratic", {"spectrum": [1.0, 2.0]}), sgd, Budget(steps=3))
with cache.watch() as programs:
    lab = Runtime()
    records = [SpecTrial(lab, spec).run()[0] for _ in range(2)]
print(json.dumps([dict(programs), [record["cached"] for record in records]]))
"""


CACHE, ON = "jax_compilation_cache_dir", "jax_enable_compilation_cache"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Do one run in two processes, one after the other, that share a cache."""
    folder = tmp_path_factory.mktemp("cache")
    chosen = {"XDG_CACHE_HOME": str(folder)}
    jax_says = {k: v for k, v in os.environ.items() if "CACHE" not in k}
    done = [
        subprocess.run(
            [sys.executable, "-c", RUN],
            env=jax_says | chosen,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    return [json.loads(one.stdout) for one in done], folder


def test_a_second_process_compiles_nothing(runs):
    (first, second), _ = runs
    assert first[0]["asked for"] > 3
    assert "found" not in first[0] or first[0]["found"] < first[0]["asked for"]
    # fewer, for the referee has no need to look again
    assert second[0]["found"] == second[0]["asked for"] < first[0]["asked for"]


def test_a_record_says_where_its_program_came_from(runs):
    (first, second), _ = runs
    assert (first[1], second[1]) == ([False, None], [True, None])


def test_programs_are_kept_in_the_users_cache_folder(runs):
    _, folder = runs
    assert list(folder.glob("gradmeter/programs/*-cache"))


def test_a_verdict_is_of_one_program_and_of_these_versions(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_told", {CACHE: str(tmp_path), ON: True}.get)
    assert not cache.vouched("a program")
    cache.vouch("a program")
    assert cache.vouched("a program")
    assert not cache.vouched("another program")
    monkeypatch.setattr(cache, "versions", lambda: {"jax": "another"})
    assert not cache.vouched("a program")


@pytest.mark.parametrize("said", [{CACHE: None, ON: True}, {CACHE: "/x", ON: False}])
def test_a_cache_that_is_off_keeps_no_verdict(said, monkeypatch):
    monkeypatch.setattr(cache, "_told", said.get)
    cache.vouch("a program")
    assert not cache.vouched("a program")


def test_what_the_user_told_jax_stands():
    cache.turn_on()
    assert jax.config.jax_compilation_cache_dir == os.environ[CACHE.upper()]
    assert jax.config.jax_persistent_cache_min_compile_time_secs == 0.1


def test_a_folder_that_is_too_large_loses_its_oldest_files(tmp_path, monkeypatch):
    for age, name in enumerate(["old", "older", "oldest"]):
        (tmp_path / name).write_bytes(bytes(10))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    monkeypatch.setattr(cache, "_MOST_BYTES", 15)
    cache._make_room(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
