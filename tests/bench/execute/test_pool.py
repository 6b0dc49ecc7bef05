"""What is not timed runs side by side, each part once, and never beside a clock."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import psutil
import pytest

from bench.config.read import checked
from bench.core.errors import EnvironmentFault
from bench.core.records import TrialRecord
from bench.execute import pool as module
from bench.execute import run
from bench.execute.engine import Engine
from bench.execute.executor import Answer, Arrays, Block, Facts, Finished, Lost, Make
from bench.execute.local import LocalExecutor
from bench.execute.pool import Pool, processes
from bench.execute.run import Runner
from bench.measurement import cache
from bench.store import trials
from bench.store.environment import Device

ROOT = Path(__file__).parents[3]


class Endless:
    """An executor whose jobs last until it is closed."""

    def __init__(self):
        self.begun, self.closed = threading.Event(), threading.Event()

    def start(self):
        pass

    def submit(self, job):
        self.begun.set()
        assert self.closed.wait(60)
        yield Lost("the worker was killed", died=True)

    def close(self):
        self.closed.set()


def last(executor, job):
    return list(executor.submit(job))[-1]


def pool_of(size, make=Endless):
    made = []

    def making():
        made.append(make())
        return made[-1]

    return Pool(making, size), made


def test_results_come_as_they_are_ready_and_workers_are_no_more_than_tasks():
    pool, made = pool_of(9)
    first = threading.Event()

    def work(executor, task):
        if task == 0:
            assert first.wait(60)
        return executor, task**2

    with pool:
        results = pool.results([0, 1, 2], work)
        done = [next(results), next(results)]
        first.set()
        done += results
    assert {task for task, _ in done[:2]} == {1, 2}
    assert {task: square for task, (_, square) in done} == {0: 0, 1: 1, 2: 4}
    assert len(made) == 3
    assert all(executor.closed.is_set() for executor in made)


def test_no_more_tasks_run_at_once_than_there_is_room_for():
    pool, made = pool_of(2)
    at_once, most = [], []

    def work(executor, task):
        assert executor not in at_once  # each does one job at a time
        at_once.append(executor)
        most.append(len(at_once))
        time.sleep(0.02)
        at_once.remove(executor)

    with pool:
        assert len(list(pool.results(range(8), work))) == 8
        assert len(list(pool.results(range(3), work))) == 3  # by the same workers
    assert max(most) == len(made) == 2


def test_few_short_tasks_start_one_worker():
    pool, made = pool_of(4)
    with pool:
        assert len(list(pool.results(range(3), lambda _, task: task, each=3))) == 3
    assert len(made) == 1


def test_a_job_whose_worker_died_is_done_again_alone_and_only_once():
    pool, _ = pool_of(2)
    tried, at_once = defaultdict(int), []
    ends = {
        "a": [Lost("no memory", died=True), Answer(1)],
        "b": [Lost("no memory", died=True), Lost("it crashes", died=True)],
        "c": [Lost("too slow")],
    }

    def work(executor, task):
        del executor
        at_once.append(task)
        time.sleep(0.02)
        count = len(at_once)
        at_once.remove(task)
        end = ends[task][tried[task]]
        tried[task] += 1
        assert tried[task] == 1 or count == 1
        return end

    with pool:
        done = dict(pool.results(list(ends), work))
    assert done == {task: each[-1] for task, each in ends.items()}
    assert tried == {"a": 2, "b": 2, "c": 1}


def test_the_first_error_ends_all_and_is_raised():
    pool, made = pool_of(2)

    def work(executor, task):
        if task == "endless":
            return last(executor, None)
        assert made[0].begun.wait(60)
        raise EnvironmentFault("no worker can start")

    with pytest.raises(EnvironmentFault, match="no worker can start"), pool:
        list(pool.results(["endless", "wrong", "never"], work))
    assert all(executor.closed.is_set() for executor in made)
    assert threading.active_count() == 1 or not any(
        thread.is_alive() for thread in pool._threads
    )


def test_processes_are_the_cores_that_may_be_used_and_have_memory(monkeypatch):
    monkeypatch.setattr(module, "usable_processors", lambda: set(range(8)))
    assert processes("gpu") == processes("tpu") == 1
    for room, count in ((2**40, 8), (5 * 2**30, 5), (2**20, 1)):
        free = type("Free", (), {"available": room})
        monkeypatch.setattr(psutil, "virtual_memory", lambda free=free: free)
        assert processes("cpu") == count


def test_a_worker_that_cannot_start_is_one_error(folder, monkeypatch):
    monkeypatch.setenv("JAX_DISABLE_JIT", "1")
    folder.mkdir()
    with Pool(lambda: LocalExecutor(folder, "cpu"), 2) as pool:
        specs = runner(folder, StandIn()).plan
        with pytest.raises(EnvironmentFault, match="only compiled programs"):
            list(pool.results(specs[:2], lambda e, spec: last(e, Make(spec))))
    assert workers() == []


def workers():
    """Return the worker processes of this one."""
    below = psutil.Process().children(recursive=True)
    return [p for p in below if "worker" in p.cmdline()]


SMALL = """
name = "small"
seeds = 3
budget = { steps = 20, seconds = 9, target = { suboptimality = 1e-6 } }
problems = [{ name = "quadratic" }, { name = "rosenbrock" }]
[[optimizers]]
name = "sgd"
grid = { learning_rate = [0.1, 0.2] }
[[optimizers]]
name = "momentum"
learning_rate = 0.1
[[optimizers]]
name = "scipy.BFGS"
"""
TUNED = "[tuning]\nbudget = 9\ntrials = 2\nrefine = 0\ncriterion = 'final_loss'\n"


class StandIn:
    """Executors that do nothing, and note when they do it.

    Attributes:
        made: The specs of programs, in the order in which they were made.
        intervals: Start and end of each job, by whether it is timed.
        done: The specs of trials.
        open: The executors that have not ended.
    """

    def __init__(self, make=lambda spec: Answer(True)):
        self.make, self.made, self.done = make, [], []
        self.intervals = {True: [], False: []}
        self.open = set()

    def __call__(self, folder, platform):
        del platform
        return OneOf(self, folder)

    def do(self, job, folder):
        if isinstance(job, Make):
            self.made.append(job.spec)
            return [self.make(job.spec)]
        if isinstance(job, Block):
            self.done += job.trials
            return [Finished(s, written(folder, s)) for s in job.trials]
        if isinstance(job, Facts):
            return [Answer({"prices": []})]
        if isinstance(job, Arrays):
            return [Answer("")]
        if hasattr(job, "settings"):
            row = {"final_loss": 1.0, "cost": 1.0, "area": 1.0}
            return [Answer([{"choose": [row], "score": [row]} for _ in job.settings])]
        return [Answer({"parameters": 2, "examples": 0, "optimum": 0.0})]


class OneOf:
    def __init__(self, shared, folder):
        self.shared, self.folder = shared, folder

    def start(self):
        pass

    def submit(self, job):
        self.shared.open.add(self)
        timed = isinstance(job, Block | Facts)
        assert not timed or self.shared.open == {self}  # all others have ended
        start = time.perf_counter()
        time.sleep(0.005)
        ends = self.shared.do(job, self.folder)
        self.shared.intervals[timed].append((start, time.perf_counter()))
        yield from ends

    def close(self):
        self.shared.open.discard(self)


def written(folder, spec):
    return trials.write_trial(folder, TrialRecord(spec, "target"), [])


def runner(folder, executors, text=SMALL):
    made = Runner(checked(text), Device("cpu", "cpu"), folder, engine=Engine(executors))
    made.plan = made._plan.specs()
    return made


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "programs")
    return tmp_path / "programs"


def names(specs):
    return [(s.problem.name, s.optimizer.name) for s in specs]


def test_each_program_is_made_once_and_in_the_next_run_not_at_all(kept, folder):
    executors = StandIn()
    runner(folder, executors).complete(quiet=True)
    programs = [
        (p, o) for p in ("quadratic", "rosenbrock") for o in ("sgd", "momentum")
    ]
    assert sorted(names(executors.made)) == sorted(programs)
    assert len(executors.done) == 2 * 4 * 3
    again = StandIn()
    runner(folder.with_name("other"), again).complete(quiet=True)
    assert again.made == []
    other = StandIn()
    text = SMALL.replace('name = "small"', 'name = "small"\ndtype = "float64"')
    runner(folder.with_name("wider"), other, text).complete(quiet=True)
    assert len(other.made) == 4


def test_programs_that_are_left_to_their_trials_are_asked_for_once(kept, folder):
    executors = StandIn(make=lambda spec: Answer(False))
    first = runner(folder, executors)
    first.complete(1, quiet=True)
    first.complete(2, quiet=True)
    assert len(executors.made) == 4
    assert not kept.exists()
    again = StandIn(make=lambda spec: Answer(False))
    runner(folder.with_name("other"), again).complete(1, quiet=True)
    assert len(again.made) == 4  # nothing is noted of them


def test_nothing_is_made_for_finished_trials_or_without_a_cache(
    kept, folder, monkeypatch
):
    executors = StandIn(make=lambda spec: Answer(False))
    first = runner(folder, executors)
    for spec in first.plan:
        if spec.optimizer.name != "momentum":
            written(folder_of(folder), spec)
    first.complete(quiet=True)
    problems = ["quadratic", "rosenbrock"]
    assert sorted(names(executors.made)) == [(name, "momentum") for name in problems]
    monkeypatch.setattr(cache, "folder", lambda: None)
    without = StandIn()
    runner(folder.with_name("other"), without).complete(quiet=True)
    assert (without.made, len(without.done)) == ([], 24)


def folder_of(folder):
    run.run_folder.prepare(folder)
    return folder


def test_a_program_that_ends_its_worker_costs_no_seed_another(kept, folder):
    def make(spec):
        crashes = spec.optimizer.name == "momentum"
        return Lost("it was ended by SIGSEGV", died=True) if crashes else Answer(True)

    executors = StandIn(make)
    specs = runner(folder, executors).complete(quiet=True)
    assert names(executors.made).count(("quadratic", "momentum")) == 2
    assert "momentum" not in {spec.optimizer.name for spec in executors.done}
    own = [spec.key for spec in specs if spec.label == "momentum"]
    ends = [trials.read_trial(folder, key) for key in own]
    assert [r.end for r in ends] == ["failed"] * 6
    assert {r.reason for r in ends} == {"it was ended by SIGSEGV"}


def test_nothing_runs_beside_what_is_timed(kept, folder, monkeypatch):
    monkeypatch.setattr(run, "processes", lambda platform: 3)
    executors = StandIn()
    text = SMALL.replace("grid = { learning_rate = [0.1, 0.2] }", "")
    small = runner(folder, executors, text + TUNED)
    small.tune()
    small.complete(quiet=True)
    untimed, timed = executors.intervals[False], executors.intervals[True]
    assert len(untimed) > 8
    assert len(timed) == 2 + 2  # blocks and prices
    assert max(end for _, end in untimed) <= min(start for start, _ in timed)
    overlapping = any(a < d and c < b for a, b in untimed for c, d in untimed if a != c)
    assert overlapping
    assert executors.open == set()


HANGS = """
import os, sys, time
from pathlib import Path
import optimizers

