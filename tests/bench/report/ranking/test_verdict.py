"""An optimizer beside a field: its rank, its wins and losses, what tuning was worth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bench.report.comparison import compare_optimizers
from bench.report.groups import Results
from bench.report.ranking.files import contents
from bench.report.ranking.joined import Joined
from bench.report.ranking.verdict import Verdict
from bench.report.ranking.words import paragraph, sentences
from bench.report.tables.summary import write
from bench.store.field import load_field
from bench.store.run import load

from ...synthetic_run import Racer, change, key_of, write_run
from ..tables.latex_reader import argument, environments, rows
from .fields import CONFIG, COURSES, FIELD, SEEDS, field_of, verdict_on, versions

TWIN = versions("twin", 0.5, name="swift")
FAST = versions("fast", 0.2)
PARTS = ("all_examples", "batches")


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    return field_of(tmp_path_factory.mktemp("field"))


def test_in_a_field_that_was_not_tuned_its_ranges_are_not_the_reason(field, tmp_path):
    untuned = {name: own for name, own in CONFIG.items() if name != "tuning"}
    write_run(tmp_path, COURSES, [Racer("own", 0.5)], 1, priced=False, config=untuned)
    verdict = Verdict(Joined(load_field(field), load(tmp_path), "own", {}))
    said = " ".join(sentences(verdict))
    assert "own was not tuned: the field, synthetic, was not tuned either." in said
    assert "--space" not in said


def test_a_twin_of_the_field_has_equal_counts_and_ties(field, tmp_path):
    verdict = verdict_on(field, tmp_path, TWIN)
    costs = verdict.joined.costs
    pairs = [("twin", "swift"), ("twin, untuned", "swift, untuned")]
    for own, theirs in pairs:
        mine, kept = (costs[costs["optimizer"] == name] for name in (own, theirs))
        assert len(mine) == SEEDS * len(COURSES) == len(kept)
        for unit in ("steps", "gradient", "forward", "forward_equivalents", "flops"):
            assert mine[unit].tolist() == kept[unit].tolist()
    for place in verdict.places:
        whole = verdict.comparison.query("part == @place.part and dropped == ''")
        ranks = whole.set_index("optimizer")["rank"]
        assert ranks["twin"] == ranks["swift"] == 1
        assert place.of == len(FIELD) + 2
        assert place.row["rank_1"] == pytest.approx(0.5)
    assert verdict.wins.empty
    assert verdict.losses.empty
    assert set(verdict.by_problem["ratio"]) == {1.0}


def test_the_ranks_are_those_of_one_run_with_all(field, tmp_path):
    """Joined from two folders, and all run together: the same numbers."""
    verdict = verdict_on(field, tmp_path / "own", FAST)
    whole = write_run(
        tmp_path / "whole", COURSES, [*FIELD, *FAST], SEEDS, config=CONFIG
    )
    known = compare_optimizers(Results(load(whole)))
    known = known[known["cost"] == "forward_equivalents"].reset_index(drop=True)
    ours = verdict.comparison[known.columns]
    assert ours.astype(str).equals(known.astype(str))


def test_wins_and_losses_say_by_how_much(field, tmp_path):
    mixed = verdict_on(field, tmp_path / "a", FAST)
    assert len(mixed.wins) == len(COURSES)
    row = mixed.wins.iloc[0]
    assert row["ratio"] == row["cost"] / row["least"] < 1
    assert row["rival"] == "swift"
    assert row["place"] == 1
    slow = verdict_on(field, tmp_path / "b", versions("slow", 0.85))
    assert slow.wins.empty
    last = slow.losses.iloc[0]
    assert last["ratio"] == pytest.approx(last["cost"] / last["least"])
    assert last["place"] == 4  # behind swift, swift untuned and steady
    assert "swift" in paragraph(slow)


def test_one_target_is_one(tmp_path):
    one = COURSES[:1]
    verdict = verdict_on(
        field_of(tmp_path / "f", FIELD, one), tmp_path / "r", FAST, one
    )
    assert "; it reaches 1 target, and the area" in paragraph(verdict)


def test_what_tuning_was_worth(field, tmp_path):
    worth = verdict_on(field, tmp_path, FAST).worth
    assert (worth.problems, worth.tuned) == (len(COURSES), len(COURSES))
    assert worth.untuned <= worth.tuned
    assert worth.better == len(COURSES)
    assert worth.worse == 0
    costs = verdict_on(field, tmp_path / "again", FAST).by_problem
    both = costs[np.isfinite(costs["untuned"])]
    middle = sorted(both["untuned"] / both["cost"])[(len(both) - 1) // 2]
    assert worth.factor == middle > 1


def test_an_untuned_optimizer_says_so(field, tmp_path):
    alone = replace(FAST[0], tuned=None, draw_seeds=())
    verdict = verdict_on(field, tmp_path, [alone])
    assert verdict.worth is None
    assert "was run untuned on" in paragraph(verdict)
    assert any("has no ranges" in line for line in sentences(verdict))


def test_where_it_cannot_run_has_the_reason(field, tmp_path):
    folder = tmp_path / "run"
    write_run(folder, COURSES, FAST, SEEDS, priced=False, config=CONFIG)
    for racer in FAST:
        for seed in range(SEEDS):
            key = key_of(COURSES[0], racer, seed)
            gone = {"targets": [], "steps_to_target": None, "target_loss": None}
            change(folder, key, end="skipped", reason="needs | two layers", **gone)
    verdict = Verdict(Joined(load_field(field), load(folder), "fast", {}))
    assert list(verdict.joined.not_run) == [("bowl", "skipped: needs | two layers")]
    assert "bowl" not in set(verdict.by_problem["problem"])
    (whole, _) = verdict.places
    assert whole.row["problems"] == 3
    assert "needs \\| two layers" in contents(verdict)["rank.md"]


def test_a_problem_that_has_changed_is_named_and_left_out(field, tmp_path):
    moved = [replace(COURSES[0], start=0.71), *COURSES[1:]]
    verdict = verdict_on(field, tmp_path / "a", FAST, moved)
    ((problem, why),) = verdict.joined.left_out.items()
    assert problem == "bowl"
    assert why.startswith("the loss at the start of seed 0 is not")
    assert "bowl" not in set(verdict.joined.costs["problem"])
    assert f"Left out of the comparison: bowl ({why})." in sentences(verdict)
    harder = [COURSES[0], replace(COURSES[1], target=1e-4), *COURSES[2:]]
    left_out = verdict_on(field, tmp_path / "b", FAST, harder).joined.left_out
    assert left_out == {"valley": "its targets are not those of the field"}
    left_out = verdict_on(field, tmp_path / "c", FAST, COURSES[:-1]).joined.left_out
    assert left_out == {"haze": "not among the problems of this run"}


def test_a_field_without_batches_is_one_part(tmp_path):
    whole = field_of(tmp_path / "f", courses=COURSES[:2])
    verdict = verdict_on(whole, tmp_path / "own", TWIN, COURSES[:2])
    (place,) = verdict.places
    assert (place.part, place.row["rank"], place.row["problems"]) == ("", 1, 2)


def test_a_problem_without_prices_in_the_field_is_named(tmp_path):
    folder = write_run(tmp_path / "f", COURSES, FIELD, SEEDS, config=CONFIG)
    prices = pd.read_csv(folder / "prices.csv")
    prices[prices["problem"] != "ridge"].to_csv(folder / "prices.csv", index=False)
    write(folder)
    left_out = verdict_on(folder, tmp_path / "own", FAST).joined.left_out
    assert left_out == {"ridge": "calls have no price in the field"}


def test_rivals_that_ran_here_are_compared_by_time_and_with_their_kept_calls(
    field, tmp_path
):
    slower = [replace(racer, step_seconds=3e-5) for racer in FIELD[:2]]
    verdict = verdict_on(field, tmp_path, [*FAST, *slower])
    assert set(verdict.timed) == {"all examples", "batches"}
    table = verdict.timed["batches"]
    assert table.optimizers == ("fast", "fast, untuned", "swift", "swift, untuned")
    ratios = {(part, rival): ratio for part, rival, ratio, _ in verdict.time_ratios}
    assert ratios.keys() == {("all examples", "swift"), ("batches", "swift")}
    assert all(0 < ratio < 0.4 for ratio in ratios.values())
    (agreed,) = verdict.joined.agreements
    assert agreed == ("swift", 2 * SEEDS * len(COURSES), 2 * SEEDS * len(COURSES))
    assert np.isnan(verdict.joined.costs["seconds"]).all()  # of another machine
    rounded = [replace(course, target=course.target * (1 + 1e-6)) for course in COURSES]
    ran = [*FAST, *slower]
    (again,) = verdict_on(field, tmp_path / "c", ran, rounded).joined.agreements
    assert again == agreed
    other = [FAST[0], *(replace(r, calls={"gradient": 2}) for r in FIELD[:1])]
    (agreed,) = verdict_on(field, tmp_path / "b", other).joined.agreements
    assert agreed.equal == 0


def test_the_files_are_the_same_each_time_and_labels_are_text(field, tmp_path):
    hostile = versions("<b>&100%_$x|", 0.2)
    verdict = verdict_on(field, tmp_path, hostile)
    first, again = contents(verdict), contents(verdict)
    assert first == again
    assert set(first) == {"rank.md", "rank.tex", "profile.pdf"}
    assert b"CreationDate" not in first["profile.pdf"]
    assert r"\textless{}b\textgreater{}\&100\%\_\$x\textbar{}" in first["rank.tex"]
    assert "\\<b>" in first["rank.md"]
    row = next(x for x in first["rank.tex"].splitlines() if r"\textbf" in x)
    assert row.count("&") - row.count(r"\&") == 7


def test_the_newcomer_is_marked_in_every_table(field, tmp_path):
    text = contents(verdict_on(field, tmp_path, FAST))["rank.md"]
    tables = [part for part in text.split("\n## ")[1:] if part.startswith("Comparison")]
    assert len(tables) == 2
    assert all("| → fast " in table for table in tables)


def test_the_newcomer_alone_is_bold_in_every_table_for_latex(field, tmp_path):
    text = contents(verdict_on(field, tmp_path, FAST))["rank.tex"]
    floats = environments(text)
    labels = [argument(one.text, "label") for one in floats]
    assert labels == [
        *(f"tab:rank-forward_equivalents_{part}" for part in PARTS),
        *(f"tab:rank-problems_{part}" for part in PARTS),
    ]
    for one in floats[:2]:
        bold = [row for row in rows(one)[1:] if r"\textbf" in "".join(row)]
        assert [row[0] for row in bold] == [r"\textbf{\boldmath fast}"]
        assert all(cell.startswith(r"\textbf") for cell in bold[0])
        assert "bold:" not in one.text
