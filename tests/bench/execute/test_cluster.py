"""Runs on a Dask cluster: the trials of this machine, and none lost with a worker."""

import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from itertools import pairwise

import dask
import pytest

from bench.core.errors import BenchError, DeviceMissing, EnvironmentFault
from bench.core.least_loss import LeastLoss
from bench.core.spec import Budget, Named, Spec
from bench.execute import cluster, cluster_job, dask_executor, lending, origin
from bench.execute.cluster import connected
from bench.execute.cluster_job import Kept, Order
from bench.execute.dask_executor import DaskExecutor
from bench.execute.executor import (
    Answer,
    Block,
    Certify,
    Facts,
    Finished,
    Make,
    Progress,
    Started,
)
from bench.execute.lending import Workers
from bench.execute.local import LocalExecutor
from bench.execute.origin import Origin
from bench.execute.pool import Pool
from bench.store import trials
from bench.store.environment import Device

from .simulated import Simulated, trial


@pytest.fixture(scope="module")
def engine():
    """Return the engine of a cluster of two workers, which others may have killed."""
    with connected(None, 2) as engine:
        yield engine


@pytest.fixture
def workers(engine):
    """Return the workers of that cluster, of which this test refuses some perhaps."""
    client = engine.make.args[0]._client
    with Workers(client, "the cluster") as workers:
        workers.wait_for(2)
        yield workers


@pytest.fixture
def executor(workers, folder):
    """Return an executor whose trials are simulated."""
    executor = DaskExecutor(workers, folder, "cpu", Simulated)
    yield executor
    executor.close()


def finished(events):
    return [event.record for event in events if isinstance(event, Finished)]


BOWL = Spec(
    Named("quadratic", {"spectrum": [1.0, 2.0]}),
    Named("sgd", {"learning_rate": 0.1}),
    Budget(seconds=9.0, steps=20),
    problem_label="bowl",
    key="sgd",
)
MOMENTUM = Named("momentum", {"learning_rate": 0.1})


def without_seconds(path):
    lines = [line.split(",") for line in path.read_text().splitlines()]
    return [[*cells[:1], *cells[3:]] for cells in lines]


def test_trials_and_answers_are_those_of_a_worker_process_here(engine, tmp_path):
    other = Spec(BOWL.problem, MOMENTUM, BOWL.budget, problem_label="bowl", key="m")
    block = Block((BOWL, other), LeastLoss(-1.0))
    made = []
    for name, make in (("here", LocalExecutor), ("there", engine.make)):
        executor = make(tmp_path / name, "cpu")
        events = list(executor.submit(block))
        (certificate,) = executor.submit(Certify(BOWL, 30.0))
        executor.close()
        spoken = [
            (type(e), e.spec) for e in events if isinstance(e, Started | Finished)
        ]
        records = finished(events)
        assert trials.finished(tmp_path / name) == {r.key: r for r in records}
        numbers = [
            (r.end, r.steps, r.final_loss, r.readings, r.optimum, r.attempt, r.host)
            for r in records
        ]
        made.append((spoken, numbers, certificate.value["optimum"]))
        assert [bool(r.worker) for r in records] == [name == "there"] * 2
    assert made[0] == made[1]
    for key in ("sgd", "m"):
        here, there = (
            without_seconds(tmp_path / name / "trials" / f"{key}.csv")
            for name in ("here", "there")
        )
        assert len(here) == 1 + 21
        assert here == there


def test_a_killed_worker_costs_no_trial_and_none_runs_twice(executor, folder, tmp_path):
    names = ["a", "b", "killed", "c", "d"]
    specs = [trial(name) for name in names]
    specs[2] = trial("killed", "SIGKILL", 0.5, tmp_path / "mark")
    events = list(executor.submit(Block(tuple(specs))))
    records = finished(events)
    assert [record.key for record in records] == names
    assert [e.spec.key for e in events if isinstance(e, Started)] == names
    assert [record.interruptions for record in records] == [0, 0, 1, 0, 0]
    assert [record.attempt for record in records] == [1] * 5
    before, after = {r.steps for r in records[:2]}, {r.steps for r in records[2:]}
    assert len(before) == len(after) == 1  # each part in one process
    assert before != after
    assert trials.finished(folder) == {record.key: record for record in records}


