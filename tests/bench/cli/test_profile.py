"""The verb `profile`: a row a loop, and what is left out and why."""

import pandas as pd
import pytest

from bench.cli import main
from bench.core.readings import READINGS
from bench.report.prices import write_updates

from ..synthetic_run import write_plan

CONFIG = """
name = "two"
seeds = 3
[[problems]]
name = "himmelblau"
[[optimizers]]
name = "sgd"
learning_rate = 1e-3
[[optimizers]]
name = "sgd"
label = "in batches"
learning_rate = 1e-3
batch = 10
[[optimizers]]
name = "sgd"
label = "too far"
learning_rate = 1e30
[[optimizers]]
name = "scipy.BFGS"
"""


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr("bench.measurement.profile.ROUNDS", 5)


def test_the_verb_prints_a_row_a_loop_and_says_what_is_left_out(tmp_path, capsys):
    (tmp_path / "two.toml").write_text(CONFIG)
    write_plan(tmp_path, [])
    earlier = {"problem": "himmelblau", "optimizer": "adam", "seconds": 1e-6}
    write_updates(tmp_path, [earlier])
    command = ["profile", str(tmp_path / "two.toml"), "--out"]
    assert main([*command, str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "## himmelblau"
    cells = [line.split("|")[1:-1] for line in lines if line.startswith("|")]
    named = [tuple(cell.strip() for cell in row[:2]) for row in cells]
    assert named[0] == ("optimizer", "loop")
    assert named[2:] == [("sgd", "compiled"), ("sgd", "eager")]
    assert "- in batches: not profiled: batch: needs autodiff on all examples" in lines
    scipy = "- scipy.BFGS: not profiled: a method of SciPy has no compiled step"
    assert scipy in lines
    assert any(
        line.startswith("- too far: not profiled: the loss is") for line in lines
    )
    updates = pd.read_csv(tmp_path / "updates.csv").set_index("optimizer")
    assert list(updates.index) == ["adam", "sgd"]
    assert updates["seconds"]["adam"] == 1e-6
    assert 0 < updates["seconds"]["sgd"] < 1e-3
    assert (updates[list(READINGS)] == 0).all(axis=None)
    assert main([*command, str(tmp_path / "nowhere")]) == 2


def test_the_verb_takes_the_same_options_as_check(tmp_path, capsys):
    path = tmp_path / "two.toml"
    path.write_text(CONFIG)
    only = ["--only", "optimizer=too far", "--device", "cpu"]
    put = ["--set", "optimizers.2.learning_rate=1e20"]
    assert main(["profile", str(path), *only, *put]) == 0
    assert "in batches" not in capsys.readouterr().out
    assert main(["profile", str(path), "--only", "optimizer=nobody"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
