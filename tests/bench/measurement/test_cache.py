"""A later process compiles nothing that an earlier one has compiled."""

import json
import os
import subprocess
import sys

import jax
import platformdirs
import pytest

from bench.measurement import cache

RUN = """
import json
from bench.measurement import cache
from bench.measurement.runtime import Runtime, SpecTrial
from bench.core.spec import Budget, Named, Spec

searching = Named("optax.lbfgs")  # whose calls depend on their results
spec = Spec(Named("quadratic", {"spectrum": [1.0, 2.0]}), searching, Budget(steps=3))
with cache.watch() as programs:
    runtime = Runtime()
    records = [SpecTrial(runtime, spec).run()[0] for _ in range(2)]
print(json.dumps([dict(programs), [record.cached for record in records]]))
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
    assert first[0]["requests"] > 3
    assert first[0].get("hits", 0) < first[0]["requests"]
    # fewer, for the referee has no need to look again
    assert second[0]["hits"] == second[0]["requests"] < first[0]["requests"]


def test_a_record_says_where_its_program_came_from(runs):
    (first, second), _ = runs
    assert (first[1], second[1]) == ([False, None], [True, None])


def test_programs_are_kept_in_the_users_cache_folder(runs):
    _, folder = runs
    assert list(folder.glob("gradmeter/programs/*-cache"))


@pytest.fixture
def tell_jax():
    """Tell JAX something of its cache, and undo it afterwards."""
    before = {name: getattr(jax.config, name) for name in (CACHE, ON)}
    yield jax.config.update
    for name, value in before.items():
        jax.config.update(name, value)


def test_a_verdict_is_of_one_program_and_of_these_versions(
    tell_jax, tmp_path, monkeypatch
):
    tell_jax(CACHE, str(tmp_path))
    assert not cache.vouched("a program")
    cache.vouch("a program")
    assert cache.vouched("a program")
    assert not cache.vouched("another program")
    monkeypatch.setattr(cache, "versions", lambda: {"jax": "another"})
    assert not cache.vouched("a program")


@pytest.mark.parametrize(("name", "value"), [(CACHE, None), (ON, False)])
def test_a_cache_that_is_off_keeps_no_verdict(tell_jax, name, value):
    tell_jax(name, value)
    cache.vouch("a program")
    assert not cache.vouched("a program")


def test_what_the_user_told_jax_stands():
    cache.turn_on()
    assert jax.config.jax_compilation_cache_dir == os.environ[CACHE.upper()]
    assert jax.config.jax_persistent_cache_min_compile_time_secs == 0.1


def test_a_folder_that_is_too_large_loses_its_oldest_files(
    tell_jax, tmp_path, monkeypatch
):
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path))
    folder = tmp_path / "programs"
    folder.mkdir()
    for age, name in enumerate(["old", "older", "oldest"]):
        (folder / name).touch()
        os.truncate(folder / name, 2**29 + 1)  # takes no room; two are over a GiB
        os.utime(folder / name, (1e9 - age, 1e9 - age))
    tell_jax(CACHE, None)
    cache.turn_on()
    assert getattr(jax.config, CACHE) == str(folder)
    assert [path.name for path in folder.iterdir()] == ["old"]


def test_those_that_share_the_folder_of_programs_have_one_name_for_it(
    tmp_path, monkeypatch
):
    def named(place):
        monkeypatch.setattr(cache, "folder", lambda: place)
        return cache.name()

    first = named(tmp_path / "a")
    assert first == named(tmp_path / "a") != named(tmp_path / "b")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["name"]
    (tmp_path / "file").touch()
    assert named(tmp_path / "file") == named(None) == ""
