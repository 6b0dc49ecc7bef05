"""A digest of arrays goes by their bytes, types, shapes and places."""

from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from bench.config.fingerprint import fingerprint
from bench.core.spec import Budget, Named, Spec
from bench.measurement.arrays import digest
from bench.measurement.runtime import Runtime, SpecTrial


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Held:
    x: Any
    y: Any = None
    rate: Any = field(default=1.0, metadata={"static": True})


A = np.arange(6.0, dtype=np.float32)
DISTINCT = {
    "array": Held(A),
    "one bit": Held(np.nextafter(A, 10)),
    "last value": Held(np.append(A[:-1], 6)),
    "shape": Held(A.reshape(2, 3)),
    "turned": Held(A.reshape(3, 2).T),
    "dtype": Held(A.astype(np.float64)),
    "place": Held(None, A),
    "both": Held(A, A),
    "bfloat16": Held(jnp.asarray(A, jnp.bfloat16)),
    "empty": Held(A[:0]),
    "static": Held(A, rate=2.0),
    "key": Held(jax.random.key(0)),
    "another key": Held(jax.random.key(1)),
    "number": Held(3.0),
}


def test_what_differs_has_another_digest():
    assert len({digest(held) for held in DISTINCT.values()}) == len(DISTINCT)


@pytest.mark.parametrize("name", DISTINCT)
def test_a_copy_on_the_device_has_the_same_digest(name):
    held = DISTINCT[name]
    with jax.enable_x64(True):
        assert digest(jax.device_put(held)) == digest(held) or name == "number"


HOUSE = """\
from dataclasses import dataclass
import jax
import jax.numpy as jnp
import numpy as np
import optimizers
from problems import Examples

@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class House:
    train: Examples
    held_out: Examples | None = None
    def init(self, key): return jnp.zeros(1)
    def loss(self, params, examples): return jnp.sum(params - examples.targets) ** 2
    def certificate(self): ...
    def optimum(self): ...

def house(path="y.csv"):
    y = jnp.asarray(np.genfromtxt(path))
    return House(Examples(y[None], y))

def own(): return optimizers.sgd(0.1)
"""


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """Return a planned trial on a problem and with an optimizer of the user's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "house.py").write_text(HOUSE)
    (tmp_path / "y.csv").write_text("1 2")
    bare = Spec(Named("house.py:house"), Named("house.py:own"), Budget(steps=3))
    made = fingerprint("house.py:house", {}, Runtime("cpu").arrays(bare))
    problem = replace(bare.problem, fingerprint=made)
    optimizer = replace(bare.optimizer, fingerprint=fingerprint("house.py:own", {}))
    return replace(bare, problem=problem, optimizer=optimizer)


def test_a_trial_on_what_was_planned_runs(spec):
    record, _ = SpecTrial(Runtime("cpu"), spec).run()
    assert (record.end, record.steps) == ("budget", 3)


@pytest.mark.parametrize("name", ["y.csv", "house.py"])
def test_a_trial_on_what_changed_after_it_was_planned_fails(spec, tmp_path, name):
    text = (tmp_path / name).read_text()
    changed = f"{text}\n# changed\n" if name.endswith(".py") else text.replace("1", "3")
    (tmp_path / name).write_text(changed)
    record, _ = SpecTrial(Runtime("cpu"), spec).run()
    assert record.end == "failed"
    assert "house.py:house or data of it changed after the run began" in record.reason


def test_an_optimizer_that_changed_after_it_was_planned_fails(spec):
    other = replace(spec, optimizer=replace(spec.optimizer, fingerprint="other"))
    record, _ = SpecTrial(Runtime("cpu"), other).run()
    assert record.end == "failed"
    assert "house.py:own or data of it changed after the run began" in record.reason
    assert record.output.startswith("Traceback")
    assert record.output.endswith(record.reason)


def test_the_address_of_a_function_does_not_count():
    def made():
        return Held(A, rate=lambda x: x)

    assert digest(made()) == digest(made())
