"""On several devices a trial is the same trial: to rounding, and call for call."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import problems
from bench.core.errors import DeviceMissing
from bench.core.spec import Batch, Named, Spec
from bench.measurement import devices
from bench.measurement.preparation import impossible
from problems.data.examples import MappedExamples

HERE = Path(__file__).parent
FLAG = "--xla_force_host_platform_device_count={}"
FLOAT = 4


def begun(file, *arguments, count):
    """Start a file in a process whose processor is divided into devices."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} {FLAG.format(count)}"
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", str(HERE / file), *arguments],
        env=os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process):
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err[-4000:]
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def found():
    """What trials on one device and on four say, in a process of their own."""
    asked = ("trials", "parts", "exchanged", "sweeps", "refusals", "experiments")
    return answer(begun("on_devices.py", *asked, count=4))


TRIALS = ("sgd", "ray", "newton", "lbfgs", "scipy", "net", "batch")


@pytest.mark.parametrize("name", TRIALS)
def test_a_trajectory_is_that_of_one_device_to_rounding(found, name):
    one, four = found["trials"][name]
    assert (four["end"], four["reason"]) == (one["end"], one["reason"])
    assert one["end"] == "budget"
    assert len(one["losses"]) > 2
    for column in ("losses", "held_out", "norms"):
        known, others = (np.array(each[column], float) for each in (one, four))
        np.testing.assert_allclose(others, known, rtol=2e-4, atol=1e-5)
    assert one["losses"][0] != one["losses"][-1]


@pytest.mark.parametrize("name", TRIALS)
def test_readings_are_exactly_those_of_one_device(found, name):
    one, four = found["trials"][name]
    assert four["readings"] == one["readings"]
    assert sum(one["readings"][-1]) > 0


def test_each_device_has_its_part_of_the_examples_and_all_params(found):
    parts = found["parts"]
    assert parts["devices"] == 4
    assert (parts["inputs"], parts["targets"]) == ([5, 90], [90])
    assert (parts["held_out"], parts["params"]) == ([5, 10], [5])
    assert parts["batch"] == [5, 3]


def test_a_step_exchanges_its_gradient_and_its_loss(found):
    one, four = found["trials"]["sgd"]
    assert one["exchanged"] == 0
    assert four["exchanged"] == (5 + 1) * FLOAT


def test_the_price_of_a_call_states_what_it_exchanges(found):
    loss, gradient = FLOAT, 5 * FLOAT
    whole = {"forward": loss, "point": loss, "gradient": loss + gradient}
    assert found["exchanged"] == whole


def test_a_sweep_on_four_devices_is_that_of_one(found):
    sweeps = found["sweeps"]
    for by in ("chosen", "vmap"):
        for one, four in zip(sweeps[f"{by} on 1"], sweeps[f"{by} on 4"], strict=True):
            np.testing.assert_allclose(four[0], one[0], rtol=2e-4, atol=1e-5)
            assert four[1] == one[1]


def test_what_cannot_be_divided_is_refused_in_one_line(found):
    refused = found["refusals"]
    assert refused["odd"] == (
        "ProblemError: devices = 4: 30 training examples are no multiple of 4 (but of "
        "2, 3, 5, 6); 28 are"
    )
    words = "devices = 4: the problem has no examples to divide"
    assert refused["none"] == f"ProblemError: {words}"
    there = "there are 4 devices (cpu); XLA_FLAGS=" + FLAG.format(9)
    assert refused["few"] == (
        f"DeviceMissing: devices = 9: {there} divides the CPU into 9"
    )


def test_an_experiment_takes_the_devices_of_its_process(found):
    stated, of_trial, refused = found["experiments"]
    assert (stated, of_trial) == (4, 4)
    assert refused.startswith("devices = 5: there are 4 devices (cpu)")


def test_two_processes_take_the_steps_of_one():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    both = [begun("on_processes.py", address, str(i), count=2) for i in (0, 1)]
    first, second = map(answer, both)
    for name in ("all", "batch"):
        one, four = first[f"{name} on one"], first[name]
        assert second[name] == four
        np.testing.assert_allclose(four[0], one[0], rtol=2e-4, atol=1e-5)
        assert four[1] == one[1]
        assert one[0][0] > 2 * one[0][-1]


SGD = Named("sgd", {"learning_rate": 0.1})


def test_examples_and_batches_that_do_not_divide_are_known_beforehand():
    spec = Spec(Named("p"), SGD, devices=4, batch=Batch(6))
    assert list(impossible(spec, {"examples": 455})) == [
        "devices = 4: 455 training examples are no multiple of 4 (but of 5, 7, 13); "
        "452 are",
        "devices = 4: a batch of 6 is no multiple of it",
    ]
    assert not list(impossible(Spec(Named("p"), SGD, batch=Batch(6)), {"examples": 9}))


def mapped():
    rows, column = np.zeros((8, 2), np.float32), np.zeros(8, np.float32)
    return MappedExamples(rows, column, 0, 8, "float32")


def in_blocks():
    return problems.from_functions(
        init=lambda key: jax.numpy.zeros(2),
        loss=lambda params, batch: ((batch @ params) ** 2).mean(),
        train=np.zeros((8, 2), np.float32),
        block=4,
    )


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            lambda: type("Streamed", (), {"train": mapped()}),
            "devices = 2: only examples in memory are divided; load data that stay in "
            "their files (stream = false, or without memory_map)",
        ),
        (
            in_blocks,
            "devices = 2: the problem passes its examples in blocks of 4, which one "
            "device does; leave its `block` out",
        ),
    ],
)
def test_examples_that_one_device_reads_block_by_block_are_refused(
    monkeypatch, problem, words
):
    monkeypatch.setattr(devices, "_mesh", lambda *_: _Mesh)
    with devices.used(2, "cpu"), pytest.raises(problems.ProblemError) as caught:
        devices.placed(problem, jax.devices("cpu")[0])
    assert str(caught.value) == words


class _Mesh:
    size = 2


def test_one_device_changes_nothing():
    with devices.used(1, "cpu"):
        assert devices.mesh() is None
        assert problems.in_blocks()
        assert devices.results() == {}


def test_several_devices_are_wanted_inside_the_block_only():
    with devices.used(9, "cpu"):
        assert not problems.in_blocks()
        with pytest.raises(DeviceMissing, match="devices = 9: there is 1 device"):
            devices.mesh()
    assert devices.mesh() is None
