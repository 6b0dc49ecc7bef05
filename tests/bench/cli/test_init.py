"""What `init` writes runs as it is, and replaces nothing."""

import subprocess
import sys

import pytest

import bench
from bench.cli import main
from bench.cli.init import FIRST, KINDS, template
from bench.config.read import read

EVERY = (None, *KINDS)


def words(kind):
    return ["init", *([kind] if kind else [])]


@pytest.mark.parametrize("kind", EVERY)
def test_each_template_is_written_and_checked(tmp_path, monkeypatch, capsys, kind):
    monkeypatch.chdir(tmp_path)
    assert main(words(kind)) == 0
    out, err = capsys.readouterr()
    assert sorted(out.split()) == sorted(path.name for path in tmp_path.iterdir())
    (config,) = tmp_path.glob("*.toml")
    assert err == f"next: python -m bench run {config.name}\n"
    assert main(["check", config.name]) == 0


LESS = {"sweep": ("tuning.trials=2", "tuning.refine=0")}
ONLY = {
    "own-optimizer": ("optimizer=mine", "problem=linear_regression"),
    "own-model": ("optimizer=adam",),
    "sweep": ("optimizer=adam",),
}
"""What is run here: the rest is checked above."""


@pytest.mark.parametrize("kind", EVERY)
def test_each_template_runs_from_anywhere(tmp_path, kind):
    assert main([*words(kind), "--out", str(tmp_path / "new")]) == 0
    (config,) = (tmp_path / "new").glob("*.toml")
    name = kind or FIRST
    less = ("seeds=1", *LESS.get(name, ()))
    run = bench.experiment(config, *less, only=ONLY.get(name, ()))
    ends = {record.end for record in run.records}
    assert ends <= {"target", "budget"}
    assert "target" in ends or run.tuned  # the latter of few settings here
    assert bool(run.tuned) is (kind == "sweep")


def test_nothing_is_replaced(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_optimizer.py").write_text("mine")
    assert main(["init", "own-optimizer"]) == 2
    assert capsys.readouterr().err == (
        "my_optimizer.py: there already, and nothing is replaced: remove it, or give "
        "another folder with --out\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["my_optimizer.py"]
    assert (tmp_path / "my_optimizer.py").read_text() == "mine"
    assert main(["init", "own-optimizer", "--out", "new/one"]) == 0
    assert read(tmp_path / "new" / "one" / "mine.toml").name == "mine"


def test_the_templates_are_what_the_verb_offers():
    assert {kind: len(template(kind)) for kind in (FIRST, *KINDS)} == {
        "first": 1,
        "own-optimizer": 2,
        "own-model": 2,
        "sweep": 1,
    }
    assert all("run " in text for text in template(FIRST).values())


def test_the_optimizer_of_the_template_works_alone(tmp_path):
    assert main(["init", "own-optimizer", "--out", str(tmp_path)]) == 0
    code = """
import jax.numpy as jnp, optax
from my_optimizer import my_optimizer
own, known = my_optimizer(0.1, 0.5), optax.sgd(0.1, momentum=0.5)
x = y = jnp.asarray([1.0, -2.0])
s, t = own.init(x), known.init(y)
for _ in range(5):
    step, s = own.update(2 * x, s, x, value=0.0, grad=2 * x, value_fn=None)
    other, t = known.update(2 * y, t, y)
    x, y = x + step, y + other
assert jnp.allclose(x, y), (x, y)
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
