"""What a run prints at its end: what was run, a table a problem, and who won."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from bench.config.plan import Plan
from bench.config.read import read
from bench.core.spec import Batch
from bench.report.groups import Results
from bench.report.tables.problems import MOST_ROWS
from bench.report.tables.summary import Tables, write
from bench.store.run import load

from ...synthetic_run import (
    Course,
    Racer,
    change,
    key_of,
    remove,
    spec_of,
    write_plan,
    write_run,
)
from ..races import BOWLS, FEW, MANY

QUICKSTART = Path(__file__).parents[4] / "configs" / "quickstart.toml"


def text_of(folder):
    return Tables(Results(load(folder))).short()


def table(text, problem):
    """Return a problem's table: its headings and its rows, each a list of cells."""
    block = text.partition(f"## {problem}\n\n")[2].partition("\n\n")[0]
    lines = [line.strip("| ").split("|") for line in block.splitlines()]
    headings, _, *rows = ([cell.strip() for cell in line] for line in lines)
    return headings, rows


def paragraphs(text):
    return text.strip().split("\n\n")


def test_it_says_what_was_run_and_who_won(tmp_path):
    folder = write_run(tmp_path / "run", BOWLS, [MANY, FEW], seeds=3)
    text = text_of(folder)
    first, *_, winner = paragraphs(text)
    assert first == "synthetic: 2 problems, 2 optimizers, 3 seeds; 12 trials: target 12"
    headings, rows = table(text, "bowl")
    assert headings == [
        *("optimizer", "ends", "time to target", "gradients"),
        *("forward passes", "forward-pass equivalents"),
    ]
    assert [row[:2] for row in rows] == [["few", "target 3"], ["many", "target 3"]]
    trials = load(folder).trials.query("label == 'few' and problem_label == 'bowl'")
    low, middle, high = sorted(trials["steps_to_target"])
    assert rows[0][3] == f"{middle:.0f} [{low:.0f}, {high:.0f}]"
    assert winner.startswith("Over 2 problems, few is the best by time to the target")
    assert "performance profile 1.00" in winner
    assert "first with a bootstrap probability of 100 % (likely rank 1 of 2; " in winner
    assert winner.endswith("with 2 problems the uncertainty is understated).")
    assert "\n" not in winner


def test_all_that_rank_first_are_named(tmp_path):
    racers = [replace(FEW, label="one"), replace(FEW, label="other")]
    text = text_of(write_run(tmp_path, BOWLS, racers))
    assert "Over 2 problems, one and other are the best by time" in text


def test_the_bootstrap_probability_is_that_of_the_comparison(tmp_path):
    """Each is first on one of two problems: of resamples a quarter has either alone."""
    courses = [Course("bowl"), Course("valley")]
    racers = [Racer("low", 0.5), Racer("high", 0.6)]
    folder = write_run(tmp_path, courses, racers, seeds=3)
    for seed in range(3):
        change(folder, key_of(courses[0], racers[0], seed), seconds_to_target=1.0)
        change(folder, key_of(courses[1], racers[1], seed), seconds_to_target=2.0)
    tables = Tables(Results(load(folder)))
    whole = tables.findings["comparison"].query("cost == 'seconds' and dropped == ''")
    first = whole.sort_values("rank").iloc[0]
    assert 0.2 < first["rank_1"] < 0.8
    assert f"bootstrap probability of {100 * first['rank_1']:.0f} %" in tables.short()
    assert "likely rank 1 to 2 of 2" in tables.short()


def test_a_run_without_a_target_shows_what_was_spent_and_names_no_winner(tmp_path):
    course = Course(target=None, steps=100)
    text = text_of(write_run(tmp_path, [course], [MANY, FEW]))
    headings, rows = table(text, "bowl")
    assert headings == [
        *("optimizer", "ends", "final suboptimality", "time", "gradients"),
        "forward passes",
    ]
    assert rows[0][0] == "few"
    assert rows[0][3:] == ["1.07 ms", "100", "800"]
    assert "Over " not in text
    *_, last = paragraphs(text)
    assert last.startswith("| optimizer")


def test_without_an_optimum_the_loss_is_shown(tmp_path):
    course = Course(target=None, optimum=None)
    headings, _ = table(text_of(write_run(tmp_path, [course], [MANY])), "bowl")
    assert "final loss" in headings


