"""Claims about "More Descent, Less Gradient": verdicts, predictions, configs."""

from itertools import pairwise
from math import inf, nan

import jax
import numpy as np
import pandas as pd
import pytest
from bench.claims import Number
from bench.claims.blog import (
    direction_persists,
    figures_9_13,
    keep_stepping,
    keep_vaulting,
)
from bench.claims.blog.directions import halves, walk
from bench.claims.blog.more_descent import (
    CONFIGS,
    Curve,
    _cheapest,
    _curve,
    over,
    spent,
)
from bench.claims.blog.single_jumps import RATE, jumps, lengths

import problems
from bench.config.read import read


def number(form, predicted, low, high=inf):
    """Return a number whose measurement is its interval's low end."""
    return Number(form, "x", predicted, low, low, high)


BELOW = (1.0, 0.5, 0.9)  # predicted, low, high
ABOVE = (1.0, 1.5, 1.9)
FLIPS = {
    "figures": (figures_9_13.judge, BELOW, ABOVE),
    "stepping": (keep_stepping.judge, BELOW, ABOVE),
    "vaulting": (keep_vaulting.judge, ABOVE, BELOW),
    "direction": (direction_persists.judge, ABOVE, BELOW),
}


@pytest.mark.parametrize("name", FLIPS)
def test_a_verdict_flips_with_its_numbers(name):
    judge, right, wrong = FLIPS[name]

    def said(stands, repaired):
        forms = {"as it stands": stands, "repaired": repaired, "beside": wrong}
        return judge([number(form, *values) for form, values in forms.items()])

    assert said(right, right) == said(right, wrong) == "holds"
    assert said(wrong, right).startswith("holds if ")
    assert said(wrong, wrong) == "fails"


@pytest.mark.parametrize("name", FLIPS)
def test_one_number_that_disagrees_is_enough(name):
    judge, right, wrong = FLIPS[name]
    both = [number("as it stands", *right), number("as it stands", *wrong)]
    assert judge([*both, number("repaired", *wrong)]) == "fails"


def test_an_interval_that_holds_the_bound_does_not_decide_for_the_claim():
    open_ended = number("as it stands", 1.0, 0.9, 1.1)
    for judge in (keep_stepping.judge, keep_vaulting.judge):
        assert judge([open_ended, number("repaired", 1.0, 0.9, 1.1)]) == "fails"


def test_a_jump_that_is_not_the_formulas_does_not_repair():
    dear = number("repaired", *ABOVE)
    costs = [number("as it stands", *BELOW), dear]
    right, wrong = (Number("repaired", "x", 2.0, jump) for jump in (2.0, 2.1))
    assert keep_vaulting.judge([*costs, right]).startswith("holds if ")
    assert keep_vaulting.judge([*costs, wrong]) == "fails"


def test_losses_are_compared_at_the_largest_cost_that_both_have_paid():
    curves = {
        "short": Curve(np.array([4.0, 8.0]), np.array([6.0, 3.0])),
        "long": Curve(np.array([3.0, 6.0, 9.0]), np.array([9.0, 2.0, 1.0])),
    }
    assert over(curves, "short", "long") == 3.0 / 2.0
    assert curves["short"].at(3.9) == inf
    assert curves["long"].first_below(2.0) == 6.0
    assert curves["long"].first_below(0.5) == inf
    assert Curve(np.arange(4), np.array([2.0, 1.0, 1.5, 1.25])).rises() == 0.25


TRACE = pd.DataFrame(
    {"step": range(3), "seconds": [0.0, 0.1, 0.2], "loss": [3.0, 2.0, nan]}
    | {"forward": [0, 4, 8], "gradient": [0, 1, 2], "jvp": 0, "point": 0}
    | {"hvp": 0, "hessian": 0}
)


def test_as_published_a_loss_is_before_the_step_and_its_cost_after_it():
    np.testing.assert_array_equal(spent(TRACE).cost, [0, 7, 14])
    np.testing.assert_array_equal(spent(TRACE).loss, [3, 2, inf])
    stepping = _curve("KS_50_2", TRACE, seconds=False)
    np.testing.assert_array_equal(stepping, [[7, 14], [3, 2]])
    np.testing.assert_array_equal(_curve("SGD", TRACE, False).cost, [8, 16])
    np.testing.assert_array_equal(_curve("SGD", TRACE, True).cost, [0.1, 0.2])