def test_a_trial_that_ends_its_worker_each_time_fails_alone(executor, folder):
    specs = (trial("a"), trial("kills", "SIGKILL"), trial("b"))
    records = finished(executor.submit(Block(specs)))
    assert [record.end for record in records] == ["budget", "failed", "budget"]
    failed = records[1]
    assert failed.interruptions == 3
    assert failed.reason.startswith("its worker was lost 3 times, lastly: the Dask ")
    assert "ended or lost its connection" in failed.reason
    assert trials.finished(folder) == {record.key: record for record in records}


def test_a_job_that_is_no_block_is_begun_again_too(executor, tmp_path):
    (first,) = executor.submit(Facts(trial("a")))
    once = trial("once", "SIGKILL", mark=tmp_path / "mark")
    (second,) = executor.submit(Facts(once))
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert first.value != second.value  # another process


def test_a_worker_that_hangs_is_replaced(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "TTL_SECONDS", 3.0)
    with connected(None, 1) as engine:
        executor = engine.make(folder, "cpu", inner=Simulated)
        hanging = trial("hangs", "SIGSTOP", 0.5, tmp_path / "mark")
        records = finished(executor.submit(Block((trial("a"), hanging, trial("b")))))
        executor.close()
    assert [(r.key, r.end) for r in records] == [
        (n, "budget") for n in ("a", "hangs", "b")
    ]
    assert [record.interruptions for record in records] == [0, 1, 0]


def test_jobs_side_by_side_have_a_worker_each(engine, folder):
    make = partial(engine.make, folder, "cpu", inner=Simulated)
    blocks = [
        Block(tuple(trial(f"{place}-{i}", seconds=0.05) for i in range(5)))
        for place in range(6)
    ]
    with Pool(make, 3) as pool:  # one more than there are workers
        done = dict(pool.results(range(6), lambda e, n: finished(e.submit(blocks[n]))))
    assert [len(done[place]) for place in range(6)] == [5] * 6
    busy = {}
    for records in done.values():
        assert len({(r.steps, r.worker) for r in records}) == 1  # a block, one worker
        times = [_times(folder, record.key) for record in records]
        busy.setdefault(records[0].steps, []).append((times[0][0], times[-1][1]))
    assert len(busy) == 2
    for intervals in busy.values():
        ordered = sorted(intervals)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))


def _times(folder, key):
    lines = (folder / "trials" / f"{key}.csv").read_text().splitlines()[1:]
    return [float(line.split(",")[1]) for line in lines]


def test_a_closed_executor_ends_its_job_and_frees_the_worker(workers, folder, capsys):
    executor = DaskExecutor(workers, folder, "cpu", Simulated)
    events = executor.submit(Block((trial("a"), trial("waits", "waits"))))
    assert isinstance(next(events), Started)
    assert isinstance(next(events), Finished)
    threading.Timer(0.3, executor.close).start()
    with pytest.raises(EnvironmentFault, match="the worker was ended"):
        list(events)
    assert set(trials.finished(folder)) == {"a"}
    assert capsys.readouterr().err == ""  # the worker is not refused
    others = [DaskExecutor(workers, folder, "cpu", Simulated) for _ in range(2)]
    for other in others:  # none waits for the job that was left
        (answer,) = other.submit(Facts(trial("b")))
        assert isinstance(answer, Answer)
        other.close()


def command(*words):
    whole = [sys.executable, "-m", "dask", *words]
    return subprocess.Popen(whole, stderr=subprocess.PIPE, text=True)


