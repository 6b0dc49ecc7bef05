import json

import pytest

from bench.store.run import COLUMNS, RunError, RunMissing, load

from ..synthetic_run import Course, Racer, write_run


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path, [Course(steps=50)], [Racer("sgd", 0.9)], seeds=2)


def test_traces_are_exactly_what_the_files_hold(folder):
    run = load(folder)
    assert len(run.trials) == 2
    assert {"readings.gradient", "problem.settings.rows"} <= set(run.trials)
    assert tuple(run.traces)[5:] == COLUMNS
    for key, rows in run.traces.groupby("key"):
        lines = (folder / "trials" / f"{key}.csv").read_text().splitlines()[1:]
        assert rows["loss"].tolist() == [float(s.split(",")[3]) for s in lines]
        assert rows["gradient"].tolist() == [int(s.split(",")[9]) for s in lines]


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


@pytest.mark.parametrize("name", ["key", "problem", "optimizer", "end"])
def test_a_record_without_what_is_needed_is_named(folder, name):
    path = sorted((folder / "trials").glob("*.json"))[0]
    record = json.loads(path.read_text())
    del record[name]
    path.write_text(json.dumps(record))
    with pytest.raises(RunError, match=f"{path.name}: no '{name}'"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "wrong"), [("label", 3), ("seed", "0"), ("problem", {"name": 1})]
)
def test_a_record_with_a_value_of_another_type_is_named(folder, name, wrong):
    path = sorted((folder / "trials").glob("*.json"))[0]
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: wrong}))
    with pytest.raises(RunError, match=f"{path.name}: '{name}'"):
        load(folder)


@pytest.mark.parametrize("keys", ["all", [1, 2], {"a": 1}])
def test_planned_trials_that_are_no_keys_are_named(folder, keys):
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"trials": keys}))
    with pytest.raises(RunError, match=r"run\.json: 'trials'"):
        load(folder)


def test_a_missing_trace_is_named(folder):
    path = sorted((folder / "trials").glob("*.csv"))[0]
    path.unlink()
    with pytest.raises(RunMissing, match=path.name):
        load(folder)


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(RunMissing, match="nowhere: no such run folder") as caught:
        load(tmp_path / "nowhere")
    assert "\n" not in str(caught.value)


def test_a_folder_without_run_json_is_one_line(folder):
    (folder / "run.json").unlink()
    with pytest.raises(RunMissing, match=r"run\.json: no such file"):
        load(folder)


def test_a_skipped_trial_needs_no_trace(folder):
    path = sorted((folder / "trials").glob("*.json"))[0]
    record = json.loads(path.read_text()) | {"end": "skipped", "csv_sha256": None}
    path.write_text(json.dumps(record))
    path.with_suffix(".csv").unlink()
    run = load(folder)
    assert len(run.trials) == 2
    assert set(run.traces["seed"]) == {1}


def test_nothing_priced_is_none(folder):
    prices = load(folder).prices
    assert prices is not None
    assert len(prices) == 5
    (folder / "prices.csv").unlink()
    assert load(folder).prices is None
