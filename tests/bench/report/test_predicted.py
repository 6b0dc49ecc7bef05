"""Seconds predicted from calls and updates, beside those measured."""

from math import isnan

import pytest

from bench.core.errors import RunError
from bench.report.groups import Results
from bench.report.prices import COLUMNS, predict, write_updates
from bench.store.run import load

from ..synthetic_run import FORWARD_SECONDS, RATIOS, write_run
from .races import BOWLS, FEW, MANY, RACERS


def test_seconds_are_calls_and_updates_and_a_rest(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS, RACERS, seeds=3)))
    write_updates(
        tmp_path,
        [
            {"problem": "bowl", "optimizer": "many", "seconds": 3e-6},
            # 8 forward passes at 2 µs each are in it
            {"problem": "bowl", "optimizer": "few", "seconds": 20e-6, "forward": 8},
        ],
    )
    rows = predict(results).set_index(["problem", "optimizer", "seed"])
    many, few = rows.loc[("bowl", "many", 2)], rows.loc[("bowl", "few", 2)]
    gradient = FORWARD_SECONDS * RATIOS["gradient"]
    assert many["calls"] == pytest.approx(many["steps"] * gradient)
    assert many["update"] == pytest.approx(many["steps"] * 3e-6)
    assert few["update"] == pytest.approx(few["steps"] * 4e-6)
    assert many["rest"] == pytest.approx(
        many["measured"] - many["calls"] - many["update"]
    )
    slow = rows.loc[("bowl", "slow", 2)]
    assert isnan(slow["update"])
    assert slow["rest"] == slow["measured"] - slow["calls"]
    assert isnan(rows.loc[("bowl", "newton", 2), "calls"])


def test_updates_that_are_not_what_was_written_are_named(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS[:1], [FEW], seeds=1)))
    (tmp_path / "updates.csv").write_text("problem,optimizer\n")
    with pytest.raises(RunError, match=r"updates\.csv: no column 'seconds'"):
        predict(results)


def test_a_call_in_an_update_without_a_price_leaves_it_unknown(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS[:1], [MANY], seeds=1)))
    update = dict.fromkeys(COLUMNS, 0) | {"problem": "bowl", "optimizer": "many"}
    write_updates(tmp_path, [update | {"hessian": 1}])
    assert isnan(predict(results)["update"].iloc[0])


def test_updates_that_were_known_before_stay(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS[:1], [FEW, MANY], seeds=1)))
    for optimizer, seconds in (("few", 1e-6), ("many", 2e-6), ("few", 20e-6)):
        row = {"problem": "bowl", "optimizer": optimizer, "seconds": seconds}
        write_updates(tmp_path, [row])
    rows = predict(results).set_index("optimizer")
    each = (rows["update"] / rows["steps"]).to_dict()
    assert each == pytest.approx({"few": 20e-6, "many": 2e-6})
