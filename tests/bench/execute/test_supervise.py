"""An optimizer that hangs, crashes or eats the memory costs its own trial only."""

import json
from dataclasses import replace

import psutil
import pytest

from bench.core.errors import DiskFull
from bench.core.spec import Budget, Named, Spec
from bench.execute import supervise as supervising
from bench.store import problem_facts as known
from bench.store import trials as store
from bench.store.run import load

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


class Silent:
    """Keeps what it is told."""

    def __init__(self):
        self.records, self.lines = [], []

    def started(self, spec):
        pass

    def progress(self, spec, fraction):
        assert 0 <= fraction <= 1

    def finished(self, spec, record):
        self.records.append(record)

    def line(self, text):
        self.lines.append(text)


@pytest.fixture
def run(tmp_path, monkeypatch):
    file = tmp_path / "mine.py"
    file.write_text(OPTIMIZERS)
    monkeypatch.setattr(supervising, "GRACE", 1.5)
    most = 2**30 / psutil.virtual_memory().available
    monkeypatch.setattr(supervising, "MEMORY_SHARE", most)
    base = Spec(
        Named("quadratic", {"spectrum": [1.0, 2.0]}),
        Named("sgd", {"learning_rate": 0.1}),
        Budget(seconds=4.0, steps=20),
        problem_label="bowl",
    )

    def run(*names, unknown=()):
        specs = []
        for i, name in enumerate(names):
            optimizer = base.optimizer if name == "sgd" else Named(f"{file}:{name}", {})
            specs.append(replace(base, optimizer=optimizer, key=f"{i}-{name}"))
        report = Silent()
        folder = tmp_path / "run"
        asked = [base] if unknown else []
        supervising.supervise(specs, folder, "cpu", report, asked)
        return folder, report

    return run


def test_what_goes_wrong_costs_its_own_trial(run):
    folder, report = run("sgd", "crashes", "sgd", "hangs", "eats", "prints")
    ends = [record.end for record in report.records]
    assert ends == ["budget", "failed", "budget", "failed", "failed", "budget"]
    assert {record["device"] for record in report.records} == {"cpu"}
    reasons = [record.reason for record in report.records]
    assert "SIGSEGV" in reasons[1]
    assert "no sign of life" in reasons[3] or "not compiled" in reasons[3]
    assert "GiB of memory" in reasons[4]
    assert set(store.finished(folder)) == {record["key"] for record in report.records}


def test_a_run_leaves_facts_and_prices(run):
    folder, report = run("sgd", unknown=True)
    (facts,) = json.loads((folder / "problems.json").read_text())
    assert facts["problem"] == "bowl"
    assert facts["certificate"]["loss"] == pytest.approx(0.0, abs=1e-12)
    calls = [price["call"] for price in facts["prices"]]
    assert calls == ["forward", "point", "gradient", "jvp", "hvp", "hessian"]
    assert (folder / "prices.csv").read_text().startswith("problem,call,seconds")
    spec = Spec(Named("quadratic", {"spectrum": [1.0, 2.0]}), Named("sgd"))
    spec = replace(spec, problem_label="bowl")
    assert known.lacking(folder, [spec]) == []
    assert known.lacking(folder, [replace(spec, dtype="float64")]) != []
    assert report.lines == []


def test_no_worker_is_left_behind(run):
    run("sgd")
    children = psutil.Process().children(recursive=True)
    assert [
        c for c in children if "bench.execute.worker" in " ".join(c.cmdline())
    ] == []


def test_a_trial_reads_back_as_it_was_written(run):
    folder, report = run("sgd")
    (folder / "run.json").write_text(json.dumps({"name": "t", "trials": ["0-sgd"]}))
    trace = load(folder).trace("0-sgd")
    assert len(trace) == 21
    assert trace["loss"].iloc[-1] == report.records[0]["final_loss"]


def test_a_trial_whose_record_finds_no_room_is_still_to_be_done(run, monkeypatch):
    class Full:
        """A worker that says so of its first trial."""

        def __init__(self, *_):
            full = {"event": "full", "words": ["no room is left"]}
            self.events = [full, {"event": "done", "record": {}}]

        def send(self, job):
            del job

        def event(self, seconds):
            del seconds
            return self.events.pop(0)

        def memory(self):
            return 0

        def kill(self):
            pass

    monkeypatch.setattr(supervising, "Worker", Full)
    with pytest.raises(DiskFull, match="no room is left"):
        run("sgd")


def test_a_round_has_a_worker_of_its_own(tmp_path, monkeypatch):
    workers = []

    class Counted:
        """A worker that does every trial at once."""

        def __init__(self, *_):
            workers.append(0)

        def send(self, job):
            workers[-1] += 1
            assert job["job"] == "trial"

        def event(self, seconds):
            del seconds
            return {"event": "done", "record": {}}

        def memory(self):
            return 0

        def kill(self):
            pass

    monkeypatch.setattr(supervising, "Worker", Counted)
    spec = Spec(Named("quadratic", {}), Named("sgd", {}))
    specs = [replace(spec, round=turn) for turn in (0, 0, 0, 1, 1, 2)]
    supervising.supervise(specs, tmp_path, "cpu", Silent())
    assert workers == [3, 2, 1]
