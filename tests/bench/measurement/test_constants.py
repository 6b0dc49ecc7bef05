"""A problem's digest, and a program's key, cover the numbers that functions hold."""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from bench.measurement import cache, executables, surroundings
from bench.measurement.arrays import digest
from bench.measurement.constants import constants

SCALE = np.ones(2)


def model(*, scale=1.0, shift=0.0, power=2, train=1.0):
    """Return a model that holds numbers in all ways in which functions do."""
    held = {"scale": [np.full(2, scale)]}

    def of(x, power=power):
        return jnp.sum(held["scale"][0] * x**power)

    def moved(shifts, params, batch):
        return of(params - shifts.sum()) * SCALE.sum() + batch.mean()

    shifts = np.zeros(2000, np.float32)  # of which a text shows the first and last
    shifts[1000] = shift
    return problems.from_functions(
        init=lambda key: jax.random.normal(key, (2,)),
        loss=functools.partial(moved, jnp.asarray(shifts)),
        train=np.full(3, train),
    )


CHANGED = ({"scale": 2.0}, {"shift": 1.0}, {"power": 3}, {"train": 0.5})


def test_a_digest_covers_what_functions_hold():
    digests = {digest(model(**changed)) for changed in ({}, *CHANGED)}
    assert len(digests) == len(CHANGED) + 1
    assert digest(model()) == digest(model())


def test_a_digest_covers_the_names_of_the_module(monkeypatch):
    before = digest(model())
    monkeypatch.setitem(globals(), "SCALE", np.ones(3))
    assert digest(model()) != before


def test_numbers_of_installed_packages_are_not_a_problems():
    def loss(params):
        return jnp.mean(jax.nn.gelu(params))

    assert list(constants([loss, jax.jit(loss)])) == []
    assert [float(x) for x in constants(jax.jit(functools.partial(loss, 2.0)))] == [2]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Let programs be kept, in a folder of the test."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    monkeypatch.setattr(surroundings, "_BEGAN", time.time() + 1e6)
    monkeypatch.delenv(executables.SETTING, raising=False)


def evaluated(problem, params):
    return problems.evaluated_loss(problem, params, problem.train)


@pytest.mark.usefixtures("kept")
def test_a_kept_programs_key_covers_what_functions_hold():
    def key(**changed):
        return executables.key(evaluated, (model(**changed), jnp.ones(2)))

    keys = [key(), *(key(**changed) for changed in CHANGED[:-1])]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key() == keys[0] == key(train=0.5)  # examples are arguments
