"""An optimizer that hangs, crashes or eats the memory costs its own trial only."""

import threading
from dataclasses import asdict, replace

import psutil
import pytest

from bench.config.schema import TuningTable
from bench.core.errors import DiskFull, EnvironmentFault
from bench.core.fit import Fit
from bench.core.least_loss import LeastLoss
from bench.core.readings import KINDS
from bench.core.records import TrialRecord
from bench.core.spec import Budget, Named, Spec, Target
from bench.execute import deadline, local
from bench.execute.executor import (
    Answer,
    Block,
    Certify,
    Facts,
    Finished,
    Lost,
    Progress,
    Started,
    Sweep,
)
from bench.execute.local import LocalExecutor
from bench.execute.others import WINDOW
from bench.store import folder as run_folder
from bench.store import trials

OPTIMIZERS = '''
import os, signal, time
import jax, jax.numpy as jnp, numpy as np, optax


def _asks_host(act):
    """After five steps, do something on the host that no step comes back from."""
    def update(gradient, state, params=None, **extra):
        jax.lax.cond(state >= 5, lambda: jax.debug.callback(act), lambda: None)
        return jax.tree.map(lambda g: -1e-3 * g, gradient), state + 1
    return optax.GradientTransformationExtraArgs(lambda p: jnp.int32(0), update)


def crashes():
    return _asks_host(lambda: os.kill(os.getpid(), signal.SIGSEGV))


def eats():
    def eat():
        print("eating", flush=True)
        held = [np.ones(2**24) for _ in range(40)]
        time.sleep(60)
    return _asks_host(eat)


def hangs():
    def update(gradient, state, params=None, **extra):
        endless = jax.lax.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 7, state)
        return jax.tree.map(lambda g: -1e-3 * g, gradient), endless
    return optax.GradientTransformationExtraArgs(lambda p: jnp.int32(0), update)


def prints():
    print("a user's print")
    return optax.sgd(0.1)
'''


BOWL = Spec(
    Named("quadratic", {"spectrum": [1.0, 2.0]}),
    Named("sgd", {"learning_rate": 0.1}),
    Budget(seconds=1.0, steps=20),
    problem_label="bowl",
)


@pytest.fixture
def executor(folder, monkeypatch):
    monkeypatch.setattr(deadline, "GRACE", 1.0)
    monkeypatch.setattr(deadline, "FLOOR", 1.5)
    monkeypatch.setattr(deadline, "PATIENCE", 20.0)
    most = 2**30 / psutil.virtual_memory().available
    monkeypatch.setattr(local, "MEMORY_SHARE", most)
    folder.mkdir()
    executor = LocalExecutor(folder, "cpu")
    yield executor
    executor.close()


@pytest.fixture
def block(tmp_path):
    """Return a function that makes a block of optimizers: sgd, or one from above."""
    file = tmp_path / "own.py"
    file.write_text(OPTIMIZERS)

    def block(*names):
        own = {"sgd": BOWL.optimizer}
        optimizers = [own.get(name, Named(f"{file}:{name}")) for name in names]
        return Block(
            tuple(
                replace(BOWL, optimizer=optimizer, label=name, key=f"{place}-{name}")
                for place, (name, optimizer) in enumerate(
                    zip(names, optimizers, strict=True)
                )
            )
        )

    return block


def records(events):
    return [event.record for event in events if isinstance(event, Finished)]


def test_what_goes_wrong_costs_its_own_trial(executor, block, folder):
    job = block("sgd", "crashes", "sgd", "hangs", "eats", "prints")
    done = records(executor.submit(job))
    ends = ["budget", "failed", "budget", "failed", "failed", "budget"]
    assert [record.end for record in done] == ends
    assert {record.device for record in done} == {"cpu"}
    assert "ended by SIGSEGV" in done[1].reason
    assert "no progress after" in done[3].reason
    assert "s of CPU time" in done[3].reason
    assert [record.interruptions for record in done] == [0] * 6
    assert "GiB of memory" in done[4].reason
    assert "eating" in done[4].output
    assert done[0].output == done[5].output == ""
    assert trials.finished(folder) == {record.key: record for record in done}


