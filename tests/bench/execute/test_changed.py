"""What has changed since the last run is run and priced again, and nothing else."""

import json
import sys

import numpy as np
import pytest

from bench.config.plan import Plan
from bench.config.read import read
from bench.core.records import TrialRecord
from bench.execute.engine import Engine
from bench.execute.run import Runner
from bench.measurement.runtime import Runtime
from bench.store.environment import Device

from ..configs import written
from ..executors import StandInExecutor

FILES = {
    "house.py": """\
from dataclasses import dataclass
import jax
import jax.numpy as jnp
import numpy as np
from problems import Examples
import rows

@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class House:
    train: Examples
    held_out: Examples | None = None
    def init(self, key): return jnp.zeros(2)
    def loss(self, params, examples): return jnp.mean(params @ examples.inputs)
    def optimum(self): return None

def house():
    table = np.genfromtxt(rows.NAME, np.float32)
    return House(Examples(table, table[0]))
""",
    "rows.py": "NAME = 'house.csv'\n",
    "house.csv": "1 2\n3 4\n",
    "own.py": "import step\nimport optimizers\ndef own(): return optimizers.sgd(0.1)\n",
    "step.py": "",
    "aside.py": "",
}
CONFIG = """\
name = "own"
seeds = 2
[[problems]]
name = "house.py:house"
[[problems]]
name = "linear_regression"
dataset = "files"
inputs = "X.npy"
targets = "y.npy"
[[problems]]
name = "quadratic"
[[optimizers]]
name = "own.py:own"
[[optimizers]]
name = "sgd"
learning_rate = 0.1
"""
MAPPED = "linear_regression"
PROBLEMS = ("house", MAPPED, "quadratic")
CHANGES = {  # the trials (problem, optimizer) and the problems that are done again
    "house.py": ({"house own", "house sgd"}, {"house"}),
    "rows.py": ({"house own", "house sgd"}, {"house"}),
    "house.csv": ({"house own", "house sgd"}, {"house"}),
    "own.py": ({f"{problem} own" for problem in PROBLEMS}, set()),
    "step.py": ({f"{problem} own" for problem in PROBLEMS}, set()),
    "X.npy": ({f"{MAPPED} own", f"{MAPPED} sgd"}, {MAPPED}),
    "aside.py": (set(), set()),
}


@pytest.fixture
def config(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    write_rows(tmp_path, 50)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("rows", "step"):  # of another test's folder
        monkeypatch.delitem(sys.modules, name, raising=False)
    return written(tmp_path, CONFIG)


def write_rows(folder, count):
    np.save(folder / "X.npy", np.ones((count, 2)))
    np.save(folder / "y.npy", np.ones(count))


def change(path):
    """Change what a file holds."""
    if path.suffix == ".npy":
        write_rows(path.parent, 60)
    elif path.suffix == ".csv":
        path.write_text("5 6\n7 8\n")
    else:
        path.write_text(f"{path.read_text()}\n# more\n")


def complete(config, folder):
    """Run what is missing, and return the names of trials and of priced problems."""

    def arrays(spec):  # as a worker, which is a new process each time
        return Runtime("cpu").arrays(spec)

    def trial(spec):
        return TrialRecord(spec, "budget"), []

    executor = StandInExecutor(trial, arrays=arrays)
    device = Device("cpu", "cpu")
    Runner(read(config), device, folder, engine=Engine(executor)).complete(quiet=True)
    assert executor.opened == executor.closed
    done = [f"{short(s.problem)} {short(s.optimizer)}" for s in executor.done]
    assert len(done) == 2 * len(set(done))  # both seeds
    return set(done), {short(spec.problem) for spec in executor.priced}


def short(named):
    return named.name.rpartition(":")[2]


@pytest.mark.parametrize("name", CHANGES)
def test_what_depends_on_a_file_is_done_again_when_it_changes(config, folder, name):
    everything = {f"{p} {o}" for p in PROBLEMS for o in ("own", "sgd")}
    assert complete(config, folder) == (everything, set(PROBLEMS))
    assert complete(config, folder) == (set(), set())
    path = config.parent / name
    before = path.read_bytes()
    change(path)
    assert complete(config, folder) == CHANGES[name]
    assert complete(config, folder) == (set(), set())
    write_rows(config.parent, 50)
    path.write_bytes(before)  # its trials are there still, its prices are not
    assert complete(config, folder) == (set(), CHANGES[name][1])


def test_facts_and_records_carry_the_fingerprint(config, folder):
    complete(config, folder)
    facts = json.loads((folder / "problems.json").read_text())
    by_name = {each["name"]: each["fingerprint"] for each in facts}
    assert by_name["quadratic"] == ""
    records = [json.loads(p.read_text()) for p in (folder / "trials").glob("*.json")]
    for record in records:
        problem = record["problem"]
        assert problem["fingerprint"] == by_name[problem["name"]]
    assert len(by_name["house.py:house"]) == 64


def test_tuning_is_done_again_when_the_arrays_change(config):
    ranges = '[[optimizers]]\nname = "adam"\n[tuning]\nbudget = 9\ntrials = 2\n'
    ranges += 'criterion = "final_loss"\n'
    made = read(written(config.parent, CONFIG + ranges))
    keys = {
        arrays: [task.key for task in Plan(made, "cpu", lambda s, a=arrays: a).tasks]
        for arrays in ("one", "other")
    }
    house, quadratic = (
        {key for each in keys.values() for key in each if key.startswith(name)}
        for name in ("house", "quadratic")
    )
    assert len(house) == 2 * len(quadratic)
