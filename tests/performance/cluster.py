"""Runs on a Dask cluster of two workers of this machine: kills, overhead, memory."""

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path

import psutil

from bench.config.plan import Plan
from bench.config.read import checked
from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.execute.cluster import connected
from bench.execute.engine import Engine
from bench.execute.executor import Block, Event, Executor, Finished, Job, Started
from bench.execute.pending import Pending, in_blocks
from bench.execute.pool import Pool
from bench.execute.run import Runner
from bench.store import folder as run_folder
from bench.store import trials
from bench.store.environment import Device

from .figure import Figure
from .scaling import most_held

WORKERS = 2
DEVICE = Device("cpu", "cpu")
KILLS = 20
SECONDS = 0.1
"""Of a trial that sleeps."""
ROWS = [{"step": step, "seconds": step * 1e-3, "loss": 1 / 3} for step in range(100)]
KILLED = """
name = "killed"
seeds = 2
budget = { steps = 200, seconds = 9 }
problems = [{ name = "quadratic" }, { name = "rosenbrock" }]
[[optimizers]]
name = "sgd"
learning_rate = 1e-4
[[optimizers]]
name = "adam"
learning_rate = 1e-3
"""
PLANNED = """
name = "planned"
seeds = 1000
budget = { steps = 200, seconds = 9 }
[[problems]]
name = "quadratic"
grid = { dimension = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }
[[optimizers]]
name = "sgd"
grid = { learning_rate = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 2.0, 3.0, 4.0, 5.0] }
"""


def figures() -> Iterator[Figure]:
    """Yield how many runs outlive a kill, Dask's share of wall, memory and planning.

    The last figure is the memory of a run that continues.
    """
    complete = sum(outlived())
    words = f"of {KILLS} runs with a worker killed at a random moment: whole, each once"
    yield Figure.number(words, f">= {KILLS}", complete)
    words = (
        f"Dask's own share of wall, 10,000 trials of {SECONDS} s on {WORKERS} workers"
    )
    yield Figure.number(words, "<= 0.1", share_of_wall(10_000))
    with tempfile.TemporaryDirectory() as folder:
        mebibytes, seconds = _elsewhere("planned", folder)
        (again,) = _elsewhere("resumed", folder)
    words = "100,000 planned trials"
    yield Figure.number(f"MiB of scheduler and client, {words}", "<= 500", mebibytes)
    yield Figure.number(f"CPU seconds of planning, {words}", "<= 30", seconds)
    words = "MiB of scheduler and client where 100,000 planned trials continue"
    yield Figure.number(words, "<= 500", again)


