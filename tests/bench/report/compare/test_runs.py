"""Two runs compared: what is said to be worse, and when nothing is."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from bench.cli import main
from bench.config.plan import Plan
from bench.config.read import checked
from bench.measurement.runtime import SpecTrial
from bench.report.compare import compare_runs
from bench.report.compare.formats import markdown_text
from bench.store import folder as run_folder
from bench.store import trials
from bench.store.environment import Device
from bench.store.folder import PRICE_COLUMNS
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

MADE = {
    "versions": {"python": "3.11.7", "jax": "0.10.2", "git": "aaa"},
    "device": {"platform": "cpu", "kind": "cpu"},
    "machine": {"processor": "old", "processors": 2},
    "config": {"budget": {"steps": 400}, "optimizers": [{"name": "fast"}]},
}
BOWL, VALLEY = Course("bowl"), Course("valley", target=None, steps=120)
FAST = Racer("fast", 0.9, calls={"gradient": 1, "forward": 3})
SLOW = Racer("slow", 0.99, settings={"learning_rate": 0.1})
ASKS_ONCE_MORE = replace(FAST, calls={"gradient": 1, "forward": 4})
CELL = ("bowl", "fast")


def write(folder, courses=(BOWL, VALLEY), racers=(FAST, SLOW), rounds=3, **made):
    """Write a run folder of two seeds."""
    given = {"seeds": 2, "rounds": rounds, "priced": False}
    return write_run(folder, courses, racers, **given, **(MADE | made))


@pytest.fixture
def a(tmp_path):
    return write(tmp_path / "a")


@pytest.fixture
def second(tmp_path):
    return lambda **different: write(tmp_path / "b", **different)


def rows(text, title):
    """Return a table's rows as lists of cells."""
    table = text.partition(f"## {title}\n\n")[2].partition("\n\n")[0]
    lines = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return [[cell.strip() for cell in line] for line in lines if len(line) > 1]


def verdicts(text):
    return [row[-1] for row in rows(text, "Seconds of the same work")]


def test_a_run_is_the_same_as_itself(a, capsys):
    assert main(["compare", str(a), str(a), "--format", "markdown"]) == 0
    out, err = capsys.readouterr()
    assert verdicts(out) == ["same"] * 4
    assert "- the same: 8 of 8 pairs of trials\n" in out
    assert "- settings, machine and versions are the same\n" in out
    assert err == ""


def test_one_call_more_is_found(a, second, capsys):
    b = second(racers=(ASKS_ONCE_MORE, SLOW))
    assert main(["compare", str(a), str(b), "--format", "markdown"]) == 1
    table = rows(capsys.readouterr().out, "Calls, losses and ends")
    assert [row[:4] for row in table] == [
        ["bowl", "fast", "worse", "2 of 2"],
        ["valley", "fast", "worse", "2 of 2"],
    ]
    assert table[1][4] == "forward 360 → 480"
    assert not compare_runs(b, a).worse


def test_calls_of_other_kinds_are_weighed_by_their_prices(a, second):
    other = {"gradient": 2, "forward": 1}
    b = second(racers=(replace(FAST, calls=other), SLOW))

    def verdict(price):
        calls = [("bowl", "forward", 1.0, 1.0), ("bowl", "gradient", 1.0, price)]
        columns = ["problem", "call", "seconds", "ratio_to_forward"]
        prices = pd.DataFrame(calls, columns=columns).reindex(columns=PRICE_COLUMNS)
        prices.to_csv(a / "prices.csv", index=False)
        return rows(markdown_text(compare_runs(a, b)), "Calls, losses and ends")[0][2]

    assert [verdict(price) for price in (1.9, 2.1)] == ["better", "worse"]


def test_a_slower_cell_is_found_and_what_all_share_is_the_machines(a, second):
    b = second(racers=[replace(r, step_seconds=1.3e-5) for r in (FAST, SLOW)])
    run = load(b)
    for record in run.records:
        slower = 1.2 if (record.spec.problem_label, record.spec.label) == CELL else 1.0
        trace = run.trace(record.key)
        rows_of = trace.assign(seconds=slower * trace["seconds"]).to_dict("records")
        trials.write_trial(b, record, rows_of)
    report = compare_runs(a, b)
    text = markdown_text(report)
    assert report.worse
    assert verdicts(text) == ["worse", "same", "same", "same"]
    assert rows(text, "Seconds of the same work")[0][4] == "1.200"
    assert "the machine: B over A 1.300," in text
    assert rows(text, "Calls, losses and ends") == []


def test_trials_that_ended_by_the_clock_are_compared_at_a_step_they_share(a, second):
    b = second(courses=(BOWL, replace(VALLEY, steps=80)))
    report = compare_runs(a, b)
    assert not report.worse
    assert rows(markdown_text(report), "Calls, losses and ends") == []
    row = rows(markdown_text(report), "Seconds of the same work")[2]
    assert row[:4] == ["valley", "fast", "816 µs", "816 µs"]


def test_seconds_are_those_to_a_target_that_both_reach(a, second):
    """Half as many steps, each twice as long: dearer only where none is to reach."""
    b = second(racers=(replace(FAST, rate=0.9**2, step_seconds=2e-5), SLOW))
    table = rows(markdown_text(compare_runs(a, b)), "Seconds of the same work")
    assert [float(row[4]) for row in table] == pytest.approx([1, 1, 2, 1], abs=0.02)


