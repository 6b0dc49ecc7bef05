"""Which device a run is on, asked of JAX in another process."""

import os
import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import jax
import pytest

from bench.core.errors import DeviceMissing, EnvironmentFault
from bench.store import environment


@pytest.fixture
def probe(monkeypatch):
    """Return a function that makes the other process end with what is given."""
    commands = []

    def probe(**result):
        def run(command, **_):
            commands.append(command)
            return SimpleNamespace(**{"returncode": 0, "stderr": "", **result})

        monkeypatch.setattr(subprocess, "run", run)
        return commands

    return probe


def test_the_cpu_needs_no_asking(probe):
    commands = probe(returncode=1)
    assert environment.find("cpu") == ("cpu", "cpu")
    assert commands == []


def test_jax_is_asked_where_it_may_find_an_accelerator(monkeypatch, probe):
    plugin = SimpleNamespace(name="jax-cuda12-plugin")
    monkeypatch.setattr(environment.metadata, "distributions", lambda: [plugin])
    commands = probe(stdout='noise\n["gpu", "H100"]\n')
    assert environment.find() == ("gpu", "H100")
    assert len(commands) == 1


def test_without_an_accelerator_s_plugin_nothing_is_asked(monkeypatch, probe):
    others = [SimpleNamespace(name=name) for name in ("jax", "jaxlib", "pytest")]
    monkeypatch.setattr(environment.metadata, "distributions", lambda: others)
    commands = probe(returncode=1)
    assert environment.find() == ("cpu", "cpu")
    assert commands == []


def test_a_device_that_is_not_there_is_one_line(probe):
    stderr = "Traceback (most recent call last):\n  ...\nRuntimeError: no tpu found\n"
    commands = probe(returncode=1, stderr=stderr)
    with pytest.raises(DeviceMissing) as caught:
        environment.find("tpu")
    assert caught.value.lines == ("there is no tpu: no tpu found",)
    assert caught.value.status == 2
    assert commands[0][-1] == "tpu"


def test_a_platform_that_the_shell_names_is_asked_for(monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "nowhere")
    with pytest.raises(EnvironmentFault) as caught:
        environment.find()
    (line,) = caught.value.lines
    assert line.startswith("JAX_PLATFORMS=nowhere: there is no device: Unable to ")
    assert caught.value.status == 1
    assert environment.find("cpu") == ("cpu", "cpu")


def test_a_device_that_never_answers_is_one_line(monkeypatch):
    def late(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", late)
    with pytest.raises(DeviceMissing, match=r"^no answer from the gpu in \d+ s$"):
        environment.find("gpu")


def test_devices_are_counted_only_if_several_are_wanted(probe):
    commands = probe(stdout="8\n")
    assert environment.devices(1, "gpu") == 1
    assert commands == []
    assert environment.devices("all", "gpu") == 8
    assert environment.devices(4, "gpu") == 4
    with pytest.raises(DeviceMissing) as caught:
        environment.devices(9, "gpu")
    assert caught.value.lines == ("devices = 9: there are 8 devices (gpu)",)
    assert caught.value.status == 2


def test_a_processor_is_divided_by_the_flag_that_the_error_names(monkeypatch):
    flag = "--xla_force_host_platform_device_count=2"
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    with pytest.raises(DeviceMissing) as caught:
        environment.devices(2, "cpu")
    words = "devices = 2: there is 1 device (cpu)"
    assert caught.value.lines == (f"{words}; XLA_FLAGS={flag} divides the CPU into 2",)
    monkeypatch.setenv("XLA_FLAGS", flag)
    assert environment.devices("all", "cpu") == 2


@pytest.mark.skipif(find_spec("libtpu") is not None, reason="there may be one")
def test_a_real_tpu_is_asked_for():
    with pytest.raises(DeviceMissing, match="there is no tpu"):
        environment.find("tpu")


def test_the_machine_and_the_versions_are_named():
    assert environment.machine()["processors"] >= 1
    assert environment.machine()["processor"]
    assert {
        "python",
        "jax",
        "jaxlib",
        "optax",
        "numpy",
    } <= environment.versions().keys()


def test_jaxs_settings_are_pinned_whatever_the_shell_says():
    """In a process of its own, whose start is then that of a process without them."""
    code = "import jax; from bench.store.environment import pin; pin()\n"
    code += "print(jax.random.normal(jax.random.key(3), (2,)))"
    shell = {
        "JAX_DEFAULT_PRNG_IMPL": "rbg",
        "JAX_RANDOM_SEED_OFFSET": "7",
        "JAX_ENABLE_X64": "1",
        "JAX_DEBUG_NANS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | shell | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = jax.random.normal(jax.random.key(3), (2,))
    assert done.stdout.strip() == str(expected)


def test_what_is_pinned_is_jaxs_default():
    for name, value in environment.PINNED.items():
        found = getattr(jax.config, name)
        assert getattr(found, "value", found) == value, name
