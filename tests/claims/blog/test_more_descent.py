"""Losses against costs, as published, and the configs of the figures."""

from math import inf, nan

import numpy as np
import pandas as pd
import pytest

from bench.config.read import read
from claims.blog import figures_9_13
from claims.blog.more_descent import CONFIGS, _curve, at, over, spent


def test_losses_are_compared_at_the_largest_cost_that_both_have_paid():
    curves = {
        "short": pd.Series([6.0, 3.0], [4.0, 8.0]),
        "long": pd.Series([9.0, 2.0, 1.0], [3.0, 6.0, 9.0]),
    }
    assert over(curves, "short", "long") == 3.0 / 2.0
    assert at(curves["short"], 3.9) == inf


TRACE = pd.DataFrame(
    {"step": range(3), "seconds": [0.0, 0.1, 0.2], "loss": [3.0, 2.0, nan]}
    | {"forward": [0, 4, 8], "gradient": [0, 1, 2], "jvp": 0, "point": 0}
    | {"hvp": 0, "hessian": 0}
)


def test_as_published_a_loss_is_before_the_step_and_its_cost_after_it():
    np.testing.assert_array_equal(spent(TRACE).index, [0, 7, 14])
    np.testing.assert_array_equal(spent(TRACE), [3, 2, inf])
    stepping = _curve("KS_50_2", TRACE, seconds=False)
    assert stepping.to_dict() == {7: 3, 14: 2}
    np.testing.assert_array_equal(_curve("SGD", TRACE, False).index, [8, 16])
    np.testing.assert_array_equal(_curve("SGD", TRACE, True).index, [0.1, 0.2])


def test_a_call_without_a_price_has_no_cost():
    trace = TRACE.assign(hessian=[0, 1, 2])
    np.testing.assert_array_equal(spent(trace).index, [0, inf, inf])


FIGURES = {
    "figure_9": (10_000, 20, [10] * 6, "none", 1e-3),
    "figure_9_five_hidden": (10_000, 20, [10] * 5, "none", 1e-3),
    "figure_10": (10_000, 20, [10] * 6, "none", 1e-4),
    "figure_11": (100_000, 100, [20] * 6, "none", 1e-4),
    "figure_12": (100_000, 10, [10] * 4, "relu", 1e-4),
    "figure_13a_width_10": (100_000, 100, [10], "none", 1e-4),
    "figure_13a_width_20": (100_000, 100, [20], "none", 1e-4),
    "figure_13b": (100_000, 100, [], "none", 1e-4),
}
FIELD = ["KS_50_0", "KS_50_2", "KS_10_0", "KS_10_2", "KV_10", "KV_50", "SGD", "Adam"]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda p: p.stem)
def test_a_quick_config_keeps_the_shape(path):
    whole, quick = read(path), read(path, quick=True)
    assert quick.optimizers == whole.optimizers
    assert quick.problems[0].settings == whole.problems[0].settings | {"rows": 1_000}


def test_no_config_is_forgotten():
    fair = {f"{name}_fair" for name in FIGURES if name not in ("figure_9", "figure_10")}
    fair = (fair | {"figures_9_and_10_fair"}) - {"figure_9_five_hidden_fair"}
    assert {path.stem for path in CONFIGS.glob("*.toml")} == FIGURES.keys() | fair
    claimed = figures_9_13.FIGURES + figures_9_13.FULL
    assert sorted(claimed) == sorted(FIGURES)
    assert {*figures_9_13.FAIR, *figures_9_13.FULL_FAIR} == fair


@pytest.mark.parametrize("name", FIGURES)
def test_a_published_config_is_the_figure(name):
    config = read(CONFIGS / f"{name}.toml")
    rows, columns, hidden, activation, rate = FIGURES[name]
    (problem,) = config.problems
    sizes = {"rows": rows, "columns": columns, "hidden": hidden}
    expected = sizes | {"dataset": "sum", "activation": activation, "start": "torch"}
    if activation == "none":  # the source's net takes examples through each layer
        expected["fold"] = False
    assert problem.settings == expected
    field = {entry.label: entry for entry in config.optimizers}
    assert list(field)[:8] == FIELD
    assert {field[label].settings["learning_rate"] for label in FIELD} == {rate}
    assert (config.seeds, config.budget.steps) == ([0], 1000)
    for label in FIELD:
        own = field[label].budget
        assert (own.steps if own else None) == (100 if label[0] == "K" else None)


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.glob("*_fair.toml")), ids=lambda p: p.stem
)
def test_a_fair_config_lets_every_optimizer_choose_from_one_grid(path):
    config = read(path)
    grids = {tuple(*entry.grid.values()) for entry in config.optimizers if entry.grid}
    assert grids == {(1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3)}
    assert {"keep stepping", "impatient stepping", "keep vaulting", *FIELD} <= {
        entry.label for entry in config.optimizers
    }
    assert config.seeds == list(range(10))
    (problem,) = config.problems
    assert config.budget.target.loss == pytest.approx(problem.settings["columns"] / 100)
