"""A chunk of steps goes through without the host, on any device."""

import re

import jax
import optax
import pytest

import optimizers
import problems
from bench import measure
from bench.core.spec import Budget, Named, Spec
from bench.measurement import referee
from bench.measurement.clock import Ledger
from bench.measurement.runtime import Runtime, context

# What a program that turns to the host says to XLA.
HOST = re.compile(r"callback|infeed|outfeed|stablehlo\.send|stablehlo\.recv")


def text(runtime, name, settings):
    problem = Named("quadratic", {"spectrum": [1.0, 2.0]})
    spec = Spec(problem, Named(name, settings), Budget(steps=3))
    with context(spec, runtime.device):
        made = runtime.problem(spec)
        params = made.init(jax.random.key(0))
        program = runtime.ready(spec, made, params, Ledger()).program
        return program._traced.lower().as_text()


@pytest.mark.parametrize("name", ["adam", "keep_stepping"])
def test_a_chunk_does_not_turn_to_the_host(name):
    assert not HOST.search(text(Runtime(), name, {"learning_rate": 0.1}))


def test_a_chunk_that_turns_to_the_host_would_be_seen(tmp_path):
    file = tmp_path / "asks.py"
    file.write_text(
        "import jax, optax\n"
        "def asks(learning_rate):\n"
        "    def update(gradient, state, params=None, **more):\n"
        "        jax.debug.callback(lambda: None)\n"
        "        return jax.tree.map(lambda g: -learning_rate * g, gradient), state\n"
        "    return optax.GradientTransformationExtraArgs(lambda p: (), update)\n"
    )
    assert HOST.search(text(Runtime(), f"{file}:asks", {"learning_rate": 0.1}))


def test_a_state_whose_types_still_change_is_refused():
    """One part of the state is whole after the first step, and not after the second."""

    def update(updates, state, params=None, *, value, **extra):
        del params, extra
        step = jax.tree.map(lambda g: -0.01 * (1 + state[1]) * g, updates)
        return step, (value / 100, state[0])

    made = optax.GradientTransformationExtraArgs(lambda params: (0, 0), update)
    quadratic = problems.make("quadratic")
    with pytest.raises(optimizers.NotApplicable, match="int32 becomes float32"):
        measure(quadratic, made, steps=5)


def test_only_calls_that_depend_on_results_are_refereed(monkeypatch):
    refereed = []
    monkeypatch.setattr(referee, "check_readings", lambda *of: refereed.append(of))
    monkeypatch.setattr(referee.cache, "vouched", lambda digest: False)
    monkeypatch.setattr(referee.cache, "vouch", lambda digest: None)
    names = {"optax.adam": True, "pal": True, "optax.lbfgs": False, "newton_cg": False}
    runtime = Runtime("cpu")
    for name, in_line in names.items():
        settings = {"learning_rate": 0.1} if name == "optax.adam" else {}
        spec = Spec(
            Named("quadratic", {"dimension": 3}), Named(name, settings), Budget(steps=3)
        )
        with context(spec, runtime.device):
            problem, params = runtime.problem(spec), runtime.start(spec)
            ready = runtime.ready(spec, problem, params, Ledger())
            referee.check_once(ready, problem, params)
        assert ready.program.in_line == in_line
    assert len(refereed) == 2
