"""What a trial is follows from its config and its seed, never from the clock."""

from dataclasses import replace

import numpy as np
import pytest

from bench.core.spec import Budget, Named, Spec, Target
from bench.measurement.budget import STALLED_AFTER
from bench.measurement.clock import Pace
from bench.measurement.runtime import SpecTrial

QUADRATIC = Named("quadratic", {"spectrum": [1.0, 2.0, 5.0]})


def run(runtime, optimizer="sgd", problem=QUADRATIC, settings=None, **more):
    settings = {"learning_rate": 0.1} if settings is None else settings
    every_step = more.pop("every_step", False)
    budget = Budget(**({"seconds": 60.0} | more))
    spec = Spec(problem, Named(optimizer, settings), budget, every_step=every_step)
    return SpecTrial(runtime, spec).run()


def test_a_loss_that_never_changes_stalls_at_a_step_that_is_stated(runtime):
    record, rows = run(runtime, settings={"learning_rate": 1e-30}, steps=100_000)
    assert record.end == "stalled"
    assert record.steps == rows[-1]["step"] == STALLED_AFTER + 1


def test_accumulated_gradients_do_not_stall(runtime):
    inner = {"name": "sgd", "learning_rate": 0.1}
    settings = {"opt": inner, "every_k_schedule": 1500}
    record, rows = run(runtime, "optax.MultiSteps", settings=settings, steps=4000)
    assert (record.end, record.steps) == ("budget", 4000)
    losses = {row["loss"] for row in rows}
    assert len(losses) == 3  # the start's, and that of two updates


ROOT = """
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from problems import Examples


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Root:
    train: Examples
    held_out: Examples | None

    def init(self, key):
        return jnp.zeros(3)

    def loss(self, params, examples):
        return jnp.sum(jnp.sqrt(jnp.abs(params))) + 0.5

    def optimum(self):
        return None


def root():
    return Root(Examples(jnp.zeros((0, 0)), jnp.zeros((0,))), None)
"""


@pytest.mark.parametrize("optimizer", ["sgd", "lbfgs"])
def test_a_loss_that_becomes_nan_diverges_whatever_the_optimizer(
    runtime, tmp_path, optimizer
):
    """The slope is infinite at the start; a line search keeps its own finite loss."""
    file = tmp_path / "root.py"
    file.write_text(ROOT)
    problem = Named(f"{file}:root", {})
    settings = {"learning_rate": 0.1} if optimizer == "sgd" else {}
    record, rows = run(runtime, optimizer, problem, settings=settings, steps=50)
    assert (record.end, record.steps) == ("diverged", 1)
    assert [row["step"] for row in rows] == [0, 1]
    assert not np.isfinite(rows[-1]["loss"])


LEAVING = """
import jax.numpy as jnp
import optax

def leaving(value, after=37):
    def update(updates, state, params=None):
        return jnp.where(state == after - 1, value, 0.0) + updates, state + 1
    return optax.GradientTransformation(lambda params: jnp.array(0), update)

def imaginary(shift=1.0):
    def update(updates, state, params=None):
        return 1j * updates, state
    return optax.GradientTransformation(lambda params: (), update)
"""


def test_params_that_are_not_finite_diverge_at_their_step(runtime, tmp_path):
    """The loss is flat where they go: it does not tell."""
    (tmp_path / "leaving.py").write_text(LEAVING)
    (tmp_path / "bowl.py").write_text(
        ROOT.replace("jnp.sum(jnp.sqrt(jnp.abs(params))) + 0.5", "jnp.tanh(params[0])")
    )
    problem = Named(f"{tmp_path / 'bowl.py'}:root", {})
    record, rows = run(
        runtime,
        f"{tmp_path / 'leaving.py'}:leaving",
        problem,
        settings={"value": float("inf")},
        steps=200,
    )
    assert (record.end, record.steps) == ("diverged", 37)
    assert rows[-1]["loss"] == 1.0  # finite: tanh(inf)
    assert record.reason == "the params were not finite after 37 steps"
    assert record.readings["gradient"] == rows[-1]["gradient"] == 37


def test_complex_updates_are_refused_with_a_sentence(runtime, tmp_path):
    (tmp_path / "leaving.py").write_text(LEAVING)
    name = f"{tmp_path / 'leaving.py'}:imaginary"
    record, _ = run(runtime, name, settings={}, steps=5)
    assert record.end == "skipped"
    assert "complex64" in record.reason


@pytest.mark.parametrize("counted", [False, True])
def test_rows_and_ends_do_not_depend_on_the_clock(runtime, monkeypatch, counted):
    """The clock sizes the chunks: they change the seconds of the rows alone."""
    name = "optax.contrib.schedule_free_sgd" if counted else "sgd"
    rate = 0.02 if counted else 0.004
    target = Target(suboptimality=[1e-1, 1e-2, 1e-4])
    given = {"settings": {"learning_rate": rate}, "steps": 3000, "target": target}

    def trial(steps):
        monkeypatch.setattr(Pace, "steps", lambda *_: (steps, steps))
        record, rows = run(runtime, name, **given)
        rows = [row | {"seconds": None, "measured": None} for row in rows]
        found = [replace(at, seconds=None, measured=None) for at in record.targets]
        return record.end, record.reason, record.steps, found, rows

    first = trial(13)
    assert first[0] == "target"
    assert trial(200) == trial(8192) == first


def test_the_step_that_reached_the_target_is_found_between_two_looks(runtime):
    """Every step is a look of the other trial."""
    settings = {"learning_rate": 0.03}
    given = {"settings": settings, "steps": 900, "target": Target(suboptimality=1e-2)}
    name = "optax.contrib.schedule_free_sgd"
    few, rows = run(runtime, name, **given)
    every, all_rows = run(runtime, name, every_step=True, **given)
    assert few.end == every.end == "target"
    assert few.steps == every.steps > 100
    assert few.readings == every.readings
    assert few.targets[0].resolution > 1 == every.targets[0].resolution
    assert few.targets[0].seconds == few.seconds_to_target == rows[-1]["seconds"]
    assert (np.diff([row["seconds"] for row in rows]) > 0).all()
    assert len(all_rows) == every.steps + 1 > 2 * len(rows)


@pytest.mark.parametrize(
    ("name", "settings"), [("sgd", None), ("optax.contrib.schedule_free_sgd", {})]
)
def test_a_target_at_the_start_is_met_after_no_step(runtime, name, settings):
    record, rows = run(runtime, name, settings=settings, target=Target(loss=1e9))
    assert (record.end, record.steps, record.seconds) == ("target", 0, 0.0)
    assert sum(record.readings.values()) == 0
    assert [row["step"] for row in rows] == [0]
    assert (record.targets[0].steps, record.targets[0].seconds) == (0, 0.0)


def test_the_dispatch_is_no_part_of_a_step_s_seconds(runtime, monkeypatch):
    """A clock by which a chunk takes 5 s, and a step 1 s."""

    def timed(call, *args):
        done = call(*args)
        return 5.0 + float(done.rows), done

    for module in ("clock", "trial"):
        monkeypatch.setattr(f"bench.measurement.{module}.timed", timed)
    record, rows = run(runtime, steps=7, seconds=100.0)
    assert record.dispatch_seconds == 5.0
    assert record.seconds == 7.0
    assert [row["seconds"] for row in rows] == [float(i) for i in range(8)]
