"""Any column of traces is drawn against any cost, with its own axis and target."""

from math import inf

import numpy as np
import pytest

from bench.cli import main
from bench.core.errors import RunError
from bench.report.groups import Results
from bench.report.plots import Wanted, check_values, curves, draw
from bench.report.plots.jobs import PANELS, jobs
from bench.report.plots.scene import Curve, at, band, by_problem, scene, until
from bench.report.plots.style import column_style, line_styles
from bench.report.plots.values import value
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

COLUMNS = ("held_out_loss", "held_out_accuracy", "held_out_perplexity")
COURSES = [
    Course("net", target=0.95, steps=90, metrics=COLUMNS, on="held_out_accuracy"),
    Course("bare", steps=20),
]
RACERS = [Racer("slow", 0.95), Racer("fast", 0.6), Racer("wild", 2.0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("values"), COURSES, RACERS, seeds=2)


@pytest.fixture(scope="module")
def results(folder):
    return Results(load(folder))


def drawn(results, column, costs=("seconds",)):
    """Return the scene of a column, and its axes."""
    pairs = by_problem(results)["net"]
    records = [record for group, _ in pairs for record in group.records]
    shown = scene(results, pairs, value(column, records), costs)
    styles = line_styles(line.family for line in shown.lines)
    with column_style():
        (axes,) = curves.figure(shown, list(costs), styles).axes
    return shown, axes


def test_each_metric_has_a_panel_and_what_is_wanted_comes_besides(results):
    names = [job.name for job in jobs(results.run, PANELS)]
    accuracy, loss, perplexity = (
        f"net-held_out_{name}" for name in ("accuracy", "loss", "perplexity")
    )
    panels = ["net-panel", accuracy, perplexity, loss, "bare-panel"]
    assert [name for name in names if name != "profiles"] == panels
    wanted = Wanted(values=("held_out_loss", "loss"), costs=("steps", "flops"))
    more = {job.name for job in jobs(results.run, wanted)} - set(names)
    assert more == {
        f"{problem}-{column}-{cost}"
        for problem in ("net", "bare")
        for column in wanted.values
        for cost in wanted.costs
    }


def test_a_share_has_a_linear_axis_up_to_one_and_a_line_at_its_target(results):
    shown, axes = drawn(results, "held_out_accuracy")
    assert (axes.get_yscale(), axes.get_ylabel()) == ("linear", "held-out accuracy")
    low, high = axes.get_ylim()
    assert 0 < low < 0.4
    assert 1 < high < 1.06
    assert shown.target == 0.95
    dotted = [line for line in axes.get_lines() if len(set(line.get_ydata())) == 1]
    assert any(line.get_ydata()[0] == 0.95 for line in dotted)


def test_a_share_that_stays_low_has_an_axis_up_to_one_too(tmp_path):
    course = Course("net", target=None, steps=3, metrics=COLUMNS[1:2])
    folder = write_run(tmp_path, [course], RACERS[:1], seeds=1)
    shown, axes = drawn(Results(load(folder)), "held_out_accuracy")
    (line,) = shown.lines
    assert line.curves["seconds"][0].value.max() < 0.6
    assert axes.get_ylim()[1] > 1


def test_a_perplexity_has_a_logarithmic_axis_and_no_line(results):
    shown, axes = drawn(results, "held_out_perplexity")
    assert axes.get_yscale() == "log"
    assert np.isnan(shown.target)
    low, high = axes.get_ylim()
    least = min(c.value.min() for line in shown.lines for c in line.curves["seconds"])
    assert low < least < high


def test_a_target_on_a_metric_is_none_of_the_loss(results):
    pairs = by_problem(results)
    assert np.isnan(scene(results, pairs["net"]).target)
    assert scene(results, pairs["bare"]).target == pytest.approx(1e-6)


def test_curves_are_what_was_evaluated_at_its_cost(results):
    costs = ("steps", "examples", "flops")
    pairs = by_problem(results)["net"]
    records = [record for group, _ in pairs for record in group.records]
    shown = scene(results, pairs, value("held_out_accuracy", records), costs)
    assert shown.costs == list(costs)
    fewer = False
    for line in shown.lines:
        for place, record in enumerate(line.group.records):
            rows = results.run.trace(record.key).dropna(subset="held_out_accuracy")
            fewer |= len(rows) < len(results.run.trace(record.key))
            for cost, of in (("steps", "step"), ("examples", "examples")):
                curve = line.curves[cost][place]
                np.testing.assert_array_equal(curve.cost, rows[of])
                np.testing.assert_array_equal(curve.value, rows["held_out_accuracy"])
            calls = rows["gradient"].to_numpy(float)
            np.testing.assert_allclose(line.curves["flops"][place].cost, 250 * calls)
    assert fewer  # not every row was evaluated


def test_where_more_is_better_a_trial_that_diverged_has_the_least_value():
    """Of three trials two diverge: then the median is lost, as it should be."""
    cost, value = np.array([0.0, 1.0, 2.0]), np.array([0.1, 0.5, 0.9])
    left = Curve(cost[:2], value[:2], left=True, worst=-inf)
    stays = Curve(cost, value, left=False, worst=-inf)
    assert at(left, cost).tolist() == [0.1, 0.5, -inf]
    assert band([left, left, stays]).median.tolist() == [0.1, 0.5, -inf]
    whole = band([stays])
    assert until(whole, 0.5, rising=True).cost.tolist() == [0.0, 1.0]
    assert until(whole, 0.95, rising=True).cost.tolist() == [0.0, 1.0, 2.0]


def test_a_column_that_no_trace_has_is_one_line(results):
    check_values(results.run, ["held_out_loss", "loss", "suboptimality"])
    with pytest.raises(RunError, match='Did you mean "held_out_accuracy"'):
        check_values(results.run, ["held_out_acuracy"])
    with pytest.raises(RunError, match=r"has a value .steps.\. There are held_out"):
        check_values(results.run, ["steps"])


def test_the_verb_draws_them_and_refuses_what_is_not_there(folder, capsys):
    assert main(["plot", str(folder), "--y", "held_out_accuracy", "--x", "steps"]) == 0
    paths = capsys.readouterr().out.split()
    assert str(folder / "plots" / "net-held_out_accuracy-steps.png") in paths
    assert not any("bare-held_out" in path for path in paths)
    assert main(["plot", str(folder), "--y", "accuracy"]) == 2
    assert "Did you mean" in capsys.readouterr().err
    assert main(["plot", str(folder), "--x", "steps"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_plot_that_was_asked_for_and_has_nothing_to_show_is_told(tmp_path):
    folder = write_run(tmp_path, [Course(steps=9)], [Racer("sgd", 0.5)], priced=0)
    drawn = draw(folder, Wanted(values=("loss",), costs=("flops",)))
    assert drawn.failed == ["no trial has loss against flops: nothing to draw"]
