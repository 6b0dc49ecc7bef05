"""Costs to a tolerance of the best decrease, on a run whose losses are formulas."""

import math
from math import inf

import numpy as np
import pytest

from bench.report.convergence import TOLERANCES, convergence_tables
from bench.report.groups import Results
from bench.report.plots import profiles
from bench.statistics import convergence_level
from bench.store import folder as run_folder
from bench.store.run import load

from ..synthetic_run import RATIOS, Course, Racer, plan, write_run
from .plots.lines import drawn

PARAMETERS = 999
RACERS = [Racer("fast", 0.5), Racer("slow", 0.99, calls={"forward": 7})]
COURSES = [Course(), Course("valley", optimum=None, target=None)]


def sized(folder):
    """Return the run folder, in which the problems' sizes stand now."""
    for spec in plan(folder):
        run_folder.add_facts(folder, spec, {"parameters": PARAMETERS})
    return folder


@pytest.fixture
def folder(tmp_path):
    return sized(write_run(tmp_path, COURSES, RACERS, seeds=1))


def test_a_level_lies_between_the_start_and_the_least_loss():
    assert convergence_level(5.0, 1.0, 1.0) == 5.0
    assert convergence_level(5.0, 1.0, 0.0) == 1.0
    assert convergence_level(5.0, 1.0, 0.25) == 2.0


def test_costs_are_those_of_the_first_step_at_the_level(folder):
    """The losses fall by known factors, so that the steps follow from logarithms."""
    tables = convergence_tables(Results(load(folder)))
    assert tuple(tables) == TOLERANCES
    for tolerance, table in tables.items():
        assert table.problems == ("bowl", "valley")
        # Of seed 0 a step multiplies by rate^0.9; the least loss is almost the optimum.
        steps = math.ceil(math.log(tolerance) / (0.9 * math.log(0.5)))
        gradients = steps * RATIOS["gradient"]
        if tolerance > 1e-5:  # the target ends the trials on the bowl there
            assert table.medians[0, 0] == pytest.approx(gradients / (PARAMETERS + 1))
        assert table.medians[1, 0] == pytest.approx(gradients / (PARAMETERS + 1))


def test_who_falls_short_of_the_best_never_converges(folder):
    table = convergence_tables(Results(load(folder)))[1e-3]
    steps = math.ceil(math.log(1e-3) / (0.9 * math.log(0.99)))
    assert steps > COURSES[0].steps
    assert table.medians[:, 1].tolist() == [inf, inf]
    easy = convergence_tables(Results(load(folder)))[1e-1]
    steps = math.ceil(math.log(1e-1) / (0.9 * math.log(0.99)))
    expected = 7 * steps / (PARAMETERS + 1)
    np.testing.assert_allclose(easy.medians[:, 1], expected)


def test_what_is_not_priced_or_of_unknown_size_has_no_data_profile(tmp_path):
    bare = write_run(tmp_path / "bare", COURSES, RACERS, seeds=1, priced=False)
    assert convergence_tables(Results(load(sized(bare)))) == {}
    unsized = write_run(tmp_path / "unsized", COURSES, RACERS, seeds=1)
    assert convergence_tables(Results(load(unsized))) == {}


def test_the_drawn_shares_are_the_solved_ones(folder):
    tables = convergence_tables(Results(load(folder)))
    figure = profiles.data_figure(tables, {})
    assert len(figure.axes) == len(TOLERANCES)
    for axes, (tolerance, table) in zip(figure.axes, tables.items(), strict=True):
        assert f"{tolerance:g}" in axes.get_xlabel()
        lines = {line.get_label(): line for line in figure.legends[0].get_lines()}
        for name, costs in zip(table.optimizers, table.medians.T, strict=True):
            (line,) = drawn(axes, lines[name].get_color())
            assert line[-1, 1] == np.isfinite(costs).mean()


def test_one_problem_has_no_data_profile(tmp_path):
    folder = sized(write_run(tmp_path, COURSES[:1], RACERS, seeds=1))
    assert profiles.data_figure(convergence_tables(Results(load(folder))), {}) is None
