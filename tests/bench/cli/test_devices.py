"""A config on several devices: its run, and what is refused."""

import json

import pytest

from bench.cli import main

CONFIG = """
name = "divided"
devices = "all"
timed = false
[budget]
steps = 5
[[problems]]
name = "linear_regression"
rows = 80
columns = 3
held_out = 0.0
[[optimizers]]
name = "sgd"
learning_rate = 0.1
"""
FLAG = "--xla_force_host_platform_device_count=2"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "divided.toml").write_text(CONFIG)
    return tmp_path


def test_all_devices_take_part_in_a_run(desk, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", FLAG)
    assert main(["run", "divided.toml", "--out", "run"]) == 0
    run = json.loads((desk / "run/run.json").read_text())
    assert run["config"]["devices"] == 2
    (trial,) = (desk / "run/trials").glob("*.json")
    record = json.loads(trial.read_text())
    assert (record["devices"], record["end"]) == (2, "budget")
    assert record["footprint"]["exchanged_bytes"] == (3 + 1) * 4
    assert "2 x cpu" in (desk / "run/summary.md").read_text()


def test_more_devices_than_there_are_is_one_line(desk, monkeypatch, capsys):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    assert main(["run", "divided.toml", "--set", "devices=2"]) == 2
    words = f"devices = 2: there is 1 device (cpu); XLA_FLAGS={FLAG} divides the CPU"
    assert capsys.readouterr().err.strip() == f"{words} into 2"


def test_examples_that_do_not_divide_are_one_line(desk, monkeypatch, capsys):
    monkeypatch.setenv("XLA_FLAGS", FLAG)
    odd = ["--set", "problems.0.rows=81"]
    assert main(["run", "divided.toml", *odd]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        'problem "linear_regression": devices = 2: 81 training examples are no '
        "multiple of 2 (but of 3); 80 are"
    )


def test_a_profile_is_of_one_device(desk, capsys):
    assert main(["profile", "divided.toml", "--set", "devices=2"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "devices = 2: profile measures the parts of a step on one device; --set "
        "devices=1"
    )
