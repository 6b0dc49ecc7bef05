"""Seconds predicted from calls and updates, beside those measured."""

from dataclasses import replace
from math import isnan

import pytest

from bench.core.errors import RunError
from bench.core.spec import Named
from bench.report.groups import Results
from bench.report.prices import predict, update_identity, write_updates
from bench.store.run import load

from ..synthetic_run import FORWARD_SECONDS, RATIOS, write_run
from .races import BOWLS, FEW, MANY, RACERS


def timed(results, optimizer, seconds, **calls):
    """Return the row of an optimizer's update, timed on the device of the trials."""
    group = next(g for g in results.groups if g.optimizer == optimizer)
    made = {"identity": update_identity(group.spec, group.records[0].device)}
    labels = {"problem": group.problem, "optimizer": optimizer}
    return labels | made | {"seconds": seconds} | calls


def test_seconds_are_calls_and_updates_and_a_rest(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS, RACERS, seeds=3)))
    write_updates(
        tmp_path,
        [
            timed(results, "many", 3e-6),
            # 8 forward passes at 2 µs each are in it
            timed(results, "few", 20e-6, forward=8),
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
    write_updates(tmp_path, [timed(results, "many", 1e-6, hessian=1)])
    assert isnan(predict(results)["update"].iloc[0])


def test_updates_that_were_known_before_stay(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS[:1], [FEW, MANY], seeds=1)))
    for optimizer, seconds in (("few", 1e-6), ("many", 2e-6), ("few", 20e-6)):
        write_updates(tmp_path, [timed(results, optimizer, seconds)])
    rows = predict(results).set_index("optimizer")
    each = (rows["update"] / rows["steps"]).to_dict()
    assert each == pytest.approx({"few": 20e-6, "many": 2e-6})


CHANGED = {
    "the problem's fingerprint": {"problem": {"fingerprint": "f"}},
    "the optimizer's fingerprint": {"optimizer": {"fingerprint": "f"}},
    "a whole setting": {"optimizer": {"settings": {"steps": 3}}},
    "the dtype": {"dtype": "float64"},
    "the device": {},
}


@pytest.mark.parametrize("what", CHANGED)
def test_updates_of_something_else_are_not_used(tmp_path, what):
    results = Results(load(write_run(tmp_path, BOWLS[:1], [FEW], seeds=1)))
    spec = results.groups[0].spec
    for name, value in CHANGED[what].items():
        old = getattr(spec, name)
        new = replace(old, **value) if isinstance(value, dict) else value
        spec = replace(spec, **{name: new})
    device = "an abacus" if what == "the device" else results.run.records[0].device
    row = timed(results, "few", 1e-6)
    write_updates(tmp_path, [row | {"identity": update_identity(spec, device)}])
    assert isnan(predict(results)["update"].iloc[0])
    write_updates(tmp_path, [row])
    assert predict(results)["update"].iloc[0] > 0


def test_another_learning_rate_takes_the_same_time(tmp_path):
    results = Results(load(write_run(tmp_path, BOWLS[:1], [FEW], seeds=1)))
    spec = results.groups[0].spec
    rates = [Named("few", {"learning_rate": rate}) for rate in (0.1, 0.2)]
    one, other = (update_identity(replace(spec, optimizer=r), "cpu") for r in rates)
    assert one == other
