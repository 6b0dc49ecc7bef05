"""What the page knows of its runs."""

from dataclasses import replace

import pytest

from bench.cli.main import main
from bench.core.spec import Batch
from bench.report.comparison import compare_optimizers
from bench.report.groups import Results
from bench.report.html.contents import contents
from bench.report.plots.style import optimizer_styles
from bench.report.tables.summary import winners
from bench.store.run import load

from ...synthetic_run import (
    Course,
    Racer,
    change,
    key_of,
    plan,
    remove,
    write_plan,
    write_run,
)

SGD, ADAM = Racer("sgd", 0.9), Racer("adam", 0.8)
BOWL, DISH = Course("bowl", steps=30), Course("dish", steps=30)


def plain_of(*folders):
    return contents([load(folder) for folder in folders]).plain


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "a", [BOWL, DISH], [SGD, ADAM], seeds=2)


def test_every_planned_trial_has_a_place(folder):
    change(
        folder, key_of(BOWL, SGD, 0), end="failed", reason="why", output="Trace\nback"
    )
    change(folder, key_of(BOWL, SGD, 1), end="skipped")
    remove(folder, key_of(DISH, ADAM, 1))
    plain = plain_of(folder)
    assert (
        plain["ends"]["failed"]
        == plain["ends"]["skipped"]
        == plain["ends"]["missing"]
        == 1
    )
    assert sum(plain["ends"].values()) == 8
    failed = next(t for t in plain["trials"] if t["end"] == "failed")
    assert (failed["reason"], failed["output"]) == ("why", "Trace\nback")
    for group in plain["groups"]:
        assert len(group["trials"]) + group["missing"] == group["planned"] == 2


def test_colours_are_those_of_the_plots(folder):
    styles = optimizer_styles(["sgd", "adam"])
    colours = {o["name"]: o["colour"] for o in plain_of(folder)["optimizers"]}
    assert colours == {name: style.colour for name, style in styles.items()}


def test_settings_of_one_optimizer_differ_in_their_lines(tmp_path):
    racers = [Racer("sgd", 0.9, settings={"learning_rate": x}) for x in (0.1, 0.2, 0.3)]
    optimizers = plain_of(write_run(tmp_path, [BOWL], racers))["optimizers"]
    looks = {(o["colour"], o["dash"], o["symbol"]) for o in optimizers}
    assert len(looks) == 3
    assert len({o["colour"] for o in optimizers}) == 1


def test_optimizers_of_two_runs_are_told_apart(folder, tmp_path):
    other = write_run(tmp_path / "b", [BOWL], [SGD], seeds=2)
    plain = plain_of(folder, other)
    assert [o["name"] for o in plain["optimizers"]] == [
        "sgd (a)",
        "adam (a)",
        "sgd (b)",
    ]
    assert [p["name"] for p in plain["problems"]] == ["bowl", "dish"]
    first, _, second = plain["optimizers"]
    assert first["colour"] == second["colour"]
    assert first["dash"] != second["dash"]


def test_problems_of_one_label_and_other_settings_are_two(tmp_path):
    one = write_run(tmp_path / "a", [BOWL], [SGD], seeds=1)
    two = write_run(tmp_path / "b", [BOWL], [SGD], seeds=1)
    (spec,) = plan(two)
    problem = replace(spec.problem, settings={"rows": 7})
    write_plan(two, [replace(spec, problem=problem)])
    names = [p["name"] for p in plain_of(one, two)["problems"]]
    assert names == ["bowl (a)", "bowl (b)"]


def test_trials_on_batches_are_on_a_problem_of_their_own(tmp_path):
    batches = Course("bowl", steps=30, batch=Batch(10))
    write_run(tmp_path, [BOWL], [SGD], seeds=1)
    folder = write_run(tmp_path, [BOWL, batches], [SGD], seeds=1)
    problems = plain_of(folder)["problems"]
    assert [p["name"] for p in problems] == ["bowl, all examples", "bowl, batches"]
    assert [p["batches"] for p in problems] == [[None], [10]]


def test_quantities_and_their_levels(tmp_path):
    course = Course("bowl", steps=30, metrics=("held_out_accuracy",), optimum=None)
    (problem,) = plain_of(write_run(tmp_path, [course], [SGD, ADAM]))["problems"]
    loss, accuracy = problem["quantities"]
    assert loss["column"] == "loss"
    assert loss["start"] == 0.7
    assert loss["best"] == problem["leastFound"]
    assert (accuracy["column"], accuracy["rising"]) == ("held_out_accuracy", True)
    assert accuracy["best"] > accuracy["start"]


def test_targets_of_another_run_are_not_taken_for_the_same(folder, tmp_path):
    easier = replace(BOWL, target=1e-2)
    other = write_run(tmp_path / "b", [easier], [SGD], seeds=1)
    plain = plain_of(folder, other)
    (target,) = plain["problems"][0]["targets"]
    assert target["value"] == BOWL.target_loss
    assert plain["trials"][0]["targets"] == [None]
    (group,) = (
        g for g in plain["groups"] if plain["optimizers"][g["optimizer"]]["run"]
    )
    assert [plain["trials"][t]["targets"] for t in group["trials"]] == [[False]]


def test_trials_of_a_merged_run_have_the_seconds_of_their_machine(tmp_path):
    for name, seeds in (("a", 2), ("b", 3)):
        write_run(tmp_path / name, [DISH], [SGD], seeds, machine={"host": name})
    folders = [str(tmp_path / name) for name in ("a", "b")]
    assert main(["merge", *folders, "--out", str(tmp_path / "c")]) == 0
    plain = plain_of(tmp_path / "c")
    assert [dict(host["facts"])["host"] for host in plain["hosts"]] == ["a", "b"]
    assert {trial["host"] for trial in plain["trials"]} == {0, 1}
    assert all(trial["seconds"] > 0 for trial in plain["trials"])


def test_a_run_that_is_not_timed_has_costs_in_calls_alone(tmp_path):
    courses = [Course("bowl"), Course("dish")]
    folder = write_run(tmp_path, courses, [SGD, ADAM], seeds=2)
    run = load(folder)
    untimed = [replace(record.spec, timed=False) for record in run.records]
    for spec in untimed:
        change(folder, spec.key, spec=spec)
    write_plan(folder, untimed)
    run = load(folder)
    units = [unit["name"] for unit in contents([run]).plain["units"]]
    assert units[0] == "steps"
    assert "seconds" not in units
    results = Results(run)
    compared = compare_optimizers(results)
    assert set(compared["cost"]) == {"forward_equivalents", "gradient"}
    (line,) = winners(results, compared)
    assert "the best by forward-pass equivalents" in line
