"""From a run folder to answers: what counts as never, as unknown, as left out."""

import json
from math import isnan

import numpy as np
import pandas as pd
import pytest

from bench.report.break_even import contests, prices_that_decide
from bench.report.comparison import compare, fields, success
from bench.report.predicted import COLUMNS, predict, write_updates
from bench.report.tables import findings as findings_tables
from bench.report.tables import write as tables
from bench.report.tables.write import findings
from bench.store.run import RunError, load

from ..synthetic_run import RATIOS, Course, Racer, key_of, write_run

BOWLS = [Course("bowl", steps=100), Course("valley", optimum=None, target=1e-3)]
FEW = Racer("few", 0.5, calls={"forward": 8, "gradient": 1})
MANY = Racer("many", 0.8)
SLOW = Racer("slow", 0.999)
NEWTON = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})
RACERS = [FEW, MANY, SLOW, NEWTON]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("run"), BOWLS, RACERS, seeds=7)
    skip(folder, BOWLS[1], MANY)
    return load(folder)


def skip(folder, course, racer, seeds=7):
    for seed in range(seeds):
        path = folder / "trials" / f"{key_of(course, racer, seed)}.json"
        record = json.loads(path.read_text()) | {"end": "skipped"}
        path.write_text(json.dumps(record | {"steps_to_target": None}))


def test_never_is_inf_and_what_does_not_apply_or_has_no_price_is_not(run):
    known = fields(run)
    assert known["seconds"].problems == ("bowl", "valley")
    assert known["seconds"].optimizers == ("few", "many", "slow", "newton")
    seconds = known["seconds"].medians
    assert np.isinf(seconds[:, 2]).all()
    assert np.isnan(seconds).tolist() == [[False] * 4, [False, True, False, False]]
    priced = known["forward_equivalents"].medians
    assert np.isnan(priced[:, 3]).all()  # RATIOS has no Hessian
    trials = run.trials.query("label == 'few' and problem_label == 'bowl'")
    steps = sorted(trials["steps_to_target"])[3]
    assert priced[0, 0] == pytest.approx(steps * (8 + RATIOS["gradient"]))


def test_seeds_that_never_arrived_do_not_stand_for_those_without_a_price(tmp_path):
    folder = write_run(tmp_path, BOWLS[:1], [FEW, MANY, NEWTON], seeds=3)
    for seed in (0, 1):
        path = folder / "trials" / f"{key_of(BOWLS[0], NEWTON, seed)}.json"
        record = json.loads(path.read_text()) | {"steps_to_target": None}
        path.write_text(json.dumps(record))
    known = fields(load(folder))
    assert np.isinf(known["seconds"].medians[0, 2])
    assert np.isnan(known["forward_equivalents"].medians[0, 2])


def test_the_comparison_says_how_many_problems_count(run):
    found = compare(run).query("cost == 'seconds' and dropped == ''")
    rows = found.set_index("optimizer")
    assert rows["problems"].tolist() == [2, 1, 2, 2]
    assert rows["solved"].tolist() == [1, 1, 0, 1]
    assert rows.loc["newton", "area"] == 1
    assert rows.loc["newton", "rank_1"] == 1
    assert rows.loc["slow", ["area", "rank"]].tolist() == [0, 4]
    left_out = compare(run).query("cost == 'seconds' and dropped == 'newton'")
    assert left_out.set_index("optimizer").loc["few", "area"] == 1


def test_success_compares_trials_and_problems(run):
    pairs = success(run).set_index(["optimizer", "rival"])
    both = pairs.loc[("few", "slow")]
    assert (both["only_optimizer"], both["only_rival"], both["trials"]) == (14, 0, 14)
    assert both["chance"] == pytest.approx(2 * 0.5**14)
    assert both["problems_chance"] == pytest.approx(2 * 0.5**2)
    assert pairs.loc[("many", "slow"), "trials"] == 7  # skipped on the other problem
    assert ("few", "many") not in pairs.index  # they do not differ


def test_the_price_that_decides_is_the_formulas(run):
    (found,) = prices_that_decide(run).to_dict("records")
    assert found["problem"] == "bowl"
    assert {found["optimizer"], found["rival"]} == {"few", "many"}
    at = run.trials.query("problem_label == 'bowl'").pivot(
        index="seed", columns="label", values="steps_to_target"
    )
    prices = sorted(8 * at["few"] / (at["many"] - at["few"]))
    assert found["price"] == pytest.approx(prices[3])
    assert (found["low"], found["high"]) == pytest.approx((prices[0], prices[-1]))
    assert (found["below"], found["above"]) == ("many", "few")
    assert found["measured"] == RATIOS["gradient"]
    assert found["here"] == ("many" if prices[3] > RATIOS["gradient"] else "few")


def test_a_contest_is_of_who_arrives_and_has_prices(run):
    (contest,) = contests(run)  # on the other problem there is one alone
    assert (contest.problem, set(contest.optimizers)) == ("bowl", {"few", "many"})
    expected = sorted(fields(run)["forward_equivalents"].medians[0, :2])
    assert contest.costs(RATIOS["gradient"]).tolist() == pytest.approx(expected)


