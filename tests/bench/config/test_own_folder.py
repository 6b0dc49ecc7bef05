"""A config's paths are taken from its own folder, wherever the command is given."""

import pytest

import bench
from bench.cli import main
from bench.config.plan import Plan
from bench.config.read import read
from bench.core.errors import ConfigError
from factories import taken_from

OPTIMIZER = """
import optax

def slow(learning_rate=0.1, table=None):
    assert table is None or open(table).read() == "1"
    return optax.sgd(learning_rate)
"""
CONFIG = """
name = "own"
[budget]
steps = 3
[[problems]]
name = "linear_regression"
dataset = "files"
file = "data/homes.csv"
targets = "price"
[[optimizers]]
name = "slow.py:slow"
table = "lengths.txt"
[[optimizers]]
name = "optax.contrib.mechanize"
base = { name = "slow.py:slow", learning_rate = 0.01 }
"""


def written(folder):
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "homes.csv").write_text("rooms,price\n1,2\n2,3\n3,5\n4,4\n")
    (folder / "slow.py").write_text(OPTIMIZER)
    (folder / "lengths.txt").write_text("1")
    (folder / "own.toml").write_text(CONFIG)
    return folder / "own.toml"


def keys(file):
    with taken_from(file.parent):
        return [spec.key for spec in Plan(read(file), "cpu").specs()]


def test_keys_do_not_depend_on_where_the_config_or_the_command_stands(
    tmp_path, monkeypatch, capsys
):
    file = written(tmp_path / "a" / "b")
    written(tmp_path / "c")
    found = [keys(file)]
    for place in ("a", "a/b", "c"):
        monkeypatch.chdir(tmp_path / place)
        found.append(keys(file))
    found.append(keys(tmp_path / "c" / "own.toml"))
    assert len(found[0]) == 2
    assert all(other == found[0] for other in found)
    assert capsys.readouterr().err == ""
    (tmp_path / "c" / "lengths.txt").write_text("2")
    with pytest.raises(ConfigError):
        keys(tmp_path / "c" / "own.toml")


def test_a_run_from_elsewhere_does_what_one_from_the_folder_does(
    tmp_path, monkeypatch, capsys
):
    file = written(tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "conf/own.toml"]) == 0
    there = bench.experiment("conf/own.toml")
    assert [record.end for record in there.records] == ["budget"] * 2
    monkeypatch.chdir(file.parent)
    here = bench.experiment("own.toml")
    losses = [[record.final_loss for record in run.records] for run in (there, here)]
    assert losses[0] == losses[1]
    assert [r.spec for r in there.records] == [r.spec for r in here.records]


def test_workers_find_the_files_too(tmp_path, monkeypatch, capsys):
    written(tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    only = ("--only", "optimizer=slow.py:slow")
    assert main(["run", "conf/own.toml", *only, "--out", "run"]) == 0
    (record,) = bench.load("run").records
    assert record.end == "budget"
    assert record.spec.optimizer.name == "slow.py:slow"


def test_what_is_in_the_working_directory_only_is_said_once(
    tmp_path, monkeypatch, capsys
):
    file = written(tmp_path)
    (tmp_path / "conf").mkdir()
    file.rename(tmp_path / "conf" / "own.toml")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "conf/own.toml"]) == 0
    words = "taken from the working directory, not from beside it"
    names = "data/homes.csv, slow.py, lengths.txt"
    assert capsys.readouterr().err == f"conf/own.toml: {words}: {names}\n"


def test_a_file_that_is_nowhere_is_named_beside_the_config(
    tmp_path, monkeypatch, capsys
):
    written(tmp_path / "conf")
    (tmp_path / "conf" / "data" / "homes.csv").rename(
        tmp_path / "conf" / "data" / "house.csv"
    )
    (tmp_path / "conf" / "slow.py").unlink()
    monkeypatch.chdir(tmp_path)
    assert main(["check", "conf/own.toml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "conf/data/homes.csv" in lines[0]
    assert 'Did you mean "conf/data/house.csv"?' in lines[0]
    assert all('cannot read "conf/slow.py"' in line for line in lines[1:])
