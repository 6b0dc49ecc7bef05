"""The tables in a run's folder: exact CSVs, and summary.md that lines up."""

import pandas as pd
import pytest

from bench.report.groups import Results
from bench.report.summary import summarize
from bench.report.tables.problems import problem_table
from bench.report.tables.summary import Tables, write
from bench.store.run import load

from ...synthetic_run import Course, Racer, plan, write_plan, write_run
from ..races import BOWLS, FEW, MANY

RACERS = [Racer("slow", 0.99), Racer("fast", 0.5), Racer("a|b [red]", 2.0)]


@pytest.fixture
def folder(tmp_path):
    courses = [Course(steps=60), Course("valley", optimum=None, target=None)]
    return write_run(tmp_path, courses, RACERS)


def test_the_csv_holds_the_summary_exactly(folder):
    write(folder)
    read = pd.read_csv(folder / "summary.csv")
    expected = summarize(Results(load(folder)))
    for column in expected.select_dtypes("number"):
        assert read[column].equals(expected[column].astype(read[column].dtype))


def test_the_best_comes_first_and_every_row_is_whole(folder):
    text = write(folder)
    assert text == (folder / "summary.md").read_text()
    bowl = text.split("## valley")[0]
    assert bowl.index("| fast") < bowl.index("| slow")
    assert "never" in bowl
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(line) for line in lines}) <= 1
        pipes = {line.replace("\\|", "").count("|") for line in lines}
        assert len(pipes) <= 1


def test_the_same_files_give_the_same_bytes(folder):
    first = write(folder), (folder / "summary.csv").read_bytes()
    second = write(folder), (folder / "summary.csv").read_bytes()
    assert first == second


def test_labels_are_shown_as_they_are(folder):
    text = write(folder)
    assert "| a\\|b [red]" in text
    assert "## Prices" in text


def test_a_problem_s_table_says_where_it_was_measured_and_what_the_target_is(folder):
    bowl, valley, *_ = Tables(Results(load(folder))).all()
    assert bowl.title == "bowl, float32, cpu: 2 cores"
    assert "target: loss 0.100001" in bowl.notes
    assert "least loss: 0.1 (certified)" in bowl.notes
    costs = ("time", "gradients", "forward passes", "forward-pass equivalents")
    assert {f"{cost} to target" for cost in costs} <= set(bowl.columns)
    assert "final suboptimality" in bowl.columns
    assert not any("target" in column for column in valley.columns)
    assert "final loss" in valley.columns


def test_one_seed_is_said_and_no_coverage_is_given(tmp_path):
    one, two = (
        write(write_run(tmp_path / str(seeds), [Course()], RACERS, seeds=seeds))
        for seeds in (1, 2)
    )
    assert "one seed; a trial" in one
    assert "order statistics" not in one
    assert "% with 2 seeds" in two


def test_a_run_without_trials_has_a_table(tmp_path):
    folder = write_run(tmp_path, [], [], priced=False)
    assert "No trials yet" in write(folder)


def test_a_finding_that_is_no_more_leaves_no_file(tmp_path):
    folder = write_run(tmp_path, BOWLS[:1], [FEW, MANY], seeds=2)
    write(folder)
    assert (folder / "comparison.csv").exists()
    planned = plan(folder)
    write_plan(folder, [spec for spec in planned if spec.label != "many"])
    write(folder)
    assert not (folder / "comparison.csv").exists()


def test_a_table_says_whether_the_best_loss_known_is_still_the_best(tmp_path):
    folder = write_run(tmp_path, [Course(best_known=True)], RACERS)
    rows = summarize(Results(load(folder)))
    assert "least loss: 0.1 (best known)" in problem_table("bowl", rows).notes
    lower = problem_table("bowl", rows.assign(best_loss=0.05)).notes
    assert "least loss: 0.1 (best known before: 0.05 was reached)" in lower
