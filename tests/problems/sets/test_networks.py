"""The best losses known of the networks: kept, and what their runs reached."""

import json

import jax
import pytest

import problems
from problems.sets import SETS
from problems.sets.networks import keep
from problems.sets.networks.best_known import Best, read, write

MEMBERS = {member.name: member for member in SETS["networks"].members(None)}
KNOWN = read()


def test_every_network_has_a_least_loss_and_says_where_it_is_from():
    assert set(KNOWN) == set(MEMBERS) - {"linear_net"}
    for name, member in MEMBERS.items():
        assert member.least is not None, name
        assert member.source, name
    for name, best in KNOWN.items():
        assert MEMBERS[name].least == best.loss
        assert MEMBERS[name].settings["best_known"] == best.loss
        assert f"{best.steps:,} steps" in MEMBERS[name].source


@pytest.mark.parametrize("name", KNOWN)
def test_a_best_loss_is_below_that_of_the_start_and_of_no_other_sign(name):
    member = MEMBERS[name]
    made = problems.make(member.problem, **member.settings)
    start = float(jax.jit(made.loss)(made.init(jax.random.key(0)), made.train))
    assert 0 <= KNOWN[name].loss < start
    assert made.optimum() == KNOWN[name].loss


def record(network, loss, **more):
    spec = {"optimizer": {"name": "sgd", "settings": {"learning_rate": 0.1}}}
    counted = {"steps": 1200, "seed": 0, "dtype": "float64"}
    named = {"problem_label": network, "best_loss": loss}
    return {**spec, **counted, **named, **more}


@pytest.fixture
def kept(tmp_path):
    file = tmp_path / "best_known.csv"
    write([Best("adding", 0.5, "adam", "{}", 3, 0, "float64")], file)
    return file


def run_of(folder, *records):
    (folder / "trials").mkdir()
    for place, plain in enumerate(records):
        (folder / "trials" / f"{place}.json").write_text(json.dumps(plain))
    return folder


def test_a_lower_loss_is_kept_with_what_reached_it(tmp_path, kept):
    folder = run_of(tmp_path, record("adding", 0.25), record("adding", 0.4, seed=1))
    (line,) = keep.keep(folder, kept)
    assert line == (
        "adding: 0.25, best loss known: sgd (learning_rate 0.1), 1,200 steps, float64"
    )
    assert read(kept)["adding"].loss == 0.25
    assert read(kept)["adding"].seed == 0


def test_a_higher_loss_none_and_other_problems_change_nothing(tmp_path, kept):
    before = kept.read_bytes()
    others = (record("rosenbrock", 0.0), record("adding", None), record("adding", 0.5))
    assert [*keep.keep(run_of(tmp_path, *others), kept)] == []
    assert kept.read_bytes() == before


def test_without_the_folder_of_a_run_it_says_so_in_a_line(tmp_path, capsys):
    assert keep.main([]) == 2
    assert keep.main([str(tmp_path)]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "nothing is given" in first
    assert str(tmp_path) in second