def test_a_block_s_trials_start_progress_and_finish_in_order(executor, block):
    job = block("sgd", "prints")
    events = list(executor.submit(job))
    assert [e.spec for e in events if isinstance(e, Started)] == list(job.trials)
    assert [r.spec for r in records(events)] == list(job.trials)
    shares = [e.share for e in events if isinstance(e, Progress)]
    assert shares
    assert all(0 <= share <= 1 for share in shares)
    places = [job.trials.index(e.spec) for e in events]
    assert places == sorted(places)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)


def test_the_facts_of_a_problem_are_an_answer_that_its_folder_keeps(executor, folder):
    for job in (Certify(BOWL, 30.0), Facts(BOWL)):
        (event,) = executor.submit(job)
        assert isinstance(event, Answer)
        run_folder.add_facts(folder, BOWL, event.value)
    (facts,) = run_folder.read_facts(folder)
    assert facts["problem"] == "bowl"
    assert (facts["parameters"], facts["examples"], facts["optimum"]) == (2, 0, 0.0)
    assert facts["certificate"]["loss"] == 0.0
    calls = [k.name for k in KINDS if not (k.on_ray or k.of_some)]  # it has none
    assert [price["call"] for price in facts["prices"]] == calls
    assert (folder / "prices.csv").read_text().startswith("problem,call,seconds")
    assert run_folder.lacking_prices(folder, [replace(BOWL, seed=3)]) == []
    other = replace(BOWL, dtype="float64")
    assert run_folder.lacking_prices(folder, [other, BOWL, other]) == [other]


def test_facts_that_cannot_be_had_are_lost_with_the_reason(executor, tmp_path):
    file = tmp_path / "dataless.py"
    file.write_text("def dataless():\n    raise ValueError('no data today')\n")
    dataless = replace(BOWL, problem=Named(f"{file}:dataless"))
    words = "the problem cannot be made: ValueError: no data today (dataless.py:2)"
    for job in (Certify(dataless, 30.0), Facts(dataless)):
        assert list(executor.submit(job)) == [Lost(words, refused=True)]
    (event,) = executor.submit(Facts(BOWL))
    assert isinstance(event, Answer)


SLOW = """
import time
from dataclasses import dataclass
import jax
import problems

MADE = problems.make("linear_regression", rows=20, columns=2)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Slow:
    train: problems.Examples = MADE.train
    held_out: None = None

    init = lambda self, key: jax.random.normal(key, (2,))
    loss = lambda self, params, examples: MADE.loss(params, examples)
    certificate = lambda self: time.sleep(3600)
    optimum = lambda self: time.sleep(3600)
"""


