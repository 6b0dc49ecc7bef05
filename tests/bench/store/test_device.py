"""Which device a run is on, asked without opening it here."""

import subprocess
import sys

import pytest

from bench.core.errors import DeviceMissing
from bench.store import environment as device


def test_the_cpu_needs_no_asking(monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    assert device.find("cpu") == ("cpu", "cpu")


def test_jax_is_asked_where_it_may_find_an_accelerator(monkeypatch):
    monkeypatch.setattr(device, "_accelerated", lambda: True)
    monkeypatch.setattr(device, "_PROBE", 'print("noise\\n[\\"gpu\\", \\"H100\\"]")')
    assert device.find() == ("gpu", "H100")


def test_a_device_that_is_not_there_is_one_line(monkeypatch):
    raising = "import sys; raise RuntimeError(f'no {sys.argv[1]} found')"
    monkeypatch.setattr(device, "_PROBE", raising)
    with pytest.raises(DeviceMissing) as caught:
        device.find("tpu")
    assert caught.value.lines == ("there is no tpu: no tpu found",)
    assert caught.value.status == 2


def test_a_device_that_never_answers_is_one_line(monkeypatch):
    monkeypatch.setattr(device, "_PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(device, "_SECONDS", 0.5)
    with pytest.raises(DeviceMissing, match="no answer from the gpu"):
        device.find("gpu")


def test_a_real_tpu_is_asked_for():
    assert sys.executable
    if device._accelerated():
        pytest.skip("there may be one")
    with pytest.raises(DeviceMissing, match="there is no tpu"):
        device.find("tpu")
