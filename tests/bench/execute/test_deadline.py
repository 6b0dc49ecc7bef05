"""A worker is ended for what it did, and not because the machine is busy."""

import threading
import time
from dataclasses import replace

import psutil
import pytest

from bench.core.spec import Budget, Named, Spec
from bench.execute import deadline
from bench.execute.deadline import FLOOR, GRACE, PATIENCE, Watch

BOWL = Spec(Named("quadratic"), Named("sgd"))
LIMITED = replace(BOWL, budget=Budget(seconds=4.0, compile_seconds=20.0))


class Worker:
    """A clock, and the CPU seconds of two threads, which a test moves."""

    def __init__(self, monkeypatch):
        self.now, self.cpu, self.reads = 0.0, {1: 7.0, 2: 3.0}, 0
        monkeypatch.setattr(deadline.time, "monotonic", lambda: self.now)

    def threads(self):
        self.reads += 1
        return dict(self.cpu)

    def passes(self, watch, seconds, share):
        """Look every 0.2 s while thread 2 has a share of a processor."""
        for _ in range(round(5 * seconds)):
            self.now += 0.2
            self.cpu[2] += 0.2 * share
            if late := watch.overdue(self.threads):
                return late
        return None


@pytest.fixture
def worker(monkeypatch):
    return Worker(monkeypatch)


def test_what_uses_up_its_deadline_in_cpu_time_is_ended_for_its_own_fault(worker):
    watch = Watch(LIMITED)
    assert worker.passes(watch, 20 + GRACE - 1, 1.0) is None
    late = worker.passes(watch, 5, 1.0)
    assert late is not None
    assert late.own
    assert late.why.startswith("not compiled in 4")
    watch.see({"event": "chunk", "steps": 12, "seconds": 3.0})
    assert worker.passes(watch, FLOOR - 1, 1.0) is None  # the floor, not 1 s + GRACE
    late = worker.passes(watch, 3, 1.0)
    assert late is not None
    assert late.own
    assert late.why.startswith("no progress after 12 steps in ")


def test_what_gets_half_a_processor_may_take_twice_as_long(worker):
    watch = Watch(LIMITED)
    assert worker.passes(watch, 2 * (20 + GRACE) - 1, 0.5) is None
    late = worker.passes(watch, 5, 0.5)
    assert late is not None
    assert late.own


def test_what_sleeps_is_ended_late_and_not_for_its_own_fault(worker):
    watch = Watch(LIMITED)
    watch.see({"event": "clock", "steps": 0, "seconds": 0.0})
    longest = FLOOR + PATIENCE * (4 + GRACE)
    assert worker.passes(watch, longest - 1, 0.001) is None
    late = worker.passes(watch, 2, 0.001)
    assert late is not None
    assert not late.own
    assert late.why.startswith("no progress after 0 steps in 10")


def test_a_sign_of_life_begins_a_new_silence(worker):
    watch = Watch(LIMITED)
    for _ in range(9):
        assert worker.passes(watch, 25, 1.0) is None
        watch.see({"event": "chunk", "steps": 1, "seconds": 0.0})


def test_several_busy_threads_count_as_the_busiest(worker):
    watch = Watch(LIMITED)
    for _ in range(190):  # 38 s, with 76 s of CPU time
        worker.now += 0.2
        worker.cpu = {thread: cpu + 0.2 for thread, cpu in worker.cpu.items()}
        assert watch.overdue(worker.threads) is None


def test_cpu_time_is_read_rarely(worker):
    watch = Watch(LIMITED)
    worker.passes(watch, 0.8, 1.0)
    assert worker.reads == 0
    worker.passes(watch, FLOOR - 1.0, 1.0)
    assert worker.reads == 1
    worker.passes(watch, 8.0, 1.0)
    assert worker.reads <= 4


def test_a_certificate_has_its_own_deadline(worker):
    watch = Watch(LIMITED, 15.0)
    watch.see({"event": "certify"})
    assert worker.passes(watch, 15 + GRACE - 1, 1.0) is None
    late = worker.passes(watch, 5, 1.0)
    assert late is not None
    assert late.why.startswith("no certificate within 15 s")


def test_the_thread_that_works_is_seen_from_outside():
    process, done = psutil.Process(), threading.Event()

    def used():
        return {t.id: t.user_time + t.system_time for t in process.threads()}

    def spin():
        while not done.is_set():
            sum(range(10_000))

    before, seen = used(), 0.0
    work = threading.Thread(target=spin)
    work.start()
    end = time.monotonic() + 60
    while seen < 0.1 and time.monotonic() < end:
        time.sleep(0.01)
        seen = deadline._busiest(before, used())
    done.set()
    work.join()
    assert seen >= 0.1


@pytest.mark.parametrize(
    ("budget", "share"),
    [
        (Budget(seconds=10.0), 0.2),
        (Budget(seconds=10.0, steps=5), 0.6),
        (Budget(seconds=10.0, gradients=5), 0.8),
        (Budget(seconds=10.0, forwards=5), 1.0),
    ],
)
def test_the_share_is_the_largest_of_any_part_of_the_budget(budget, share):
    watch = Watch(replace(BOWL, budget=budget))
    assert watch.share() == 0
    spent = {"steps": 3, "seconds": 2.0, "readings": [6, 0, 4, 0, 0, 0]}
    watch.see({"event": "chunk", **spent})
    assert watch.share() == share
