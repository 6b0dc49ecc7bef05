"""The verb `rank`, on a field of two optimizers and two small problems."""

import re
from pathlib import Path

import pandas as pd
import pytest

from bench import load
from bench.cli import main
from bench.core.readings import READINGS
from bench.store.costs import COSTS_FILE, ORIGIN_FILE

FIELD = """\
name = "kept"
seeds = 2
[budget]
seconds = 20
forward_equivalents = 200
target = { suboptimality = [1e-1, 1e-3] }
[tuning]
budget = 200
trials = 3
refine = 1
seeds = 1
score_seeds = 1
widen = 0
[[problems]]
name = "quadratic"
class = "convex"
dimension = 3
[[problems]]
name = "rosenbrock"
class = "nonconvex"
[[optimizers]]
name = "adam"
learning_rate = 1e-2
[[optimizers]]
name = "sgd"
learning_rate = 1e-3
"""
OWN = """\
import optax

def drift(learning_rate: float = 0.05):
    return optax.sgd(learning_rate)

def fragile(rate: float = 0.05):
    def update(updates, state, params=None, **extra):
        raise ValueError("no such matrix")
    return optax.GradientTransformationExtraArgs(lambda params: (), update)
"""
TWIN = ["adam", "--label", "twin", "--set", "learning_rate=1e-2"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory, without_workers):
    """A folder with the field, without its trials, and with a user's file."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "kept.toml").write_text(FIELD)
    (desk / "own.py").write_text(OWN)
    assert main(["run", str(desk / "kept.toml"), "--out", str(desk / "whole")]) == 0
    prices = pd.read_csv(desk / "whole/prices.csv")  # a busy machine may lack some
    prices.assign(ratio_to_forward=2.0).to_csv(desk / "whole/prices.csv", index=False)
    assert main(["table", str(desk / "whole"), "--out", str(desk / "kept")]) == 0
    return desk


def rank(desk, *words, out="ranked"):
    field = ["--set", f"name={desk / 'kept'}"]
    return main(["rank", *words, *field, "--out", str(desk / out)])


def counts(costs, label):
    names = ["problem", "seed", "target_loss", "end", "steps", *READINGS]
    return costs.loc[costs["label"] == label, names].to_numpy()


def test_an_optimizer_of_the_field_under_another_name_ties_with_itself(desk, capsys):
    assert rank(desk, *TWIN, "--counts-only") == 0
    said, *paths = capsys.readouterr().out.splitlines()
    names = ["rank.md", "rank.tex", "profile.pdf", "report.html"]
    assert [Path(path).name for path in paths] == names
    assert "twin ranks 1 of 6" in said
    assert main(["table", str(desk / "ranked")]) == 0
    own, kept = load(desk / "ranked"), load(desk / "kept")
    for label in ("twin", "twin, untuned"):
        theirs = counts(kept.costs, label.replace("twin", "adam"))
        assert len(theirs) == 8
        assert (counts(own.costs, label) == theirs).all()
    assert own.costs["seconds"].map(lambda x: x != x or x == float("inf")).all()
    assert own.prices is not None
    assert own.prices.empty
    table = (desk / "ranked/summary.md").read_text()
    assert "Predicted seconds" not in table


def test_a_rival_runs_beside_it_with_the_settings_that_the_field_chose(desk, capsys):
    words = [f"{desk / 'own.py'}:drift", "--space", "learning_rate=1e-4:1"]
    assert rank(desk, *words, "--against", "adam", out="timed") == 0
    assert "drift was tuned on each of 2 problems of kept" in capsys.readouterr().out
    text = (desk / "timed/rank.md").read_text()
    assert "adam also ran here: 4 of its 4 trials took exactly the calls" in text
    assert "Comparison by time to target" in text
    run = load(desk / "timed")
    assert {record.label for record in run.tuned} == {"drift"}
    chosen = {s.problem_label: s.optimizer for s in run.planned if s.label == "adam"}
    kept = load(desk / "kept").planned
    assert chosen == {s.problem_label: s.optimizer for s in kept if s.label == "adam"}


def test_without_ranges_it_runs_untuned_and_a_failure_has_its_reason(desk, capsys):
    fragile = f"{desk / 'own.py'}:fragile"
    assert rank(desk, fragile, "--counts-only", out="untuned") == 1
    said = capsys.readouterr()
    assert "fragile was run untuned on 2 problems" in said.out
    text = (desk / "untuned/rank.md").read_text()
    assert "it has no ranges" in text
    assert re.search(r"\| quadratic +\| +failed: ValueError: no such matrix", text)


def test_the_field_runs_on_a_problem_of_ones_own(desk, capsys):
    words = ["--problem", "quadratic", "--set", "dimension=2"]
    assert rank(desk, *words, "--target", "suboptimality=1e-3", out="first") == 0
    said = capsys.readouterr().out
    assert re.search(
        r"of 2 optimizers, try first when tuned: \w+ \(\S+\); \w+ \(.+\)\. Untuned",
        said,
    )
    assert rank(desk, *words, out="loss") == 0
    assert "Ordered by final loss" in capsys.readouterr().out
    records = load(desk / "loss").tuned
    assert {record.criterion for record in records} == {"final_loss"}


WRONG = {
    ("own.py:drift", "--space", "learning_rate=1"): "write it as NAME=LOW:HIGH",
    ("own.py:drift", "--space", "learning_rte=0.1:1"): 'Did you mean "learning_rate"?',
    ("own.py:drfit",): 'Did you mean "drift"?',
    ("adam", "--against", "sdg"): 'Did you mean "sgd"?',
    ("adam", "--counts-only", "--against", "sgd"): "times nothing",
    ("adam", "--problem", "quadratic"): "not both",
    (): "give an optimizer, or a --problem",
    ("adam", "--against", ""): "--against '': name optimizers of",
    ("--problem", "quadratic", "--against", " ,"): "--against ' ,': name optimizers",
    ("--problem", "quadratic", "--target", "loss"): "--target loss: write it as key=",
    ("--problem", "quadratic", "--target", "loss=?"): "--target loss=?: the value is",
    ("adam", "--target", ""): "--target is of a --problem",
    ("adam", "--target", "loss=1"): "--target is of a --problem",
    ("adam", "--set", "b1=2", "--counts-only"): "b1 = 2",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_wrong_call_is_one_line(desk, monkeypatch, capsys, words):
    monkeypatch.chdir(desk)
    assert rank(desk, *words, out="wrong") == 2
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert WRONG[words] in line


def test_a_field_that_no_longer_fits_is_refused(desk, tmp_path, capsys):
    for name in ("run.json", "prices.csv", "tuning.csv.gz", ORIGIN_FILE):
        (tmp_path / name).write_bytes((desk / "kept" / name).read_bytes())
    words = ["rank", "adam", "--counts-only", "--set", f"name={tmp_path}"]

    def refused():
        assert main([*words, "--out", str(desk / "refused")]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    content = (desk / "kept" / COSTS_FILE).read_bytes()
    (tmp_path / COSTS_FILE).write_bytes(content + b"\n")
    assert f"{COSTS_FILE}: its sha256 is not the one" in refused()
    (tmp_path / COSTS_FILE).write_bytes(content)
    origin = (tmp_path / ORIGIN_FILE).read_text()
    (tmp_path / ORIGIN_FILE).write_text(origin.replace('"meter": 1', '"meter": 0'))
    assert "version 0 of the meter" in refused()
    (tmp_path / ORIGIN_FILE).unlink()
    assert f"{ORIGIN_FILE}: no such file" in refused()
    assert main(["rank", "adam", "--set", "name=standign"]) == 2
    assert "no reference run of this name" in capsys.readouterr().err


def test_a_field_that_was_not_tuned_takes_no_ranges(desk, capsys):
    text = FIELD.partition("[tuning]")[0] + "[[problems]]" + FIELD.partition("]]")[2]
    (desk / "plain.toml").write_text(text)
    assert main(["run", str(desk / "plain.toml"), "--out", str(desk / "plain")]) == 0
    capsys.readouterr()
    words = ["rank", "sgd", "--space", "learning_rate=1e-4:1", "--counts-only"]
    assert main([*words, "--set", f"name={desk / 'plain'}"]) == 2
    err = capsys.readouterr().err
    assert f"--space learning_rate=1e-4:1: {desk / 'plain'} was not tuned" in err
    assert "config" not in err
