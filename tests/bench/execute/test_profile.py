"""A step's profile: its parts, and that they are measured where they are said to be."""

import jax
import numpy as np
import optax
import pandas as pd
import pytest

import optimizers
import problems
from bench.cli import main
from bench.execute.profile import PARTS, profile
from bench.measurement.step_parts import NoStep, Step
from bench.report.predicted import write_updates
from bench.report.weights import CALLS

from ..small import problem

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
"""


IN_BATCHES = "- in batches: not profiled: batch: only autodiff on all examples is"
TOO_FAR = "- too far: not profiled: the loss is inf after the first step"


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr("bench.execute.profile.ROUNDS", 5)


@pytest.fixture(scope="module")
def rows():
    return problems.make("linear_regression", rows=10_000, columns=50)


def asking(times):
    """Walk down the gradient after so many looks at the loss, each elsewhere."""

    def update(updates, state, params, *, value_fn, **_):
        def look(i, seen):
            return seen + value_fn(jax.tree.map(lambda p: p + 1e-3 * seen, params))

        seen = jax.lax.fori_loop(0, times, look, jax.numpy.zeros(()))
        return jax.tree.map(lambda g: -1e-3 * g + 1e-9 * seen, updates), state

    init = lambda params: optax.EmptyState()  # noqa: E731
    return optax.GradientTransformationExtraArgs(init, update)


def test_the_parts_make_the_step():
    table = profile(problem("himmelblau"), optimizers.make("sgd", learning_rate=1e-3))
    assert list(table.index) == [*PARTS, "step"]
    for loop in ("", "eager_"):
        seconds, share = table[f"{loop}seconds"], table[f"{loop}share"]
        assert seconds[list(PARTS)].sum() == pytest.approx(seconds["step"])
        assert share[list(PARTS)].sum() == pytest.approx(1)
        assert (seconds[["forward", "update", "step"]] > 0).all()
    assert table.eager_seconds["step"] > 10 * table.seconds["step"]


def test_calls_of_the_optimizer_are_part_of_its_update(rows):
    table = profile(rows, asking(20), eager=False)
    assert table.attrs["calls"] == dict.fromkeys(CALLS, 0) | {"forward": 20}
    seconds = table.seconds
    assert 6 * seconds.forward < seconds["update"] < 70 * seconds.forward
    assert seconds["update"] > 0.5 * seconds.step


def test_without_them_the_gradient_is_all(rows):
    sgd = optimizers.make("sgd", learning_rate=1e-3)
    table = profile(rows, sgd, eager=False)
    assert table.share["update"] < 0.05
    assert table.seconds.forward + table.seconds.backward > 0.2 * table.seconds["step"]
    assert table.eager_seconds.isna().all()


def test_what_a_line_search_hands_on_is_its_own():
    search = optax.scale_by_backtracking_linesearch(5, store_grad=True)
    table = profile(
        problem("quadratic"), optax.chain(optax.sgd(0.5), search), eager=False
    )
    assert list(table.share[["forward", "backward"]]) == [0, 0]
    assert table.attrs["calls"]["gradient"] > 0
    assert table.seconds["update"] > 0


def test_the_step_is_taken_from_the_same_point_over_and_over():
    step = Step(problem("rosenbrock"), optimizers.make("adam", learning_rate=0.1))
    carry = step._after
    _, stood = step._take(carry, 5, moves=0.0)
    assert len(set(stood.losses(np.float32))) == 1
    assert list(stood.readings()[-1]) == [0, 0, 5, 0, 0, 0]
    jax.tree.map(np.testing.assert_array_equal, stood.carry[1:], carry[1:])
    _, walked = step._take(carry, 5, moves=1.0)
    assert len(set(walked.losses(np.float32))) == 5


def test_a_first_step_that_leads_nowhere_has_no_profile():
    far = optimizers.make("sgd", learning_rate=1e30)
    with pytest.raises(NoStep, match=r"the loss is (inf|nan) after the first step"):
        profile(problem("rosenbrock"), far)


def test_the_verb_prints_a_row_a_loop_and_says_what_is_left_out(tmp_path, capsys):
    (tmp_path / "two.toml").write_text(CONFIG)
    (tmp_path / "run.json").write_text("{}")
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
    assert (
        "- in batches: not profiled: batch: only autodiff on all examples is" in lines
    )
    assert any(
        line.startswith("- too far: not profiled: the loss is") for line in lines
    )
    updates = pd.read_csv(tmp_path / "updates.csv").set_index("optimizer")
    assert list(updates.index) == ["adam", "sgd"]
    assert updates["seconds"]["adam"] == 1e-6
    assert 0 < updates["seconds"]["sgd"] < 1e-3
    assert (updates[list(CALLS)] == 0).all(axis=None)
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
