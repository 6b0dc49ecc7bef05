"""As many trials run together as the memory holds that their program states."""

from types import SimpleNamespace

import numpy as np
import pytest

from bench.core.fit import Fit
from bench.core.spec import Budget, Named, Spec
from bench.measurement import sweep_memory
from bench.measurement.runtime import Runtime
from bench.measurement.sweep import SweepTrial, sweep
from bench.measurement.sweep_memory import SHARE, fitting, free_bytes

ROOM = 1000
FREE = round(ROOM / SHARE)


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr(sweep_memory, "free_bytes", lambda device: FREE)


def members(count, temporary=0):
    """Return trials whose separate program needs 12 bytes of states and temporaries."""
    footprint = SimpleNamespace(temporary_bytes=temporary)
    ready = SimpleNamespace(program=SimpleNamespace(footprint=footprint))
    step = SimpleNamespace(devices=lambda: {None}, nbytes=4)
    start = SimpleNamespace(step=step)
    return [SimpleNamespace(ready=ready, start=start) for _ in range(count)]


def made(each, fixed=0, tried=None):
    """Return what makes programs that need bytes, fixed ones and for each trial."""

    def make(some):
        if tried is not None:
            tried.append(len(some))
        return SimpleNamespace(bytes=fixed + each * len(some), trials=len(some))

    return make


@pytest.fixture(autouse=True)
def states(monkeypatch):
    monkeypatch.setattr(sweep_memory, "size_in_bytes", lambda start: start.step.nbytes)


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize(
    ("trials", "each", "fixed", "together"),
    [
        (10, 100, 0, 10),  # exactly
        (11, 100, 0, 6),  # two parts, of 6 and 5
        (30, 100, 0, 10),
        (31, 100, 0, 8),  # four parts, none larger than 10
        (10, 0, 2000, 1),  # nothing fits
        (1, 5000, 0, 1),
    ],
)
def test_they_are_divided_into_as_few_equal_parts_as_fit(trials, each, fixed, together):
    program, fit = fitting(members(trials), made(each, fixed))
    assert program.trials == together
    assert fit == Fit(trials, together, fixed + each * together, FREE)


@pytest.mark.usefixtures("device")
def test_what_separate_trials_need_says_how_many_are_tried_first():
    tried = []
    fitting(members(1000, temporary=88), made(100, tried=tried))  # and 12 of states
    assert tried == [10]
    tried.clear()
    fitting(members(64, temporary=None), made(100, tried=tried))
    assert tried[0] == 64
    assert tried[-1] == 10


@pytest.mark.usefixtures("device")
def test_a_program_that_states_nothing_takes_all():
    program, fit = fitting(members(7), lambda some: SimpleNamespace(bytes=None))
    assert program.bytes is None
    assert fit == Fit(7, 7, None, FREE)


@pytest.mark.parametrize(
    ("stats", "free"),
    [
        ({"bytes_limit": 100, "bytes_in_use": 30}, 70),
        ({"bytes_limit": 100}, 100),
        ({}, None),
        (None, None),
    ],
)
def test_the_free_memory_is_what_the_device_states(stats, free):
    device = SimpleNamespace(platform="gpu", memory_stats=lambda: stats)
    assert free_bytes(device) == free


def test_the_free_memory_of_a_cpu_is_the_machines():
    free = free_bytes(SimpleNamespace(platform="cpu"))
    assert free is not None
    assert 2**20 < free < 2**50


def test_a_fit_in_words():
    assert str(Fit(1024, 342, 1_234_000_000, 139_000_000_000)) == (
        "1,024 sweep trials, 342 at a time: 1.23 GB of memory, 139 GB free"
    )
    assert str(Fit(8, 8, 4_560_000)) == "8 sweep trials, 8 at a time: 4.56 MB of memory"
    assert str(Fit(8, 8)) == "8 sweep trials, 8 at a time"


def test_what_a_program_states_covers_its_arrays():
    """States, log and temporaries of trials, each of which has a vector of 1,000."""
    spectrum = [float(x) for x in np.linspace(1.0, 2.0, 1000)]
    problem = Named("quadratic", {"spectrum": spectrum})
    trials = [SweepTrial({"learning_rate": 0.1}, seed) for seed in range(4)]
    spec = Spec(problem, Named("adam"), Budget(steps=3))
    fits: list[Fit] = []
    sweep(Runtime(), spec, trials, by="vmap", tell=fits.append)
    state = 3 * 4 * 1000  # params and two averages
    log = 4 * 8192 * 14
    assert fits[0].bytes is not None
    least = 4 * (3 * state + log)
    assert least <= fits[0].bytes < 3 * least + 2**20
