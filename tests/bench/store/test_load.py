"""A run folder is read back as it was written, or what is wrong is one line."""

import hashlib
import json

import pytest

from bench.cli import main
from bench.core.errors import RunError, RunMissing
from bench.core.readings import READINGS
from bench.store.run import load
from bench.store.trials import COLUMNS

from ..synthetic_run import Course, Racer, remove, spec_of, write_plan, write_run

BOWL, SGD = Course(steps=50), Racer("sgd", 0.9)


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path, [BOWL], [SGD], seeds=2)


def change(path, **values):
    """Replace values of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_what_was_planned_comes_back_in_its_order(folder):
    run = load(folder)
    assert run.planned == [spec_of(BOWL, SGD, seed) for seed in (0, 1)]
    assert [record.spec for record in run.records] == run.planned


def test_a_run_is_shown_in_three_lines(folder):
    run = load(folder)
    assert repr(run) == (
        f'run "synthetic" in {folder}\n'
        "2 of 2 trials, problems 1, optimizers 1: 2 budget\n"
        "on python 3.11; prices of calls: yes; tuned: 0"
    )
    remove(folder, run.planned[0].key)
    assert "\n1 of 2 trials, " in repr(load(folder))


def test_trials_that_the_last_plan_does_not_have_are_known(folder):
    planned = load(folder).planned
    assert load(folder).left_out == []
    write_plan(folder, planned[:1])
    assert load(folder).left_out == planned[1:]


def test_traces_are_exactly_what_the_files_hold(folder):
    run = load(folder)
    assert len(run.trials) == 2
    assert {"readings.gradient", "problem.settings.rows"} <= set(run.trials)
    assert tuple(run.traces)[5:] == COLUMNS
    for key, rows in run.traces.groupby("key"):
        lines = (folder / "trials" / f"{key}.csv").read_text().splitlines()[1:]
        assert rows["loss"].tolist() == [float(s.split(",")[3]) for s in lines]
        assert rows["gradient"].tolist() == [int(s.split(",")[9]) for s in lines]


def test_a_kind_of_call_younger_than_a_trace_was_not_called(folder, monkeypatch):
    before = load(folder).traces
    more = (*COLUMNS, "look")
    monkeypatch.setattr("bench.store.tables.READINGS", (*READINGS, "look"))
    monkeypatch.setattr("bench.store.trials.COLUMNS", more)
    after = load(folder).traces
    assert tuple(after)[5:] == more
    assert (after["look"] == 0).all()
    assert after["loss"].equals(before["loss"])
    monkeypatch.setattr("bench.store.trials.COLUMNS", (*more, "colour"))
    with pytest.raises(RunError, match=r"\.csv: no column 'colour'"):
        print(load(folder).traces)


def test_a_trace_that_was_altered_is_named(folder):
    path = sorted((folder / "trials").glob("*.csv"))[0]
    path.write_text(path.read_text().replace("0", "1", 1))
    with pytest.raises(RunError, match=f"{path.name}: its sha256"):
        load(folder)


def test_a_record_that_is_not_json_is_named(folder):
    path = sorted((folder / "trials").glob("*.json"))[0]
    path.write_text("{")
    with pytest.raises(RunError, match=f"{path.name}: not JSON"):
        load(folder)


@pytest.mark.parametrize("name", ["problem", "optimizer", "end"])
def test_a_record_without_what_is_needed_is_named(folder, name):
    path = sorted((folder / "trials").glob("*.json"))[0]
    record = json.loads(path.read_text())
    del record[name]
    path.write_text(json.dumps(record))
    with pytest.raises(RunError, match=f"{path.name}: no '{name}'"):
        load(folder)


@pytest.mark.parametrize("key", ["", "another"])
def test_a_record_of_another_trial_is_named(folder, key):
    path = sorted((folder / "trials").glob("*.json"))[0]
    change(path, key=key)
    with pytest.raises(RunError, match=f"{path.name}: holds the trial '{key}'"):
        load(folder)


WRONG = {
    ("label", 3): "'label' is 3",
    ("seed", "0"): "'seed' is '0'",
    ("problem", "bowl"): "'problem' is 'bowl'",
    ("steps", 1.5): "'steps' is 1.5",
    ("end", None): "'end' is None",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_record_with_a_value_of_another_type_is_named(folder, wrong):
    name, value = wrong
    path = sorted((folder / "trials").glob("*.json"))[0]
    change(path, **{name: value})
    with pytest.raises(RunError, match=f"{path.name}: {WRONG[wrong]}$"):
        load(folder)


def test_a_value_inside_a_table_is_named_with_its_place(folder):
    path = sorted((folder / "trials").glob("*.json"))[0]
    change(path, problem={"name": 1})
    with pytest.raises(RunError, match=f"{path.name}: 'problem.name' is 1$"):
        load(folder)


@pytest.mark.parametrize("planned", ["all", [1, 2], {"a": 1}, [{"spec": {}}]])
def test_what_is_no_plan_is_named(folder, planned):
    change(folder / "run.json", planned=planned)
    with pytest.raises(RunError, match=r"run\.json: 'planned' is not a list of trials"):
        load(folder)


def test_a_planned_trial_with_a_wrong_value_is_named(folder):
    path = folder / "run.json"
    (group,) = json.loads(path.read_text())["planned"]
    group["trials"][1][2] = "one"
    change(path, planned=[group])
    with pytest.raises(RunError, match=r"run\.json: 'planned\.1\.seed' is 'one'"):
        load(folder)


@pytest.mark.parametrize("name", ["name", "config", "planned"])
def test_a_run_json_without_what_is_needed_is_named(folder, name):
    path = folder / "run.json"
    plain = json.loads(path.read_text())
    del plain[name]
    path.write_text(json.dumps(plain))
    with pytest.raises(RunError, match=rf"run\.json: no '{name}'"):
        load(folder)


def test_a_missing_trace_is_named(folder):
    path = sorted((folder / "trials").glob("*.csv"))[0]
    path.unlink()
    with pytest.raises(RunMissing, match=path.name):
        load(folder)


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(RunMissing, match="nowhere: not a run folder") as caught:
        load(tmp_path / "nowhere")
    assert "\n" not in str(caught.value)


def test_a_folder_without_run_json_is_one_line(folder):
    (folder / "run.json").unlink()
    with pytest.raises(RunMissing, match=r"it has no run\.json"):
        load(folder)


def test_a_skipped_trial_needs_no_trace(folder):
    path = sorted((folder / "trials").glob("*.json"))[0]
    change(path, end="skipped", csv_sha256=None)
    path.with_suffix(".csv").unlink()
    run = load(folder)
    assert len(run.trials) == 2
    assert set(run.traces["seed"]) == {1}


def test_a_failed_trial_may_have_a_trace_without_rows(folder):
    path = sorted((folder / "trials").glob("*.json"))[0]
    header = path.with_suffix(".csv").read_text().splitlines(keepends=True)[0]
    path.with_suffix(".csv").write_text(header)
    digest = hashlib.sha256(header.encode()).hexdigest()
    change(path, end="failed", reason="its update raises", csv_sha256=digest)
    assert set(load(folder).traces["seed"]) == {1}
    assert main(["plot", str(folder)]) == main(["table", str(folder)]) == 0


def test_nothing_priced_is_none(folder):
    prices = load(folder).prices
    assert prices is not None
    assert len(prices) == 5
    (folder / "prices.csv").unlink()
    assert load(folder).prices is None


@pytest.mark.parametrize("verb", ["table", "report", "plot"])
def test_a_price_that_is_no_number_is_named_by_every_verb(folder, verb, capsys):
    path = folder / "prices.csv"
    head, first, *rest = path.read_text().splitlines()
    wrong = first.replace(",", ",x", 2).replace(",x", ",", 1)
    path.write_text("\n".join([head, wrong, *rest]))
    assert main([verb, str(folder)]) == 2
    cell = wrong.split(",")[2]
    words = f"row 2, column 'seconds': '{cell}' is no number"
    assert capsys.readouterr().err == f"{path}: {words}\n"
    with pytest.raises(RunError, match="is no number"):
        load(folder)


def test_a_second_of_an_update_that_is_no_number_is_named(folder, capsys):
    path = folder / "updates.csv"
    path.write_text("problem,optimizer,seconds\nbowl,sgd,1e-6\nbowl,adam,soon\n")
    assert main(["table", str(folder)]) == 2
    words = "row 3, column 'seconds': 'soon' is no number"
    assert capsys.readouterr().err == f"{path}: {words}\n"


@pytest.mark.parametrize("text", ['{"bowl": ', "[]"])
def test_landscapes_that_cannot_be_read_are_named_once(folder, text, capsys):
    path = folder / "landscapes.json"
    path.write_text(text)
    assert main(["plot", str(folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cannot read {path}: ")
    assert line.count(path.name) == 1
