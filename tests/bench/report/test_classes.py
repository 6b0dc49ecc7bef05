"""Optimizers compared on each class of problems and at each target."""

import pytest

from bench.core.at_target import AtTarget
from bench.report.classes import compare_classes, divisions
from bench.report.groups import Results
from bench.report.plots.jobs import jobs
from bench.report.tables.classes import class_tables
from bench.store.run import load

from ..synthetic_run import Course, Racer, change, write_run

COURSES = [
    Course("bowl", kind="convex"),
    Course("dish", start=2.0, kind="convex"),
    Course("valley", start=0.9, kind="nonconvex"),
    Course("gorge", start=0.8, kind="nonconvex"),
]
STEADY = Racer("steady", 0.7)
FIRST = Racer("first", 0.9)
EASY = {"steady": 9, "first": 2}  # steps to the easy target


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two optimizers: one is sooner at the hard target, the other at the easy one.

    On one problem there is the hard target only.
    """
    folder = write_run(tmp_path_factory.mktemp("run"), COURSES, [STEADY, FIRST], 3)
    for record in load(folder).records:
        if record.spec.problem_label != "gorge":
            steps = EASY[record.spec.label]
            easy = AtTarget(0.5, steps, steps * 1e-5, {"gradient": steps}, True)
            change(folder, record.key, targets=[easy, *record.targets])
    return Results(load(folder))


def test_the_divisions_are_all_problems_and_each_class_at_each_target(results):
    found = [(one.problem_class, one.target) for one in divisions(results)]
    classes = ["", "convex", "nonconvex"]
    assert found == [(name, target) for name in classes for target in (1, 2)]


def test_the_first_depends_on_the_target(results):
    table = compare_classes(results).query("cost == 'gradient' and `class` == ''")
    best = table.query("rank == 1").set_index("target")
    assert best.loc[1, "optimizer"] == "steady"
    assert best.loc[2, "optimizer"] == "first"
    assert best["problems"].to_dict() == {1: 4, 2: 3}  # one has no easy target
    assert (best["first"] > 0.99).all()


def test_a_class_counts_its_own_problems_only(results):
    table = compare_classes(results).query("cost == 'gradient' and target == 1")
    assert set(table.query("`class` == 'convex'")["problems"]) == {2}


def test_a_run_of_one_class_and_target_has_no_such_table(tmp_path):
    folder = write_run(tmp_path, COURSES[:2], [STEADY, FIRST], 2)
    whole = Results(load(folder))
    assert compare_classes(whole).empty
    assert [one.words for one in divisions(whole)] == [""]


def test_the_table_names_the_best_of_each_division(results):
    times, calls = class_tables(compare_classes(results))
    assert times.title == "By class and target, time"
    assert calls.rows[0][:3] == ("all", "1", "4")
    assert calls.rows[0][3].startswith("steady 1.00 (100 %)")
    assert calls.rows[1][3].startswith("first 1.00")


def test_each_division_has_a_plot_of_profiles(results):
    names = [job.name for job in jobs(results.run)]
    assert [name for name in names if name.startswith("profiles")] == [
        "profiles",
        "profiles-target_2_of_2",
        "profiles-convex",
        "profiles-convex_target_2_of_2",
        "profiles-nonconvex",
        "profiles-nonconvex_target_2_of_2",
    ]
