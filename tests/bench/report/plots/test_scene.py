"""What is drawn of a problem is what its trials left."""

import numpy as np
import pytest

from bench.core.at_target import AtTarget
from bench.report.groups import Results
from bench.report.plots import scene as scene_module
from bench.report.plots.curves import figure, handles
from bench.report.plots.scene import MOST, by_problem
from bench.report.plots.style import line_styles
from bench.store.run import load

from ...synthetic_run import Course, Racer, change, key_of, remove, write_run

COURSES = [Course(steps=40), Course("valley", optimum=None, target=None)]
WILD = Racer("wild", 2.0)
RACERS = [
    Racer("slow", 0.98),
    Racer("fast", 0.5, calls={"forward": 3, "gradient": 1}),
    WILD,
]
GRID = [Racer("adam", r, settings={"learning_rate": r}) for r in (0.9, 0.7, 0.95)]


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path, COURSES, [*RACERS, *GRID], seeds=2)


def scene(folder, place=0):
    results = Results(load(folder))
    return scene_module.scene(results, list(by_problem(results).values())[place])


def test_curves_end_where_the_trials_did(folder):
    run = load(folder)
    for line in scene(folder).lines:
        curves, records = line.curves["gradient"], line.group.records
        for curve, record in zip(curves, records, strict=True):
            assert curve.cost[0] == 0
            assert curve.cost[-1] == record.readings["gradient"]
            gap = run.trace(record.key)["suboptimality"].iloc[-1]
            assert curve.value[-1] == max(gap, 10 * 2.0**-24)
            assert curve.left == (record.end == "diverged")


def test_forward_equivalents_weigh_every_call(folder):
    fast = next(line for line in scene(folder).lines if line.name == "fast")
    gradients, priced = (
        fast.curves[cost][0].cost for cost in ("gradient", "forward_equivalents")
    )
    np.testing.assert_allclose(priced, gradients * (3 * 1 + 2.5))


def test_a_unit_that_is_drawn_is_counted_at_its_own_prices(folder, monkeypatch):
    drawn = ("gradient", "flops")
    monkeypatch.setattr("bench.report.plots.scene.drawn_costs", lambda passes: drawn)
    fast = next(line for line in scene(folder).lines if line.name == "fast")
    gradients, flops = (fast.curves[cost][0].cost for cost in ("gradient", "flops"))
    np.testing.assert_allclose(flops, gradients * 100 * (3 * 1 + 2.5))


def test_of_a_grid_the_best_setting_is_in_colour(folder):
    lines = [line for line in scene(folder).lines if line.family == "adam"]
    best = [line.name for line in lines if line.best]
    assert best == ["adam learning_rate=0.7 (best of 3)"]
    assert len(lines) == 3


def test_the_untuned_is_drawn_beside_the_tuned_and_a_label_is_a_label(tmp_path):
    racers = [
        Racer("fast", 0.5, family="fast", tuned=True),
        Racer("fast, untuned", 0.7, family="fast", tuned=False),
        Racer("slow, untuned", 0.8),
        Racer("slow", 0.9),
    ]
    lines = scene(write_run(tmp_path, [Course()], racers)).lines
    assert [line.family for line in lines] == [racer.label for racer in racers]
    assert all(line.best for line in lines)


def test_what_has_no_curve_is_named(folder):
    for seed in range(2):
        remove(folder, key_of(COURSES[0], WILD, seed))
    assert scene(folder).absent == ["wild: missing 2"]


def test_of_many_optimizers_the_best_are_drawn_and_the_others_counted(tmp_path):
    racers = [Racer(f"r{i}", 0.9 - 0.02 * i) for i in range(MOST + 3)]  # the last win
    drawn = scene(write_run(tmp_path, [Course(target=1e-6)], racers))
    assert [line.name for line in drawn.lines] == [r.label for r in racers[3:]]
    assert drawn.absent == ["3 more in summary.csv"]


def test_what_cannot_be_priced_is_said(tmp_path):
    newton = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})
    drawn = scene(write_run(tmp_path, [Course(steps=40)], [newton, *RACERS]))
    styles = line_styles(line.family for line in drawn.lines)
    for cost, expected in (("seconds", False), ("forward_equivalents", True)):
        names = [str(h.get_label()) for h in handles(drawn, [cost], styles)]
        assert any("no price" in name for name in names) == expected


def test_no_floor_hides_a_target_or_a_loss_that_ends_at_nought(tmp_path):
    courses = [Course("low", target=1e-9), Course("nought", optimum=0.0, target=None)]
    folder = write_run(tmp_path, courses, [Racer("fast", 0.5)])
    low, nought = scene(folder), scene(folder, 1)
    assert low.floor == low.target == pytest.approx(1e-9, rel=1e-6)
    assert nought.floor < 1e-300


def test_the_target_is_in_the_curves_terms(folder):
    assert scene(folder).target == pytest.approx(1e-6, rel=1e-6)
    assert np.isnan(scene(folder, 1).target)


def test_every_target_is_drawn(tmp_path):
    course, racer = Course(target=1e-3), Racer("fast", 0.5)
    folder = write_run(tmp_path, [course], [racer], seeds=1)
    hardest = course.target_loss
    assert hardest is not None
    targets = [AtTarget(hardest + 0.099, 3, 1e-4, {}), AtTarget(hardest, 9, 3e-4, {})]
    change(folder, key_of(course, racer, 0), targets=targets)
    drawn = scene(folder)
    assert [drawn.target, *drawn.easier] == pytest.approx([1e-3, 0.1])
    styles = line_styles(["fast"])
    (axes,) = figure(drawn, ["seconds"], styles).axes
    levels = [set(map(float, np.asarray(line.get_ydata()))) for line in axes.lines]
    assert {drawn.target} in levels
    assert {*drawn.easier} in levels
    labels = [str(handle.get_label()) for handle in handles(drawn, [], styles)]
    assert "targets" in labels
