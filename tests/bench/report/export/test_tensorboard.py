"""What TensorBoard's own reader finds in an exported run."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.cli import main
from bench.report.export import export
from bench.report.export.trials import exported

pytest.importorskip("tensorboard")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("tensorboard")
    assert export(run, "tensorboard", out) == 4
    return out


def multiplexer(folder):
    from tensorboard.backend.event_processing.plugin_event_multiplexer import (
        EventMultiplexer,
    )

    found = EventMultiplexer(tensor_size_guidance={"scalars": 0}).AddRunsFromDirectory(
        str(folder)
    )
    found.Reload()
    return found


def test_every_trace_is_there_against_steps_and_seconds(run, folder):
    found = multiplexer(folder)
    trials = exported(run)
    assert set(found.Runs()) == {trial.name for trial in trials}
    for trial in trials:
        events = found.Tensors(trial.name, "loss")
        trace = run.trace(trial.key)
        assert [event.step for event in events] == trace["step"].tolist()
        assert [event.wall_time for event in events] == trace["seconds"].tolist()
        read = [event.tensor_proto.float_val[0] for event in events]
        np.testing.assert_array_equal(read, trace["loss"].to_numpy(np.float32))
    (reached,) = found.Tensors("bowl/adam/seed_0", "seconds_to_target")
    assert reached.wall_time == run.trace(trials[0].key)["seconds"].iloc[-1]


def test_settings_are_hyperparameters(folder):
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    found = multiplexer(folder)
    name = "bowl/adam/seed_0"
    data = found.SummaryMetadata(name, metadata.SESSION_START_INFO_TAG).plugin_data
    start = plugin_data_pb2.HParamsPluginData.FromString(data.content)
    hparams = start.session_start_info.hparams
    assert hparams["learning_rate"].number_value == 0.1
    assert hparams["optimizer"].string_value == "adam"
    ends = {
        trial: plugin_data_pb2.HParamsPluginData.FromString(
            found.SummaryMetadata(
                trial, metadata.SESSION_END_INFO_TAG
            ).plugin_data.content
        ).session_end_info.status
        for trial in found.Runs()
    }
    assert ends.pop("bowl/a_b_wild/seed_1") not in ends.values()
    assert len(set(ends.values())) == 1


def test_the_same_files_give_the_same_bytes(run, folder, tmp_path):
    command = [sys.executable, "-m", "bench", "export", str(run.folder)]
    command += ["--to", "tensorboard", "--out", str(tmp_path / "again")]
    other = os.environ | {"PYTHONHASHSEED": "3", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=other, check=True, capture_output=True)
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 4
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_verb_says_where_it_is_and_how_to_show_it(run, capsys):
    assert main(["export", str(run.folder), "--to", "tensorboard"]) == 0
    out, err = capsys.readouterr()
    where = run.folder / "exports" / "tensorboard"
    assert out == f"{where}\n"
    assert err == f"4 trials; next: tensorboard --logdir {where}\n"