def test_missing_and_failed_trials_are_counted(tmp_path):
    folder = write_run(tmp_path, [BOWLS[0]], [FEW, MANY])
    remove(folder, key_of(BOWLS[0], FEW, 0))
    change(
        folder,
        key_of(BOWLS[0], MANY, 1),
        end="failed",
        reason="no memory",
        seconds_to_target=None,
        steps_to_target=None,
    )
    text = text_of(folder)
    assert "6 trials: failed 1, missing 1, target 4\n" in text
    _, rows = table(text, "bowl")
    assert [row[:2] for row in rows] == [
        ["few", "missing 1, target 2"],
        ["many", "failed 1, target 2"],
    ]


def test_a_run_of_which_nothing_is_there_yet_shows_its_plan(tmp_path):
    write_plan(tmp_path, [spec_of(BOWLS[0], FEW, seed) for seed in range(2)])
    text = text_of(tmp_path)
    assert "1 problem, 1 optimizer, 2 seeds; 2 trials: missing 2" in text
    _, rows = table(text, "bowl")
    assert rows == [["few", "missing 2", *["–"] * 4]]


def test_one_trial_is_one_trial(tmp_path):
    text = text_of(write_run(tmp_path, [BOWLS[0]], [FEW], seeds=1))
    assert text.startswith(
        "synthetic: 1 problem, 1 optimizer, 1 seed; 1 trial: target 1"
    )


def test_who_is_not_compared_is_named(tmp_path):
    free = Racer("free", 0.1, calls={"forward": 3})
    folder = write_run(tmp_path, BOWLS, [FEW, MANY, free], priced=False)
    for course, racer in product(BOWLS, [FEW, MANY, free]):
        for seed in range(3):
            change(folder, key_of(course, racer, seed), seconds_to_target=None)
    *_, sentence = paragraphs(text_of(folder))
    assert sentence.startswith("Over 2 problems, few is the best by gradients to")
    assert sentence.endswith("; not compared, without such a cost: free).")


def test_the_best_of_fewer_problems_is_said_to_be_so(tmp_path):
    folder = write_run(tmp_path, BOWLS, [FEW, MANY], seeds=3)
    for seed in range(3):
        change(folder, key_of(BOWLS[1], FEW, seed), end="skipped")
    *_, sentence = paragraphs(text_of(folder))
    assert sentence.startswith(
        "Over 2 problems, few (compared on 1 of them) is the best by time"
    )


def test_where_nobody_reached_the_target_nobody_won(tmp_path):
    racers = [Racer("slow", 0.999), Racer("slower", 0.9999)]
    text = text_of(write_run(tmp_path, [BOWLS[0]], racers))
    *_, sentence = paragraphs(text)
    assert sentence == "Over 1 problem no optimizer reached a target."


def test_each_part_has_its_winner(tmp_path):
    courses = [BOWLS[0], Course("valley", steps=100, batch=Batch(8))]
    text = text_of(write_run(tmp_path, courses, [FEW, MANY]))
    *_, on_all, on_batches = paragraphs(text)
    assert on_all.startswith("Over 1 problem (all examples), few is the best by time")
    assert on_batches.startswith("Over 1 problem (batches), few is the best by time")


@pytest.mark.parametrize(("more", "cut"), [(0, False), (2, True)])
def test_of_many_optimizers_the_best_are_shown(tmp_path, more, cut):
    racers = [Racer(f"r{i}", 0.8 - 0.02 * i) for i in range(MOST_ROWS + more)]
    text = text_of(write_run(tmp_path, [BOWLS[0]], racers, seeds=1))
    _, rows = table(text, "bowl")
    assert [row[0] for row in rows] == [r.label for r in racers[::-1][:MOST_ROWS]]
    assert ("- 2 more in summary.md" in text) == cut


def test_what_the_quickstart_prints_fits_a_screen(tmp_path):
    specs = Plan(read(QUICKSTART), "cpu").specs()
    courses = [Course(name) for name in dict.fromkeys(s.problem_label for s in specs)]
    names = dict.fromkeys(spec.label for spec in specs)
    racers = [Racer(name, 0.9 - 0.1 * place) for place, name in enumerate(names)]
    text = text_of(write_run(tmp_path, courses, racers, seeds=3))
    assert f"{len(specs)} trials" in text
    assert len(text.splitlines()) <= 50


def test_the_text_is_kept_in_the_run_s_folder(tmp_path):
    folder = write_run(tmp_path, BOWLS, [FEW, MANY])
    write(folder)
    assert (folder / "short.md").read_text() == text_of(folder)


def test_a_run_of_nothing_says_so(tmp_path):
    text = text_of(write_run(tmp_path, [], [], priced=False))
    assert text.startswith("synthetic: 0 problems, 0 optimizers, 0 seeds; 0 trials")