def address_of(scheduler):
    """Return the address that a scheduler's process prints."""
    for line in scheduler.stderr:
        if "Scheduler at:" in line:
            return line.split()[-1]
    raise AssertionError("no scheduler")


def test_the_scheduler_s_end_keeps_all_and_the_rest_can_be_done(engine, folder, capsys):
    scheduler = command(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    )
    started = [scheduler]
    specs = (trial("a"), trial("waits", "waits"), trial("b"))
    try:
        address = address_of(scheduler)
        options = ("--no-dashboard", "--host", "127.0.0.1", "--nthreads")
        started += [command("worker", address, *options, n) for n in ("1", "2")]
        with connected(address, None) as remote:
            assert remote.remote
            executor = remote.make(folder, "cpu", inner=Simulated)
            events = executor.submit(Block(specs))
            assert [type(next(events)) for _ in range(3)] == [
                Started,
                Finished,
                Started,
            ]
            scheduler.kill()
            with pytest.raises(EnvironmentFault) as caught:
                list(events)
            executor.close()
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)
            process.stderr.close()
    (line,) = caught.value.lines
    assert line.startswith(f"the Dask scheduler at {address} has ended or cannot be ")
    assert line.endswith("finished trials are kept: the same command continues")
    assert "it has 2 threads: give it --nthreads 1" in capsys.readouterr().err
    assert set(trials.finished(folder)) == {"a"}
    rest = DaskExecutor(engine.make.args[0], folder, "cpu", Simulated)
    left = (trial("waits"), trial("b"))
    assert len(finished(rest.submit(Block(left)))) == 2
    rest.close()
    done = trials.finished(folder)
    assert {key: record.attempt for key, record in done.items()} == dict.fromkeys(
        ("a", "waits", "b"), 1
    )


def both_are_refused(executor, capsys, why):
    """Check that no worker does a trial, and that each has one line that says why."""
    with pytest.raises(EnvironmentFault, match="no worker of the cluster can be used"):
        list(executor.submit(Block((trial("a"),))))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(set(lines)) == 2
    for line in lines:
        assert line.startswith("the Dask worker tcp://127.0.0.1:")
        assert line.endswith(f"is not used: {why}")


def test_a_worker_with_other_versions_or_files_is_refused_in_a_line(
    executor, workers, capsys, monkeypatch
):
    monkeypatch.setattr(lending, "REFUSED_SECONDS", 0.1)
    here = origin.software()
    monkeypatch.setattr(origin, "software", lambda: here | {"jax": "9.9"})
    both_are_refused(executor, capsys, f"jax {here['jax']} there, 9.9 here")
    monkeypatch.setattr(origin, "software", lambda: here)
    monkeypatch.setattr(origin, "fingerprint", lambda name, settings: name)
    with Workers(workers._client, "the cluster") as anew:
        executor = DaskExecutor(anew, executor._folder, "cpu", Simulated)
        with pytest.raises(EnvironmentFault, match="can be used"):
            list(executor.submit(Block((trial("a"),))))
    words = 'the files of "quadratic" are missing there, or are not those that are here'
    assert capsys.readouterr().err.count(words) == 2


def test_a_worker_with_another_device_is_refused_in_a_line(
    executor, workers, capsys, monkeypatch
):
    monkeypatch.setattr(lending, "REFUSED_SECONDS", 0.1)
    monkeypatch.setattr(origin, "device", lambda platform: Device("cpu", "a new CPU"))
    both_are_refused(executor, capsys, "device cpu there, a new CPU here")
    assert not trials.finished(executor._folder)