def test_seconds_are_calls_and_updates_and_a_rest(run):
    write_updates(
        run.folder,
        [
            {"problem": "bowl", "optimizer": "many", "seconds": 3e-6},
            # 8 looks at 2 µs each are in it
            {"problem": "bowl", "optimizer": "few", "seconds": 20e-6, "forward": 8},
        ],
    )
    rows = predict(run).set_index(["problem", "optimizer", "seed"])
    many, few = rows.loc[("bowl", "many", 2)], rows.loc[("bowl", "few", 2)]
    assert many["calls"] == pytest.approx(many["steps"] * 2e-6 * RATIOS["gradient"])
    assert many["update"] == pytest.approx(many["steps"] * 3e-6)
    assert few["update"] == pytest.approx(few["steps"] * 4e-6)
    assert many["rest"] == pytest.approx(
        many["measured"] - many["calls"] - many["update"]
    )
    slow = rows.loc[("bowl", "slow", 2)]
    assert isnan(slow["update"])
    assert slow["rest"] == slow["measured"] - slow["calls"]
    assert isnan(rows.loc[("bowl", "newton", 2), "calls"])
    (run.folder / "updates.csv").write_text("problem,optimizer\n")
    with pytest.raises(RunError, match=r"updates\.csv: no column 'seconds'"):
        predict(run)
    (run.folder / "updates.csv").unlink()


def test_a_call_in_an_update_without_a_price_leaves_it_unknown(tmp_path):
    run = load(write_run(tmp_path, BOWLS[:1], [MANY], seeds=1))
    update = dict.fromkeys(COLUMNS, 0) | {"problem": "bowl", "optimizer": "many"}
    write_updates(run.folder, [update | {"hessian": 1}])
    assert isnan(predict(run)["update"].iloc[0])


def test_each_answer_is_a_file_and_a_table(run):
    text = tables.write(run.folder)
    for name, table in findings(run).items():
        read = pd.read_csv(run.folder / f"{name}.csv", keep_default_na=False)
        assert (list(read), len(read)) == (list(table), len(table))
    for title in (
        "Comparison by time to target",
        "Comparison by forward equivalents to target",
        "Who reaches the target",
        "Crossing prices",
        "Seconds, predicted",
    ):
        assert f"## {title}\n" in text
    assert "counted only where it applies and its cost is known: many" in text


def test_the_untuned_stand_in_the_row_of_the_tuned(tmp_path):
    twin, lone = Racer("few, untuned", 0.9, calls=FEW.calls), Racer("odd, untuned", 0.7)
    folder = write_run(tmp_path, BOWLS, [FEW, MANY, twin, lone], seeds=3)
    found = compare(load(folder))
    table = findings_tables.tables({"comparison": found})[0]
    rows = {row[0]: row for row in table.rows}
    assert rows.keys() == {"few", "many", "odd, untuned"}
    assert table.columns[-2:] == ("untuned", "area")
    whole = found.query("cost == 'seconds' and dropped == ''").set_index("optimizer")
    area = whole.loc["few, untuned", "area"]
    assert rows["few"][-2:] == ("1 of 2", f"{area:.3f}")
    assert rows["many"][-2:] == ("–", "–")
    assert set(found.query("dropped == 'few'")["optimizer"]) == {"many", "odd, untuned"}


def test_who_would_come_first_without_another_is_said():
    frame = pd.DataFrame(
        {
            "part": "",
            "cost": "seconds",
            "dropped": ["", "", "", "c", "c"],
            "optimizer": ["a", "b", "c", "b", "a"],
            "family": ["a", "b", "c", "b", "a"],
            "rank": [1, 2, 3, 1, 2],
            "area": [0.5, 0.43, 0.4, 0.8, 0.6],
            "problems": 2,
            "solved": 1.0,
            "rank_low": 1,
            "rank_high": 3,
            "rank_1": 0.5,
        }
    )
    (table,) = findings_tables.tables({"comparison": frame})
    assert "without c, b is before a" in table.notes


def test_a_run_without_a_target_has_nothing_to_compare(tmp_path):
    run = load(write_run(tmp_path, [Course(target=None)], [FEW, MANY], seeds=2))
    assert set(findings(run)) == {"predicted"}
    one = load(write_run(tmp_path / "one", BOWLS[:1], [FEW], seeds=2))
    assert set(findings(one)) == {"predicted"}


def test_an_answer_that_is_no_more_leaves_no_file(tmp_path):
    folder = write_run(tmp_path, BOWLS[:1], [FEW, MANY], seeds=2)
    tables.write(folder)
    assert (folder / "comparison.csv").exists()
    for path in (folder / "trials").glob("bowl-many*"):
        path.unlink()
    config = json.loads((folder / "run.json").read_text())
    config["trials"] = [key for key in config["trials"] if "many" not in key]
    (folder / "run.json").write_text(json.dumps(config))
    tables.write(folder)
    assert not (folder / "comparison.csv").exists()


def test_trials_on_batches_are_compared_apart(tmp_path):
    folder = write_run(tmp_path, BOWLS, [FEW, MANY], seeds=3)
    for racer in (FEW, MANY):
        for seed in range(3):
            path = folder / "trials" / f"{key_of(BOWLS[1], racer, seed)}.json"
            batch = {"size": 8, "replace": False, "stream": False}
            path.write_text(json.dumps(json.loads(path.read_text()) | {"batch": batch}))
    found = compare(load(folder)).query("cost == 'seconds' and dropped == ''")
    assert found.groupby("part")["problems"].max().to_dict() == {
        "all examples": 1,
        "batches": 1,
    }
    titles = [t.title for t in findings_tables.tables(findings(load(folder)))]
    assert "Comparison by time to target, batches" in titles
