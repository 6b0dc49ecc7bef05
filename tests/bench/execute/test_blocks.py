"""Blocks: each is run once, seen beforehand, told of, and free again afterwards."""

import os
import threading
import time

import pytest

from bench.cli.run import run_config
from bench.config.read import read
from bench.config.untimed import untimed
from bench.core.least_loss import LeastLoss
from bench.core.readings import READINGS
from bench.core.records import TrialRecord
from bench.execute import pending
from bench.execute.blocks import Blocks
from bench.execute.engine import Engine
from bench.execute.executor import Block
from bench.execute.pending import Pending
from bench.execute.pool import Pool
from bench.execute.progress import Lines
from bench.execute.run import Runner
from bench.store import files, trials
from bench.store.environment import Device

from ..configs import specs_of, written
from ..executors import StandInExecutor, replace_workers


class Told(Lines):
    """Keeps which trials began, went on and ended."""

    def __init__(self):
        super().__init__()
        self.began_trials, self.shares, self.ended_trials = [], [], []

    def started(self, spec):
        self.began_trials.append(spec.key)

    def progress(self, fraction):
        self.shares.append(fraction)

    def finished(self, spec, record):
        self.ended_trials.append((spec.key, record.end))


def trial(spec):
    calls = dict.fromkeys(READINGS, 3)
    record = TrialRecord(spec, "budget", device="cpu", steps=3, readings=calls)
    return record, [calls | {"step": 3, "seconds": 0.25, "loss": 1.0}]


@pytest.fixture
def specs(tmp_path):
    return specs_of(tmp_path)


def complete(folder, specs, executors, **more):
    """Run trials, and return what was told."""
    told = Told()
    parts = {"least": lambda spec: LeastLoss(), "lost": lambda spec: None} | more
    blocks = Blocks(folder, "cpu", report=told, **parts)
    with Pool(lambda: executors(folder, "cpu"), 2) as pool:
        blocks.complete(pool, Pending(specs, folder, [spec.key for spec in specs]))
    return told


def test_other_runs_are_looked_for_before_each_block(specs, folder):
    executor, done = StandInExecutor(trial), []
    told = complete(
        folder, specs, executor, before=lambda: done.append(len(executor.done))
    )
    assert len(done) == 2  # blocks, side by side here
    assert done[0] < 6
    assert len(executor.done) == 12
    assert sorted(told.began_trials) == sorted(spec.key for spec in specs)
    assert sorted(told.ended_trials) == sorted((s.key, "budget") for s in specs)
    assert told.shares == [0.5] * 12


def test_a_block_has_the_least_loss_of_its_problem(specs, folder):
    least = {"quadratic": 0.25, "logistic_regression": 0.5}
    complete(
        *(folder, specs, StandInExecutor(trial)),
        least=lambda spec: LeastLoss(least[spec.problem.name]),
    )
    records = trials.finished(folder).values()
    assert {(r.spec.problem.name, r.optimum) for r in records} == set(least.items())


def test_a_trial_whose_program_cannot_be_made_fails_without_a_worker(specs, folder):
    def lost(spec):
        return "it ends its worker" if spec.label == "L-BFGS" else None

    executor = StandInExecutor(trial)
    told = complete(folder, specs, executor, lost=lost)
    assert {spec.label for spec in executor.done} == {"sgd"}
    records = trials.finished(folder).values()
    failed = [r for r in records if r.end == "failed"]
    assert {r.spec.label for r in failed} == {"L-BFGS"}
    assert {r.reason for r in failed} == {"it ends its worker"}
    assert len(told.ended_trials) == 12


def test_a_block_is_free_again_when_it_has_ended_or_failed(specs, folder):
    class Wrong(StandInExecutor):
        def submit(self, job):
            yield from super().submit(job)
            if isinstance(job, Block):
                raise KeyError("wrong")

    with pytest.raises(KeyError):
        complete(folder, specs, Wrong(trial))
    for ended in (StandInExecutor(trial), None):
        for name in map(pending._name, pending.in_blocks(specs)):
            lock = files.acquire_lock(folder, name)
            assert lock is not None
            lock.release()
        if ended:
            complete(folder, specs, ended)


class Busy(StandInExecutor):
    """Counts the blocks that are done at once, on all executors of a run."""

    def __init__(self):
        super().__init__(trial)
        self.at_once, self.most, self.lock = 0, 0, threading.Lock()

    def submit(self, job):
        if not isinstance(job, Block):
            yield from super().submit(job)
            return
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        time.sleep(0.2)  # the other block begins meanwhile if it can
        yield from super().submit(job)
        with self.lock:
            self.at_once -= 1


@pytest.mark.parametrize(
    ("counts", "timed", "most"), [(False, 1, 1), (False, 2, 2), (True, 1, 2)]
)
def test_trials_that_are_not_timed_run_side_by_side(
    tmp_path, folder, counts, timed, most
):
    busy = Busy()
    config = read(written(tmp_path))
    engine = Engine(busy, untimed=2, timed=timed)
    run = Runner(
        *(untimed(config) if counts else config, Device("cpu", "cpu"), folder),
        engine=engine,
        report=Told(),
    )
    run.complete(quiet=True)
    assert busy.most == most
    assert sorted(busy.keys) == sorted(set(busy.keys))
    assert len(busy.keys) == 12
    assert {spec.timed for spec in busy.done} == {not counts}
    assert len(busy.priced) == (0 if counts else 2)


def test_a_run_that_times_can_be_seen_by_others_and_one_that_counts_cannot(
    tmp_path, monkeypatch
):
    place, seen = tmp_path / "timing", {}
    monkeypatch.setenv("GRADMETER_TIMING", str(place))

    def look(spec):
        seen[spec.timed] = {path.name for path in place.glob("*")}
        return trial(spec)

    replace_workers(monkeypatch, StandInExecutor(look))
    monkeypatch.chdir(tmp_path)
    config = written(tmp_path)
    for counts in (False, True):
        run_config(config, counts=counts)
    assert seen == {True: {f"timing-{os.getpid()}.lock"}, False: set()}
    assert not list(place.glob("*"))
    assert {path.name for path in (tmp_path / "results").iterdir()} == {
        *("small", "small-counts"),
    }
