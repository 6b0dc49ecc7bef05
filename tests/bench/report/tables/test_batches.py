"""What a trial with batches costs, and in which unit a table says so."""

import pytest

from bench.core.spec import Batch
from bench.report.groups import Results
from bench.report.plots.scene import by_problem, scene
from bench.report.prices import break_even_prices, contests, predict
from bench.report.tables.summary import Tables
from bench.store.run import load

from ...synthetic_run import BATCH_RATIOS, RATIOS, Course, write_run
from ..races import FEW, MANY

WHOLE = Course("valley", target=1e-3)
SMALL, LARGE = (Course("valley", target=1e-3, batch=Batch(n)) for n in (8, 16))


@pytest.fixture(scope="module")
def batched(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("a"), [SMALL], [FEW, MANY], seeds=2)
    return Results(load(folder))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    courses = [WHOLE, SMALL, LARGE]
    folder = write_run(tmp_path_factory.mktemp("b"), courses, [FEW, MANY], seeds=2)
    return Results(load(folder))


def table_of(results, title):
    return next(t for t in Tables(results).all() if t.title.startswith(title))


def test_a_run_with_batches_shows_what_all_calls_cost_and_in_what(batched):
    table = table_of(batched, "valley")
    place = table.columns.index("forward-pass equivalents to target")
    summary = Tables(batched).summary.set_index("optimizer")
    own = summary.loc["few"]
    priced = own["steps_to_target"] * (8 + BATCH_RATIOS["gradient"])
    assert own["forward_equivalents_to_target"] == pytest.approx(priced)
    assert all(row[place] != "–" for row in table.rows)
    words = "one forward-pass equivalent: a pass over a batch of 8 examples"
    assert words in table.notes
    assert words in Tables(batched).short()
    costs = scene(batched, by_problem(batched)["valley"]).costs
    assert costs == ["seconds", "gradient", "forward_equivalents"]
    assert predict(batched)["calls"].gt(0).all()


def test_where_batches_differ_the_cost_of_all_calls_is_in_flops(mixed):
    table = table_of(mixed, "valley")
    assert "FLOPs to target" in table.columns
    assert not any("forward-pass equivalents" in name for name in table.columns)
    costs = scene(mixed, by_problem(mixed)["valley"]).costs
    assert costs == ["seconds", "gradient", "flops"]
    assert " FLOPs |" in Tables(mixed).short()


def test_prices_are_named_by_their_batch(mixed):
    names = [row[0] for row in table_of(mixed, "Prices").rows if row[0]]
    assert names == ["valley", "valley, batches of 8", "valley, batches of 16"]
    needs = table_of(mixed, "What a step needs")
    gradients = [row[needs.columns.index("FLOPs of gradient")] for row in needs.rows]
    assert set(gradients) == {"250 FLOP", "200 FLOP"}


def test_break_even_prices_are_of_trials_with_the_same_examples(mixed):
    found = {(one.problem, one.batch): one for one in contests(mixed)}
    assert list(found) == [("valley", None), ("valley", 8), ("valley", 16)]
    prices = [RATIOS["gradient"], *[BATCH_RATIOS["gradient"]] * 2]
    assert [one.price for one in found.values()] == prices
    assert len(break_even_prices(mixed)) == len(found)
    rows = table_of(mixed, "Break-even prices").rows
    assert [row[0] for row in rows] == [
        "valley",
        "valley, batches of 8",
        "valley, batches of 16",
    ]
