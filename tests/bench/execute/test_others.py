"""The load of other processes, from what the kernel has counted."""

import pytest

from bench.execute import others
from bench.execute.others import RECENT, Others, _Reading


class Kernel:
    """Counters that a test moves."""

    def __init__(self, monkeypatch):
        self.at = self.busy = self.own = 0.0
        monkeypatch.setattr(Others, "_read", lambda _: self.read())

    def read(self):
        return _Reading(self.at, self.busy, self.own)

    def passes(self, seconds, busy, own):
        self.at += seconds
        self.busy += seconds * busy
        self.own += seconds * own


@pytest.fixture
def kernel(monkeypatch):
    return Kernel(monkeypatch)


def test_what_this_process_uses_is_not_that_of_others(kernel):
    load = Others()
    kernel.passes(2.0, busy=1.5, own=1.0)
    assert load.cores() == pytest.approx(0.5)


def test_a_short_trial_is_measured_over_a_second(kernel):
    load = Others()
    for busy in (1.0, 1.0, 2.0, 2.0):
        kernel.passes(0.5, busy, own=1.0)
        seen = load.cores()
    assert seen == pytest.approx(1.0)
    kernel.passes(0.01, busy=1.0, own=1.0)
    assert load.cores() == pytest.approx(1.0, rel=0.02)


def test_a_long_trial_is_measured_from_its_start(kernel):
    load = Others()
    kernel.passes(3.0, busy=2.0, own=0.0)
    load.cores(RECENT)
    kernel.passes(60.0, busy=1.25, own=1.0)
    assert load.cores() == pytest.approx(0.25)


def test_what_ran_long_before_a_trial_does_not_count(kernel):
    load = Others()
    kernel.passes(60.0, busy=2.0, own=0.0)
    assert load.cores(RECENT) is None
    kernel.passes(0.6, busy=1.0, own=1.0)
    assert load.cores() == pytest.approx(0.0)


def test_too_short_a_time_tells_nothing(kernel):
    load = Others()
    kernel.passes(0.1, busy=2.0, own=0.0)
    assert load.cores() is None


def test_a_system_that_does_not_tell_leaves_the_load_unknown(monkeypatch):
    def refused(percpu):
        raise PermissionError

    monkeypatch.setattr(others.psutil, "cpu_times", refused)
    assert Others().cores() is None


def test_both_counters_are_in_seconds():
    """The kernel counts at least what this process itself has used."""
    load = Others()
    begun = load._readings[0]
    while load._read().own - begun.own < 0.3:
        sum(i * i for i in range(10_000))
    spent, now = load._read().own - begun.own, load._read()
    assert now.busy - begun.busy > spent - 0.1
