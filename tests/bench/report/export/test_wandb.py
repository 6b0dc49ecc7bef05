"""What is in the offline runs of Weights & Biases that an export leaves."""

import json
import struct

import pytest

from bench.report.export import export
from bench.report.export.trials import exported

pytest.importorskip("wandb")
pytestmark = pytest.mark.filterwarnings("ignore")


BLOCK, HEAD, FILE_HEAD = 32768, 7, 7
FULL, FIRST, LAST = 1, 2, 4


def logged(content):
    """Yield the records of a file in LevelDB's format of logs."""
    at, whole = FILE_HEAD, b""
    while at + HEAD <= len(content):
        if BLOCK - at % BLOCK < HEAD:  # a head does not cross blocks
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = struct.unpack_from("<IHB", content, at)
        piece = content[at + HEAD : at + HEAD + length]
        whole = piece if kind in (FULL, FIRST) else whole + piece
        if kind in (FULL, LAST):
            yield whole
        at += HEAD + length


def records(path):
    """Return the records of an offline run."""
    from wandb.proto.wandb_internal_pb2 import Record

    content = path.read_bytes()
    assert content.startswith(b":W&B")
    return [Record.FromString(data) for data in logged(content)]


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