class Sleeping:
    """An executor whose trials measure nothing and last some time, files and all.

    Args:
        folder, platform: As of `LocalExecutor`.
        seconds: Of a trial.
    """

    def __init__(self, folder: Path, platform: str, seconds: float = SECONDS):
        del platform
        self._folder, self._seconds = folder, seconds

    def start(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def submit(self, job: Job) -> Iterator[Event]:
        """Do a block."""
        assert isinstance(job, Block)
        for spec in job.trials:
            end = time.perf_counter() + self._seconds
            yield Started(spec)
            record = TrialRecord(spec, "budget", device="cpu")
            written = trials.write_trial(self._folder, record, ROWS)
            time.sleep(max(0.0, end - time.perf_counter()))
            yield Finished(spec, written)


def outlived(kills: int = KILLS) -> Iterator[bool]:
    """Yield for each kill whether the run has the trials of a run without one."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as place, connected(None, WORKERS) as engine:
        specs = Plan(checked(KILLED), "cpu").specs()
        for warm in range(2):  # the first compiles
            start = time.perf_counter()
            alone = _run(engine, Path(place) / f"alone-{warm}", specs)
            wall = time.perf_counter() - start
        for number in range(kills):
            folder = Path(place) / f"killed-{number}"
            moment = chance.uniform(0, wall)
            timer = threading.Timer(moment, _kill_one, (chance,))
            timer.start()
            ends = _run(engine, folder, specs)
            timer.join()
            whole = sorted(ends) == sorted(alone)
            attempts = {r.attempt for r in trials.finished(folder).values()}
            words = "whole" if whole else f"{len(ends)} of {len(alone)} trials"
            print(f"    killed after {moment:.2f} s: {words}", flush=True)
            yield whole and attempts == {1}


def _run(engine: Engine, folder: Path, specs: Sequence[Spec]) -> list[tuple]:
    """Run trials; return the end of each as often as it came."""
    with Pool(lambda: engine.make(folder, "cpu"), WORKERS) as pool:
        records = [
            event.record
            for _, events in pool.results(in_blocks(specs), _events)
            for event in events
            if isinstance(event, Finished)
        ]
    assert len(trials.finished(folder)) == len(records)
    return [(r.key, r.end, r.steps, r.final_loss, str(r.readings)) for r in records]


def _events(executor: Executor, block: Block) -> list[Event]:
    return list(executor.submit(block))


def _kill_one(chance: random.Random) -> None:
    below = psutil.Process().children()
    workers = [p for p in below if "--multiprocessing-fork" in p.cmdline()]
    with suppress(psutil.Error, IndexError):
        chance.choice(workers).kill()


def share_of_wall(count: int) -> float:
    """Return the share of wall in which the workers did not sleep.

    Args:
        count: The number of trials, in blocks of 100.
    """
    specs = [_spec(i) for i in range(count)]
    blocks = [Block(tuple(specs[i : i + 100])) for i in range(0, count, 100)]
    with tempfile.TemporaryDirectory() as folder, connected(None, WORKERS) as engine:
        make = partial(engine.make, Path(folder), "cpu", inner=Sleeping)
        with Pool(make, WORKERS) as pool:
            start = time.perf_counter()
            done = sum(len(events) for _, events in pool.results(blocks, _events))
            wall = time.perf_counter() - start
    assert done == 2 * count  # begun and finished
    return 1 - count * SECONDS / WORKERS / wall


def _spec(number: int) -> Spec:
    return Spec(Named("quadratic"), Named("sgd"), seed=number, key=f"sleeps-{number}")


def _elsewhere(name: str, folder: str) -> list[float]:
    """Return what a function here returns in a process of its own."""
    code = f"import sys; from {__name__} import {name}; print({name}(sys.argv[1]))"
    words = [sys.executable, "-c", code, folder]
    done = subprocess.run(words, capture_output=True, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def planned(place: str, trials_done: int = 500) -> list[float]:
    """Return the most MiB that this process held, and the CPU seconds of planning.

    It plans 100,000 trials, has a scheduler, and runs the first trials, which sleep.

    Args:
        place: The run folder.
        trials_done: How many of the first trials.
    """
    folder = Path(place)
    start = time.process_time()
    config = checked(PLANNED)
    run_folder.prepare(folder)
    specs = Plan(config, "cpu").specs()
    described = run_folder.describe(config, specs, DEVICE)
    run_folder.write(folder, described)
    pending = Pending(specs, folder)
    claim = pending.claim()
    seconds = time.process_time() - start
    assert claim is not None
    with connected(None, WORKERS) as engine:
        inner = partial(Sleeping, seconds=0.0)
        executor = engine.make(folder, "cpu", inner=inner)  # pyright: ignore[reportCallIssue]
        for _ in islice(executor.submit(claim.block), 2 * trials_done):
            pass
        executor.close()
    return [most_held() / 2**20, seconds]


def resumed(place: str) -> list[float]:
    """Return the most MiB that this process held, which continues the run of `planned`.

    It does all that comes before the first trial.
    """
    with connected(None, WORKERS) as engine:
        runner = Runner(checked(PLANNED), DEVICE, Path(place), engine=engine)
        specs, done = runner._resume(None)
        assert Pending([s for s in specs if s.key not in done], Path(place)).claim()
    return [most_held() / 2**20]