def hangs():
    if "bench.execute.worker" in str(sys.modules["__main__"].__spec__):
        Path(__file__).with_name(f"making-{os.getpid()}").touch()
        time.sleep(600)
    return optimizers.sgd(0.1)
"""
CONFIG = """
name = "hangs"
problems = [{ name = "quadratic" }, { name = "rosenbrock" }]
optimizers = [{ name = "own.py:hangs" }]
[budget]
steps = 3
"""


def test_no_process_is_left_of_an_interrupted_pool(tmp_path):
    (tmp_path / "own.py").write_text(HANGS)
    (tmp_path / "hangs.toml").write_text(CONFIG)
    bench = subprocess.Popen(
        [sys.executable, "-m", "bench", "run", "hangs.toml", "--out", "run"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )
    side_by_side = min(2, processes("cpu"))
    wait_for(lambda: len(list(tmp_path.glob("making-*"))) == side_by_side)
    below = psutil.Process(bench.pid).children(recursive=True)
    bench.send_signal(signal.SIGINT)
    _, err = bench.communicate(timeout=60)
    words = "interrupted; finished trials are kept: the same command continues"
    assert (bench.returncode, err.decode().splitlines()[-1]) == (130, words)
    assert not any(process.is_running() for process in below)


def wait_for(there):
    for _ in range(600):
        if there():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within a minute")
