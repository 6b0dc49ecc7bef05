"""Outcomes by setting and by settings tried: what is drawn is what tuning saw."""

from dataclasses import replace
from math import inf

import numpy as np
import pandas as pd

from bench.core.records import TuningRecord
from bench.core.spec import Named
from bench.report.plots.tuning import (
    figures,
    sensitivity,
    settings_map,
    settings_tried,
)
from bench.report.tuning import by_number_tried, by_value

ENDS = {8.0: "target", 4.0: "target", inf: "diverged"}
RECORD = TuningRecord(
    key="bowl-sgd-tuned",
    problem_label="bowl",
    label="sgd",
    problem=Named("bowl"),
    optimizer=Named("sgd"),
    table={"criterion": "cost", "unit": "gradient", "budget": 100.0},
    settings=[{"learning_rate": rate} for rate in (0.01, 0.1, 1.0)],
    origins=["range"] * 3,
    scores=[
        {
            "choose": [{"end": end, "cost": cost}] * 2,
            "score": [{"end": end, "cost": cost * k} for k in (1, 2, 3)],
        }
        for cost, end in ENDS.items()
    ],
    winner=1,
)
"""Settings that came to 8, 4 and nothing: two seeds chose, three score."""


def test_what_tuning_saw_is_scored_on_the_other_seeds():
    table = by_value(RECORD, "learning_rate")
    assert table["outcome"].tolist() == [16, 8, inf]
    assert table["word"].tolist() == ["", "", "diverged"]
    assert table["chosen"].tolist() == [False, True, False]
    best = by_number_tried([RECORD])
    # Of two settings drawn the 4 is in two of three draws; of one it is one in three.
    assert best["median"].tolist() == [16, 8, 8]
    assert best["low"].tolist() == [8, 4, 4]
    spent = {"choose": [], "score": [{"end": "budget", "cost": inf}]}
    never = replace(RECORD, scores=[spent] * 3)
    assert set(by_value(never, "learning_rate")["word"]) == {"never"}


def test_only_random_draws_of_any_draw_seed_are_among_k_settings():
    origins: list = ["range", "near_best", "untuned"]
    refined = replace(RECORD, origins=origins)
    assert by_number_tried([refined])["median"].tolist() == [16]
    again = replace(refined, draw_seed=1, settings=[{"learning_rate": 0.02}] * 3)
    assert by_number_tried([refined, again])["tried"].tolist() == [1, 2]
    off = replace(RECORD, settings=[{"damping": value} for value in (0.0, 0.1, 1.0)])
    assert by_value(off, "damping")["value"].tolist() == [0.1, 1.0]


def test_what_diverged_is_in_a_strip_with_its_word():
    table = by_value(RECORD, "learning_rate")
    figure = sensitivity("bowl", table, "learning rate", "cost", {})
    (axes,) = figure.axes
    (line,) = (x.get_xydata() for x in axes.get_lines() if len(x.get_xdata()) == 3)
    np.testing.assert_array_equal(line, [[0.01, 16], [0.1, 8], [1.0, np.nan]])
    assert [text.get_text() for text in axes.texts] == ["diverged"]
    above = [x.get_xydata()[0] for x in axes.get_lines() if x.get_ydata()[0] == 1.035]
    assert [point.tolist() for point in above] == [[1.0, 1.035]]
    assert axes.get_yscale() == "linear"  # from 8 to 16
    ring = [x for x in axes.get_lines() if x.get_markerfacecolor() == "none"]
    assert ring[0].get_xydata().tolist() == [[0.1, 8]]
    assert "chosen" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_where_half_of_the_draws_never_arrive_so_does_the_curve():
    table = pd.DataFrame(
        {
            "optimizer": "sgd",
            "tried": [1, 2, 3],
            "median": [inf, 9.0, 5.0],
            "low": [8.0, 5.0, 4.0],
            "high": [inf, inf, 6.0],
        }
    )
    (axes,) = settings_tried("bowl", table, "cost", {}).axes
    (line,) = (x.get_xydata() for x in axes.get_lines() if len(x.get_xdata()) == 3)
    np.testing.assert_array_equal(line, [[1, np.nan], [2, 9], [3, 5]])
    assert [text.get_text() for text in axes.texts] == ["never"]


def test_a_score_that_may_be_negative_has_a_plain_axis():
    table = by_value(RECORD, "learning_rate")
    for low, scale in ((-3.0, "linear"), (0.01, "log")):
        table["outcome"] = [low, 2.5, inf]
        (axes,) = sensitivity("bowl", table, "learning rate", "", {}).axes
        assert axes.get_yscale() == scale


PAIR = replace(
    RECORD,
    label="momentum",
    settings=[{"learning_rate": 0.1 * k, "momentum": 0.3 * k} for k in (1, 2, 3)],
)


def test_each_setting_has_a_figure_and_one_shows_how_many_were_tried():
    made = {name: make() for name, make in figures("bowl", [RECORD, PAIR], {})}
    assert list(made) == ["sensitivity-learning_rate", "map-momentum", "best-of-k"]
    for name in ("sensitivity-learning_rate", "best-of-k"):
        (axes,) = made[name].axes
        assert axes.get_ylabel() == "gradients to the target"
    entries = made["sensitivity-learning_rate"].legends[0].get_texts()
    words = [text.get_text() for text in entries]
    assert words == ["sgd", "momentum (other settings vary)", "chosen"]


def test_where_another_setting_varies_no_line_joins_the_outcomes():
    tables = [by_value(record, "learning_rate") for record in (RECORD, PAIR)]
    table = pd.concat(tables, ignore_index=True)
    (axes,) = sensitivity("bowl", table, "learning rate", "", {}).axes
    lines = [x for x in axes.get_lines() if len(x.get_xdata()) == 3]
    assert [line.get_linestyle() != "None" for line in lines] == [True, False]


def test_a_map_shows_each_outcome_at_both_of_its_settings():
    axes, bar = settings_map("bowl", [PAIR]).axes
    (dots,) = axes.collections
    np.testing.assert_allclose(dots.get_offsets(), [[0.1, 0.3], [0.2, 0.6]])
    assert list(dots.get_array()) == [16, 8]
    cross, ring = axes.get_lines()
    np.testing.assert_allclose(cross.get_xydata(), [[0.3, 0.9]])
    np.testing.assert_allclose(ring.get_xydata(), [[0.2, 0.6]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("learning_rate", "momentum")
    assert bar.get_xlabel() == "gradients to the target"
