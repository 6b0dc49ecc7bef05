"""Performance and data profiles: what is drawn is what was counted."""

import pytest
from matplotlib.colors import to_hex

from bench.report.comparison import cost_tables
from bench.report.groups import Results
from bench.report.plots import profiles
from bench.report.plots.style import line_styles
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run
from .lines import drawn

PAIR = [Course(), Course("valley")]


def tables_of(folder, racers, courses=PAIR, **more):
    return cost_tables(Results(load(write_run(folder, courses, racers, **more))))


def test_a_profile_climbs_to_the_share_that_is_solved(crossing, styles):
    figure = profiles.figure(cost_tables(crossing), styles)
    assert len(figure.axes) == 3
    for axes in figure.axes:
        for name, solved in (("few", 1.0), ("many", 0.5), ("slow", 0.0)):
            (line,) = drawn(axes, styles[name].colour)
            assert line[0, 1] == 0
            assert line[-1, 1] == solved
    (line,) = drawn(figure.axes[0], styles["few"].colour)
    assert line[:2].tolist() == [[1, 0], [1, 1]]  # the fastest on both


def test_a_budget_is_in_forward_passes(crossing, styles):
    tables = cost_tables(crossing)
    axes = profiles.figure(tables, styles).axes[-1]
    (line,) = drawn(axes, styles["many"].colour)
    known = tables["forward_equivalents"].medians[0, 1]
    assert line[1].tolist() == [pytest.approx(known), 0.5]
    assert "forward-pass equivalents" in axes.get_xlabel()


def test_who_is_best_by_any_cost_is_drawn(tmp_path):
    quick = [Racer(f"r{i}", 0.5 + i / 50) for i in range(profiles.MOST)]
    thrifty = Racer("thrifty", 0.3, step_seconds=1e-2)  # is last in time
    figure = profiles.figure(tables_of(tmp_path, [*quick, thrifty]), {})
    names = [line.get_label() for line in figure.legends[0].get_lines()]
    assert "thrifty" in names[:2]
    assert "1 more in comparison.csv" in [text.get_text() for text in figure.texts]


def test_who_stands_untuned_too_keeps_the_style_of_the_other_plots(tmp_path):
    racers = [
        Racer("slow", 0.9),
        Racer("fast, untuned", 0.7, family="fast", tuned=False),
        Racer("fast", 0.5, family="fast", tuned=True),
    ]
    known = line_styles(racer.label for racer in racers)
    figure = profiles.figure(tables_of(tmp_path, racers, seeds=1), known)
    lines = figure.legends[0].get_lines()
    shown = {line.get_label(): to_hex(line.get_color()) for line in lines}
    assert shown == {name: style.colour.lower() for name, style in known.items()}


def test_settings_of_one_family_are_told_apart(tmp_path):
    grid = [Racer("adam", r, settings={"learning_rate": r}) for r in (0.5, 0.7)]
    tables = tables_of(tmp_path, grid, seeds=1)
    entries = profiles.figure(tables, line_styles(["adam"])).legends[0].get_lines()
    assert len({line.get_color() for line in entries}) == 2


def test_one_problem_has_no_profile(tmp_path):
    racers = [Racer("fast", 0.5), Racer("slow", 0.9)]
    tables = tables_of(tmp_path, racers, [Course()], seeds=1)
    assert profiles.figure(tables, {}) is None
