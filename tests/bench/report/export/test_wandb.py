"""What is in the offline runs of Weights & Biases that an export leaves."""

import json

import pytest

from bench.report.export import export
from bench.report.export.trials import exported

pytest.importorskip("wandb")
pytestmark = pytest.mark.filterwarnings("ignore")


def records(path):
    """Return the records of an offline run, by wandb's own reader."""
    from wandb.proto.wandb_internal_pb2 import Record
    from wandb.sdk.internal.datastore import DataStore

    store = DataStore()
    store.open_for_scan(str(path))
    found = []
    while (data := store.scan_data()) is not None:
        found.append(Record.FromString(data))
    return found


def test_every_trial_is_an_offline_run(run, tmp_path):
    assert export(run, "wandb", tmp_path) == 4
    files = sorted(tmp_path.glob("wandb/offline-run-*/*.wandb"))
    runs = {}
    for path in files:
        read = records(path)
        (name,) = {r.run.display_name for r in read if r.run.display_name}
        runs[name] = read
    trials = {trial.name: trial for trial in exported(run)}
    assert set(runs) == set(trials)
    read = runs["bowl/adam/seed_0"]
    config = {
        one.key: json.loads(one.value_json)
        for record in read
        for one in record.run.config.update
    }
    assert config["learning_rate"] == 0.1
    rows = [
        {
            item.key or "/".join(item.nested_key): json.loads(item.value_json)
            for item in record.history.item
        }
        for record in read
        if record.history.item
    ]
    trace = run.trace(trials["bowl/adam/seed_0"].key)
    for column in ("loss", "seconds"):
        assert [row[column] for row in rows] == trace[column].tolist()
    assert [row["_step"] for row in rows] == trace["step"].tolist()