def test_a_call_without_a_weight_has_no_cost():
    trace = TRACE.assign(hessian=[0, 1, 2])
    np.testing.assert_array_equal(spent(trace).cost, [0, inf, inf])


def record(rate, seed, forward, loss=1.0):
    """Return a trial that reached the target by forward passes, or (None) never did."""
    reached = {} if forward is None else {"steps_to_target": 1}
    calls = {"readings_to_target": {"forward": forward}, "final_loss": loss}
    settings = {"settings": {"learning_rate": rate}}
    return {"label": "a", "seed": seed, "optimizer": settings} | reached | calls


def test_the_cheapest_rate_is_chosen_by_medians_and_else_by_the_final_loss():
    class Run:
        records = (
            *(record(0.1, seed, cost) for seed, cost in enumerate((10, 30, 90))),
            *(record(0.2, seed, cost) for seed, cost in enumerate((40, 20, 50))),
            *(record(0.3, seed, cost) for seed, cost in enumerate((1, None, None))),
        )

    assert _cheapest(Run, "a", "learning_rate") == 0.1  # pyright: ignore
    Run.records = (record(0.1, 0, None, 2.0), record(0.2, 0, None, nan))
    assert _cheapest(Run, "a", "learning_rate") == 0.1  # pyright: ignore


def published(x, rate, max_steps, factor):
    """Return the net moves of the published loop on x²/2, and its forward passes."""

    def f(x):
        return x * x / 2

    start = gradient = x
    old, passes = f(x), 1
    x = x - rate * gradient
    new, i, passes = f(x), 0, passes + 1
    while new < old and i < max_steps:
        x = x - rate * factor(i, old, new) * gradient
        old, new, i, passes = new, f(x), i + 1, passes + 1
    return (start - x) / (rate * gradient), passes


@pytest.mark.parametrize("case", keep_stepping.LITERAL)
def test_predicted_moves_are_those_of_the_published_loop(case):
    name, settings, moves, passes = keep_stepping.LITERAL[case]
    scale = settings.get("scale_i", 0.0)
    found = published(
        1.0,
        settings["learning_rate"],
        settings.get("max_steps", 20),
        lambda i, *_: 1 - scale * np.sqrt(i),
    )
    undone = name == "keep_stepping"  # the same walk, without its last move
    assert found == (pytest.approx(moves + undone), passes + undone)


def test_a_jump_is_the_published_codes():
    def factor(_, old, new):
        old, new = old + 1.0, new + 1.0
        first = (new - old) / RATE
        second = (new - first) / RATE
        return -second / first * RATE

    points = np.array([0.1, 1.0, 3.0])
    expected = [published(x, RATE, 1, factor)[0] - 1 for x in points]
    np.testing.assert_allclose(jumps(1.0, points), expected, rtol=1e-9)


def test_where_nothing_falls_there_is_no_jump():
    assert np.isnan(jumps(1.0, np.full(1, 1e-12))).all()


def test_a_repaired_step_goes_to_the_minimum_whatever_the_constant():
    for constant in (0.0, 7.0):
        found = lengths("calculated_step", constant, np.full(2, 2.0), first_look=0.2)
        np.testing.assert_allclose(found, 1 / RATE)


def test_cosines_and_what_is_left_are_a_quadratics():
    spectrum, rate = np.array([0.5, 1.0, 3.0]), 0.4
    problem = problems.make("quadratic", spectrum=spectrum.tolist(), constant=2.0)
    found = walk(problem, rate, steps=4, seeds=2)
    for seed in range(2):
        x = np.asarray(problem.init(jax.random.key(seed)), float)
        path = [x * (1 - rate * spectrum) ** k for k in range(5)]
        losses = np.array([spectrum @ x**2 for x in path[:4]])
        g = [spectrum * x / np.linalg.norm(spectrum * x) for x in path]
        cosines = [a @ b for a, b in pairwise(g)]
        np.testing.assert_allclose(found.cosine[seed], cosines, rtol=1e-4)
        np.testing.assert_allclose(found.left[seed], losses / losses[0], rtol=1e-4)


def test_the_second_half_ends_at_one_percent():
    left = [np.array([1.0, 0.6, 0.4, 0.02, 0.001])] * 6
    seen = [np.array([5.0, 7.0, 1.0, 3.0, 99.0])] * 6
    assert halves(left, seen) == [(6.0, 6.0, 6.0), (2.0, 2.0, 2.0)]


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
