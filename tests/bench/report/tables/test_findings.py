"""The findings across optimizers and problems, as tables for people."""

import json

import pandas as pd
import pytest

from bench.core.records import TuningRecord
from bench.core.spec import Batch, Named
from bench.report.comparison import compare_optimizers
from bench.report.groups import Results
from bench.report.tables.findings import finding_tables
from bench.report.tables.summary import Tables, write
from bench.report.tuning import choices
from bench.store import trials
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run
from ..races import BOWLS, FEW, MANY


def test_each_finding_is_a_file_and_a_table(results):
    text = write(results.run.folder)
    for name, table in Tables(results).findings.items():
        read = pd.read_csv(results.run.folder / f"{name}.csv", keep_default_na=False)
        assert (list(read), len(read)) == (list(table), len(table))
    for title in (
        "Comparison by time to target",
        "Comparison by forward-pass equivalents to target",
        "Who reaches the target",
        "Break-even prices",
        "Predicted seconds",
    ):
        assert f"## {title}\n" in text
    assert "compared only on problems where its cost is known: many" in text


def comparison_table(folder, racers):
    results = Results(load(write_run(folder, BOWLS, racers, seeds=3)))
    comparison = compare_optimizers(results)
    table = finding_tables({"comparison": comparison})[0]
    return comparison, table, {row[0]: row for row in table.rows}


def test_the_untuned_stand_in_the_row_of_the_tuned(tmp_path):
    racers = [
        Racer("few", 0.5, calls=FEW.calls, family="few", tuned=True),
        MANY,
        Racer("few, untuned", 0.9, calls=FEW.calls, family="few", tuned=False),
        Racer("odd", 0.7, family="odd", tuned=False),
    ]
    comparison, table, rows = comparison_table(tmp_path, racers)
    assert rows.keys() == {"few", "many", "odd"}  # no tuned one beside the odd
    assert table.columns[-2:] == ("untuned", "area")
    whole = comparison.query("cost == 'seconds' and dropped == ''")
    area = whole.set_index("optimizer").loc["few, untuned", "area"]
    assert rows["few"][-2:] == ("1 of 2", f"{area:.3f}")
    assert rows["many"][-2:] == ("–", "–")


@pytest.mark.parametrize(
    ("draws", "words"),
    [
        (1, "one draw seed; which settings were drawn is not included"),
        (3, "resamples of problems, draw seeds of tuning and seeds"),
    ],
)
def test_ranks_state_how_many_draw_seeds_there_are(tmp_path, draws, words):
    racers = [
        Racer("few", 0.5 + 0.1 * d, settings={"rate": d}, tuned=True, draw_seeds=(d,))
        for d in range(draws)
    ]
    _, table, rows = comparison_table(tmp_path, [*racers, MANY])
    assert rows.keys() == {"few", "many"}
    assert any(words in note for note in table.notes)
    assert any(f"{draws} draw seeds" in note for note in table.notes) == (draws > 1)


def test_a_label_that_says_untuned_is_a_label(tmp_path):
    racers = [FEW, MANY, Racer("few, untuned", 0.9, calls=FEW.calls)]
    comparison, table, rows = comparison_table(tmp_path, racers)
    assert rows.keys() == {"few", "many", "few, untuned"}
    assert "untuned" not in table.columns
    without = comparison.query("dropped == 'few'")["optimizer"]
    assert set(without) == {"many", "few, untuned"}


def test_what_is_labelled_untuned_may_be_tuned(tmp_path):
    family = "few, untuned"
    racers = [
        Racer(family, 0.5, family=family, tuned=True),
        Racer(f"{family}, untuned", 0.9, family=family, tuned=False),
        MANY,
    ]
    _, table, rows = comparison_table(tmp_path, racers)
    assert rows.keys() == {"few, untuned", "many"}
    assert table.columns[-2:] == ("untuned", "area")


def test_who_would_come_first_without_another_is_said():
    frame = pd.DataFrame(
        {
            "part": "",
            "cost": "seconds",
            "dropped": ["", "", "", "c", "c"],
            "optimizer": ["a", "b", "c", "b", "a"],
            "family": ["a", "b", "c", "b", "a"],
            "tuned": None,
            "draw_seeds": 0,
            "rank": [1, 2, 3, 1, 2],
            "area": [0.5, 0.43, 0.4, 0.8, 0.6],
            "problems": 2,
            "solved": 1.0,
            "rank_low": 1,
            "rank_high": 3,
            "rank_1": 0.5,
        }
    )
    (table,) = finding_tables({"comparison": frame})
    assert "without c, b ranks before a" in table.notes


def test_trials_on_batches_have_a_table_of_their_own(tmp_path):
    courses = [BOWLS[0], Course("valley", optimum=None, target=1e-3, batch=Batch(8))]
    folder = write_run(tmp_path, courses, [FEW, MANY], seeds=3)
    tables = finding_tables(Tables(Results(load(folder))).findings)
    titles = [table.title for table in tables]
    assert "Comparison by time to target, all examples" in titles
    assert "Comparison by time to target, batches" in titles


def test_a_run_without_a_target_has_nothing_to_compare(tmp_path):
    folder = write_run(tmp_path, [Course(target=None)], [FEW, MANY], seeds=2)
    assert set(Tables(Results(load(folder))).findings) == {"predicted"}
    folder = write_run(tmp_path / "one", BOWLS[:1], [FEW], seeds=2)
    assert set(Tables(Results(load(folder))).findings) == {"predicted", "targets"}


def tuned_record(**changed):
    """Return what tuning two settings by the cost to the target came to."""
    ends = [{"end": "target", "cost": cost} for cost in (8.0, 4.0)]
    plain = {
        "key": "bowl-few-tuned",
        "problem_label": "bowl",
        "label": "few",
        "problem": Named("bowl"),
        "optimizer": Named("few"),
        "table": {"criterion": "cost", "unit": "gradient", "budget": 100.0},
        "settings": [{"rate": 0.1}, {"rate": 0.25}],
        "origins": ["range", "near_best"],
        "scores": [{"choose": [end] * 2, "score": [end] * 3} for end in ends],
        "winner": 1,
        "at_edge": ["rate"],
        "widened": 1,
    }
    return TuningRecord(**(plain | changed))


@pytest.mark.parametrize(("at_edge", "cell"), [(["rate"], "rate"), ([], "–")])
def test_what_was_tuned_is_shown_with_its_outcome(tmp_path, at_edge, cell):
    folder = write_run(tmp_path, BOWLS[:1], [FEW], seeds=1)
    trials.write_tuning(folder, tuned_record(at_edge=at_edge))
    trials.write_tuning(folder, tuned_record(key="none", winner=None, reason="no room"))
    rows = choices(Results(load(folder)))
    (row,) = rows.to_dict("records")  # where nothing was chosen there is no row
    assert json.loads(row["chosen"]) == {"rate": 0.25}
    assert (row["settings"], row["widened"], row["outcome"]) == (2, 1, 4.0)
    (table,) = finding_tables({"tuning": rows})
    assert table.title == "bowl: tuning"
    assert table.rows == (("few", "rate 0.25", "2", cell, "4", "4"),)