@pytest.mark.parametrize(
    ("device", "devices", "words"),
    [
        (Device("cpu", "cpu"), 1, ""),
        (Device("gpu", "a GPU"), 1, "device another GPU there, a GPU here"),
        (Device("cpu", "cpu"), 4, "devices = 4: there is 1 device"),
        (Device("tpu", "a TPU"), 1, "there is no tpu: "),
    ],
)
def test_a_worker_needs_the_device_of_the_run_as_often_as_a_trial_has_it(
    device, devices, words, monkeypatch
):
    def find(platform):
        if platform == "tpu":
            raise DeviceMissing("there is no tpu: JAX printed no message")
        return (
            Device("cpu", "cpu") if platform == "cpu" else Device("gpu", "another GPU")
        )

    spec = replace(BOWL, devices=devices)
    sent = Origin.here("run", "one", "cpu", [BOWL, spec])
    monkeypatch.setattr(origin.environment, "_asked", lambda code, platform: 1)
    monkeypatch.setattr(origin, "device", find)
    why = origin.differing(replace(sent, device=device))
    assert why.startswith(words)
    assert bool(why) == bool(words)


def test_a_long_trial_says_how_far_it_is_and_short_ones_do_not(executor):
    specs = [trial("a"), trial("long", seconds=2.0), trial("b")]
    events = list(executor.submit(Block(tuple(specs))))
    shares = [event.share for event in events if isinstance(event, Progress)]
    assert 2 <= len(shares) <= 4
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1
    assert {e.spec.key for e in events if isinstance(e, Progress)} == {"long"}
    kinds = [(type(e), e.spec.key) for e in events]
    first = kinds.index((Progress, "long"))
    assert kinds[first - 1] == (Started, "long")
    assert kinds[first + len(shares)] == (Finished, "long")


def test_a_program_is_made_beforehand_only_where_this_machine_finds_it(
    executor, monkeypatch
):
    (shared,) = executor.submit(Make(trial("a")))
    assert shared.value  # of a worker process
    monkeypatch.setattr(dask_executor, "programs", lambda: "those of another machine")
    (apart,) = executor.submit(Make(trial("a")))
    assert apart == Answer(False)


def test_what_is_no_scheduler_is_one_line(monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    with (
        pytest.raises(EnvironmentFault, match=r"127\.0\.0\.1:9 does not answer"),
        connected("tcp://127.0.0.1:9", None),
    ):
        pass
    with (
        pytest.raises(BenchError, match="'no address' is no address of a scheduler"),
        connected("no address", None),
    ):
        pass


def test_without_dask_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(
            BenchError, match=r"pip install 'gradmeter\[cluster\]'"
        ) as caught,
        connected(None, 2),
    ):
        pass
    assert caught.value.status == 2


def order(executor):
    return Order(executor, "", "", cluster_job.TOKEN, Simulated, "cpu")


def test_a_worker_belongs_to_one_run_until_it_is_idle(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_job, "IDLE_SECONDS", 0.2)
    kept = Kept()
    assert kept.take("run", "one")
    first, scratch = kept.executor(order("one"), str(tmp_path))
    assert kept.executor(order("one"), str(tmp_path)) == (first, scratch)
    assert not kept.take("other run", "two")
    assert kept.take("run", "three")  # ends the process of the first
    assert first.closed.is_set()
    assert not scratch.exists()
    assert kept.executor(order("one"), str(tmp_path)) is None
    second, _ = kept.executor(order("three"), str(tmp_path))
    assert not second.closed.wait(0.4)  # in the middle of a job
    kept.rest("three")
    assert second.closed.wait(5)
    assert kept.take("other run", "two")
    kept.end("two")


def test_the_limits_of_dask_s_nanny_do_not_reach_trials(monkeypatch):
    class Parent:
        def environ(self):
            return {"OMP_NUM_THREADS": "3"}

    class Process:
        def parent(self):
            return Parent()

    monkeypatch.setattr(cluster_job.psutil, "Process", Process)
    environment = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NPROC": "1"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = {
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(list(environment)[:2], 1)
    }
    with dask.config.set(settings):
        cluster_job.restore_environment()
    there = {name: cluster_job.os.environ.get(name) for name in environment}
    assert there == {"OMP_NUM_THREADS": "3", "MKL_NUM_THREADS": None, "NPROC": "1"}