def test_a_certificate_that_takes_too_long_costs_no_trial(
    executor, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(deadline, "PATIENCE", 0.5)
    file = tmp_path / "slow.py"
    file.write_text(SLOW)
    slow = replace(BOWL, problem=Named(f"{file}:Slow"))
    (event,) = executor.submit(Certify(slow, 0.5))
    assert event == Lost("no certificate within 0.5 s", unknown=True)
    least = LeastLoss(None, event.reason)
    aiming = replace(slow, budget=Budget(steps=20, target=Target(suboptimality=0.1)))
    trials = (replace(slow, key="plain"), replace(aiming, key="aiming"))
    plain, aiming = records(executor.submit(Block(trials, least)))
    assert (plain.end, plain.steps, plain.optimum) == ("budget", 20, None)
    assert aiming.end == "skipped"
    words = "the target is a suboptimality of an unknown least loss: no certificate "
    words += "within 0.5 s"
    assert aiming.reason == words


def test_trials_have_the_least_loss_that_they_are_sent(executor):
    (record,) = records(executor.submit(Block((BOWL,), LeastLoss(-3.0))))
    assert record.optimum == -3.0


def test_a_sweep_is_answered_with_scores_or_why_there_are_none(executor, block):
    table = TuningTable(budget=10.0, unit="steps", trials=2, criterion="final_loss")
    settings = [{"learning_rate": 0.1}, {"learning_rate": 0.4}]
    (event,) = executor.submit(Sweep(BOWL, table, settings))
    assert isinstance(event, Answer)
    assert [len(scores["choose"]) for scores in event.value] == [3, 3]
    worse, better = (s["choose"][0]["final_loss"] for s in event.value)
    assert better < worse
    no_such = replace(BOWL, optimizer=Named("sgd", {"colour": 1.0}))
    (event,) = executor.submit(Sweep(no_such, table, settings))
    assert isinstance(event, Lost)
    assert "colour" in event.reason
    (crashing,) = block("crashes").trials
    (event,) = executor.submit(Sweep(crashing, table, [{}]))
    assert isinstance(event, Lost)
    assert "SIGSEGV" in event.reason


def test_no_worker_is_left_behind(executor, block):
    list(executor.submit(block("sgd")))
    executor.close()
    children = psutil.Process().children(recursive=True)
    workers = [c for c in children if "bench.execute.worker" in " ".join(c.cmdline())]
    assert workers == []


def test_a_trial_whose_executor_is_closed_meanwhile_is_missing_not_lost(
    executor, block, folder
):
    events = executor.submit(block("sgd", "hangs", "sgd"))
    assert isinstance(next(events), Started)
    assert any(isinstance(event, Finished) for event in events)
    assert isinstance(next(events), Started)  # of the one that hangs
    threading.Timer(0.5, executor.close).start()
    with pytest.raises(EnvironmentFault, match="the worker was ended"):
        list(events)
    assert set(trials.finished(folder)) == {"0-sgd"}


def test_a_trial_reads_back_as_it_was_written(executor, block, folder):
    (record,) = records(executor.submit(block("sgd")))
    assert trials.read_trial(folder, "0-sgd") == record
    lines = (folder / "trials" / "0-sgd.csv").read_text().splitlines()
    assert len(lines) == 1 + 21
    last = dict(zip(lines[0].split(","), lines[-1].split(","), strict=True))
    assert float(last["loss"]) == record.final_loss


def test_a_worker_that_cannot_start_is_no_trial_s_result(
    executor, block, folder, monkeypatch
):
    monkeypatch.setenv("JAX_DISABLE_JIT", "1")
    with pytest.raises(EnvironmentFault) as caught:
        list(executor.submit(block("sgd")))
    (line,) = caught.value.lines
    assert line.startswith("no trial can run here: the worker process exited with ")
    assert "JAX_DISABLE_JIT is set, but only compiled programs" in line
    assert trials.finished(folder) == {}


def stand_in(monkeypatch, messages):
    """Put a worker in place that answers each job with messages; count its jobs."""
    jobs = []

    class StandIn:
        ready = False

        def __init__(self, platform):
            del platform
            jobs.append([])

        def wait_until_ready(self):
            self.ready = True
            return {"event": "ready", "device": "cpu"}

        def send(self, message):
            jobs[-1].append(message["job"])
            self._left = messages(message["spec"])

        def message(self, seconds):
            del seconds
            return self._left.pop(0)

        def memory(self):
            return 0

        def printed(self):
            return "the last words\n"

        def threads(self):
            return {}

        def was_killed(self):
            return False

        def kill(self):
            pass

    monkeypatch.setattr(local, "WorkerProcess", StandIn)
    return jobs


def test_a_sweep_s_answer_tells_how_many_trials_fit(executor, monkeypatch):
    fit = Fit(24, 12, 3_000_000, 4_000_000)
    clock = {"event": "clock", "steps": 0, "seconds": 0.0}
    messages = [clock, clock | {"fit": asdict(fit)}, {"event": "done", "value": [1]}]
    stand_in(monkeypatch, lambda spec: [*messages])
    table = TuningTable(budget=10.0)
    assert list(executor.submit(Sweep(BOWL, table, [{}]))) == [Answer([1], (fit,))]


def test_a_trial_whose_record_finds_no_room_is_still_to_be_done(
    executor, block, folder, monkeypatch
):
    full = {"event": "full", "lines": ["no room is left"]}
    stand_in(monkeypatch, lambda spec: [full])
    with pytest.raises(DiskFull, match="no room is left"):
        list(executor.submit(block("sgd")))
    assert trials.finished(folder) == {}


STOPS = """
import os, signal, time
import jax, jax.numpy as jnp, optax


def _once(act, mark):
    def update(gradient, state, params=None, **extra):
        def host():
            first = not os.path.exists(mark)
            open(mark, "a").write("x")
            act(first)
        jax.lax.cond(state == 5, lambda: jax.debug.callback(host), lambda: None)
        return jax.tree.map(lambda g: -1e-3 * g, gradient), state + 1
    return optax.GradientTransformationExtraArgs(lambda p: jnp.int32(0), update)


def killed_once(mark):
    return _once(lambda first: first and os.kill(os.getpid(), signal.SIGKILL), mark)


def killed(mark):
    return _once(lambda first: os.kill(os.getpid(), signal.SIGKILL), mark)


def sleeps(mark):
    return _once(lambda first: time.sleep(3600), mark)
"""


@pytest.fixture
def stopping(tmp_path):
    """Return a function that makes a trial of an optimizer from above."""
    file = tmp_path / "stops.py"
    file.write_text(STOPS)

    def stopping(name):
        mark = str(tmp_path / f"mark-{name}")
        optimizer = Named(f"{file}:{name}", {"mark": mark})
        return replace(BOWL, optimizer=optimizer, label=name, key=name)

    return stopping


def test_a_worker_that_was_killed_once_costs_no_trial(executor, stopping, folder):
    (record,) = records(executor.submit(Block((stopping("killed_once"),))))
    assert (record.end, record.steps, record.interruptions) == ("budget", 20, 1)
    assert trials.read_trial(folder, "killed_once") == record


def test_a_worker_that_is_killed_each_time_leaves_its_trial_unknown(
    executor, stopping, folder
):
    (record,) = records(executor.submit(Block((stopping("killed"),))))
    assert (record.end, record.interruptions) == ("lost", 2)
    assert record.reason == "the worker process was ended by SIGKILL"
    assert trials.finished(folder) == {"killed": record}


def test_a_worker_that_sleeps_each_time_leaves_its_trial_unknown(
    executor, stopping, monkeypatch
):
    monkeypatch.setattr(deadline, "PATIENCE", 0.5)
    (record,) = records(executor.submit(Block((stopping("sleeps"),))))
    assert (record.end, record.interruptions) == ("lost", 2)
    assert record.reason.startswith("no progress after ")


def test_a_worker_that_is_stopped_for_a_while_costs_no_trial(
    executor, block, monkeypatch
):
    monkeypatch.setattr(deadline, "FLOOR", 20.0)
    events = executor.submit(block("sgd"))
    next(events)  # it has begun
    next(events)
    worker = psutil.Process(executor._worker._process.pid)
    worker.suspend()
    threading.Timer(4.0, worker.resume).start()
    (record,) = records(events)
    assert (record.end, record.interruptions) == ("budget", 0)


def test_a_trial_s_record_holds_the_load_while_it_ran(executor, block):
    (short,) = block("sgd").trials
    slow = Named("sgd", {"learning_rate": 1e-9})  # so that it does not stall
    budget = Budget(seconds=2 * WINDOW)
    lasting = replace(short, optimizer=slow, budget=budget, dtype="float64")
    (record,) = records(executor.submit(Block((lasting,))))
    assert record.end == "budget", record.reason
    processors = psutil.cpu_count() or 1
    for load in (record.others_before, record.others_after):
        assert load is None or 0 <= load <= 1.1 * processors
    assert record.others_after is not None
    assert record.on_clock_cpu_seconds is not None
    assert 0 < record.on_clock_cpu_seconds <= 1.1 * processors * record.wall_seconds


def test_a_round_has_a_worker_of_its_own(executor, monkeypatch):
    def at_once(spec):
        record = TrialRecord(BOWL, "budget").to_json() | spec
        return [{"event": "done", "record": record}]

    jobs = stand_in(monkeypatch, at_once)
    for turn, count in ((0, 2), (0, 1), (1, 2), (2, 1)):
        spec = replace(BOWL, round=turn)
        assert len(records(executor.submit(Block((spec,) * count)))) == count
    assert jobs == [["trial"] * 3, ["trial"] * 2, ["trial"]]


def test_what_came_through_of_a_trial_is_kept_when_its_worker_is_gone(
    executor, block, folder, monkeypatch
):
    def lost(spec):
        so_far = TrialRecord(BOWL, "failed", steps=7, final_loss=0.5)
        record = so_far.to_json() | spec
        csv = trials.to_csv([{"step": 7, "loss": 0.5}])
        return [{"event": "snapshot", "record": record, "csv": csv}, None]

    stand_in(monkeypatch, lost)
    gone = "the worker process exited with status 3"
    monkeypatch.setattr(local.WorkerProcess, "how_it_ended", lambda _: gone, False)
    (record,) = records(executor.submit(block("sgd")))
    assert (record.end, record.reason) == ("failed", gone)
    assert record.output == "the last words"
    assert (record.steps, record.final_loss) == (7, 0.5)
    assert trials.read_trial(folder, "0-sgd") == record
    assert "\n7,,,0.5," in (folder / "trials" / "0-sgd.csv").read_text()
