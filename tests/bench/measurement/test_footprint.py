"""Bytes of a step by arithmetic, FLOPs of an update by counting, from the program."""

import jax
import pytest

from bench.core.spec import Budget, Named, Spec
from bench.measurement.clock import Ledger
from bench.measurement.runtime import Runtime, SpecTrial, context

ROWS, COLUMNS, HIDDEN = 300, 4, 16
NET = Named("mlp", {"rows": ROWS, "columns": COLUMNS, "hidden": [HIDDEN]})
PARAMETERS = COLUMNS * HIDDEN + HIDDEN + HIDDEN + 1
FLOAT = 4


@pytest.fixture(scope="module")
def runtime():
    return Runtime()


def footprint(runtime, name, **settings):
    spec = Spec(NET, Named(name, settings), Budget(steps=3))
    with context(spec, runtime.device):
        problem = runtime.problem(spec)
        params = problem.init(jax.random.key(0))
        return runtime.ready(spec, problem, params, Ledger()).program.footprint


def test_bytes_of_state_and_params_are_those_of_their_arrays(runtime):
    adam = footprint(runtime, "adam", learning_rate=0.1)
    counts = 2 * FLOAT  # of steps, for its averages and for its learning rate
    assert adam.params_bytes == FLOAT * PARAMETERS
    assert adam.state_bytes == 2 * FLOAT * PARAMETERS + counts
    assert adam.update_bytes == 3 * adam.params_bytes + 2 * adam.state_bytes
    momentum = footprint(runtime, "momentum", learning_rate=0.1)
    assert FLOAT * PARAMETERS <= momentum.state_bytes <= FLOAT * (PARAMETERS + 1)


def test_an_update_costs_a_few_flops_for_each_parameter_and_no_call(runtime):
    sgd = footprint(runtime, "sgd", learning_rate=0.1)
    adam = footprint(runtime, "adam", learning_rate=0.1)
    assert PARAMETERS <= sgd.update_flops < 2 * PARAMETERS
    assert 8 * PARAMETERS <= adam.update_flops < 20 * PARAMETERS
    keep = footprint(runtime, "keep_stepping", learning_rate=0.1)
    pass_over_data = 2 * ROWS * COLUMNS * HIDDEN
    assert keep.update_flops < pass_over_data


def test_the_program_holds_the_data_and_room_for_activations(runtime):
    sgd = footprint(runtime, "sgd", learning_rate=0.1)
    data = FLOAT * (COLUMNS + 1) * ROWS
    assert sgd.argument_bytes > data
    assert sgd.temporary_bytes > FLOAT * HIDDEN * ROWS


def test_a_trial_states_the_footprint_of_its_program(runtime):
    spec = Spec(NET, Named("sgd", {"learning_rate": 0.1}), Budget(steps=3))
    record, _ = SpecTrial(runtime, spec).run()
    assert record.footprint == footprint(runtime, "sgd", learning_rate=0.1)


def test_a_program_of_an_earlier_process_has_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADMETER_EXECUTABLES", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = footprint(Runtime(), "sgd", learning_rate=0.1)
    assert footprint(Runtime(), "sgd", learning_rate=0.1) == first