def test_a_worse_end_and_a_worse_loss_are_found(a, second):
    b = second(racers=(FAST, replace(SLOW, rate=0.995)))
    table = rows(markdown_text(compare_runs(a, b)), "Calls, losses and ends")
    assert [row[1:4] for row in table] == [["slow", "worse", "2 of 2"]] * 2
    assert table[1][4].startswith("loss 0.")
    key = key_of(BOWL, FAST, 0)
    change(b, key, end="diverged", steps_to_target=None)
    row = rows(markdown_text(compare_runs(a, b)), "Calls, losses and ends")[0]
    assert row[1:] == ["fast", "worse", "1 of 2", "end target → diverged"]
    assert (
        rows(markdown_text(compare_runs(b, a)), "Calls, losses and ends")[0][2]
        == "better"
    )


def test_rounding_is_no_difference_between_machines_and_is_one_on_the_same(a, second):
    b = second(courses=(BOWL, replace(VALLEY, start=0.7 * (1 + 1e-7))))
    strict = rows(markdown_text(compare_runs(a, b)), "Calls, losses and ends")
    assert [row[:3] for row in strict] == [
        ["valley", "fast", "changed"],
        ["valley", "slow", "changed"],
    ]
    write_plan(b, plan(b), **(MADE | {"machine": {"processor": "new"}}))
    report = compare_runs(a, b)
    assert rows(markdown_text(report), "Calls, losses and ends") == []
    assert 'machine.processor: "old" → "new"' in markdown_text(report)
    assert "losses within 0.00035 of their size or 6e-07 in float32" in markdown_text(
        report
    )
    assert not report.worse


def test_another_commit_is_held_to_every_bit(a, second):
    b = second(versions=MADE["versions"] | {"git": "bbb"})
    text = markdown_text(compare_runs(a, b))
    assert '- versions.git: "aaa" → "bbb"\n' in text
    assert "same means bit for bit" in text


def test_what_changed_in_settings_stands_above(a, second):
    config = {"budget": {"steps": 300}, "optimizers": [{"name": "x"}, {"name": "fast"}]}
    b = second(config=config, racers=(FAST, replace(SLOW, label="new")))
    head = markdown_text(compare_runs(a, b)).partition("##")[0]
    assert head.splitlines()[4:] == [
        "- setting budget.steps: 400 → 300",
        '- setting optimizers.x.name: not set → "x"',
        "- only in A: slow on bowl",
        "- only in A: slow on valley",
        "- only in B: new on bowl",
        "- only in B: new on valley",
        "",
    ]


def test_changed_settings_are_matched_by_label(a, second):
    b = second(racers=(FAST, replace(SLOW, settings={"learning_rate": 0.2})))
    assert len(verdicts(markdown_text(compare_runs(a, b)))) == 4


def test_too_little_to_tell_is_undecided(a, second, tmp_path):
    few = [write(tmp_path / x, courses=(BOWL,)) for x in "cd"]
    assert verdicts(markdown_text(compare_runs(*few))) == ["undecided"] * 2
    once = [write(tmp_path / x, rounds=1) for x in "ef"]
    assert verdicts(markdown_text(compare_runs(*once))) == ["undecided"] * 4
    assert "one round in each run" in markdown_text(compare_runs(*once))
    noisy = second()
    for turn in (0, 2):
        remove(noisy, key_of(VALLEY, SLOW, 0, turn))
    assert "planned trials missing in B: 2" in markdown_text(compare_runs(a, noisy))


def test_a_damaged_or_missing_run_is_one_line(a, tmp_path, capsys):
    torn = tmp_path / "torn"
    shutil.copytree(a, torn)
    trace = next((torn / "trials").glob("*.csv"))
    trace.write_text(trace.read_text()[:-20])
    for other in (torn, tmp_path / "none", a / "run.json"):
        assert main(["compare", str(a), str(other)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert str(other) in err


CONFIG = """
name = "two"
seeds = 2
rounds = 2
[budget]
steps = 5
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0]
[[optimizers]]
name = "{}:walks"
label = "mine"
[[optimizers]]
name = "newton"
"""
WALKS = """
import jax, optax

def walks(learning_rate=0.01):
    def update(gradient, state, params=None, *, value_fn, **needs_no_more):
        step = jax.tree.map(lambda g: -learning_rate * g, gradient)
        for _ in range(LOOKS):
            value_fn(optax.apply_updates(params, step))
        return step, state
    return optax.GradientTransformationExtraArgs(lambda params: (), update)
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory, runtime):
    """Run a config twice as it is, and once with an optimizer that looks once more."""
    desk, device = tmp_path_factory.mktemp("measured"), Device("cpu", "cpu")
    for name, looks in (("a", 1), ("b", 1), ("c", 2)):
        file = desk / f"{looks}.py"
        file.write_text(WALKS.replace("LOOKS", str(looks)))
        config = checked(CONFIG.format(file))
        specs = Plan(config, "cpu").specs()
        run_folder.prepare(desk / name)
        described = run_folder.describe(config, specs, device)
        run_folder.write(desk / name, described)
        for spec in specs:
            trials.write_trial(desk / name, *SpecTrial(runtime, spec).run())
    return desk


def test_a_run_that_is_measured_again_is_the_same_bit_for_bit(measured):
    text = markdown_text(compare_runs(measured / "a", measured / "b"))
    assert "- settings, machine and versions are the same\n" in text
    assert "- the same: 4 of 4 pairs of trials\n" in text
    assert len(verdicts(text)) == 2


def test_one_call_more_a_step_is_found_in_what_was_measured(measured):
    report = compare_runs(measured / "a", measured / "c")
    assert report.worse
    (row,) = rows(markdown_text(report), "Calls, losses and ends")
    assert row == ["quadratic", "mine", "worse", "2 of 2", "forward 5 → 10"]


def test_a_run_without_finished_trials_is_not_compared(a, second, capsys):
    b = second()
    for path in (b / "trials").iterdir():
        path.unlink()
    assert main(["compare", str(a), str(b)]) == 2
    assert capsys.readouterr().err == f"{b}: no finished trials to compare\n"
