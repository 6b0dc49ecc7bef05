"""Trials as TensorBoard's event files, the same bytes each time."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from .trials import Exported, Value

_data: Any = import_module("tensorboard.plugins.hparams.plugin_data_pb2")
_hparams: Any = import_module("tensorboard.plugins.hparams.metadata")
_api: Any = import_module("tensorboard.plugins.hparams.api_pb2")
_event: Any = import_module("tensorboard.compat.proto.event_pb2")
_summary: Any = import_module("tensorboard.compat.proto.summary_pb2")
_records: Any = import_module("tensorboard.summary.writer.record_writer")
FILE = "events.out.tfevents.0.gradmeter"
_VERSION = "brain.Event:2"


def write(run: str, trials: Sequence[Exported], folder: Path) -> None:
    """Write a folder with one event file for each trial.

    The wall time of an event is the seconds on the clock, so that TensorBoard's axis
    RELATIVE shows them; STEP shows steps.

    Args:
        run: The run's name.
        trials: Its trials.
        folder: Receives them, in folders named after the trials.
    """
    del run
    for trial in trials:
        path = folder / trial.name
        path.mkdir(parents=True)
        with (path / FILE).open("wb") as file:
            writer = _records.RecordWriter(file)
            for fields in _events(trial):
                event = _event.Event(**fields)
                writer.write(event.SerializeToString(deterministic=True))
            writer.flush()


def _events(trial: Exported) -> Iterator[dict[str, Any]]:
    """Yield the fields of each event."""
    yield {"file_version": _VERSION}
    yield {"summary": _start(trial.hyperparameters)}
    step, seconds = 0, 0.0
    for step, seconds, values in trial.scalars():
        yield {"wall_time": seconds, "step": step, "summary": _scalars(values)}
    last = _scalars(trial.results)
    yield {"wall_time": seconds, "step": step, "summary": last}
    status = _api.STATUS_FAILURE if trial.failed else _api.STATUS_SUCCESS
    end = _data.SessionEndInfo(status=status, end_time_secs=seconds)
    told = _data.HParamsPluginData(session_end_info=end)
    yield {"summary": _session(_hparams.SESSION_END_INFO_TAG, told)}


def _start(hyperparameters: Mapping[str, Value]) -> Any:
    start = _data.SessionStartInfo(start_time_secs=0.0)
    for name, value in hyperparameters.items():
        kind = "bool" if isinstance(value, bool) else "number"
        kind = "string" if isinstance(value, str) else kind
        setattr(start.hparams[name], f"{kind}_value", value)
    told = _data.HParamsPluginData(session_start_info=start)
    return _session(_hparams.SESSION_START_INFO_TAG, told)


def _session(tag: str, told: Any) -> Any:
    """Return what the plugin for hyperparameters reads, the same bytes each time."""
    told.version = _hparams.PLUGIN_DATA_VERSION
    content = told.SerializeToString(deterministic=True)
    plugin = {"plugin_name": _hparams.PLUGIN_NAME, "content": content}
    one = {"tag": tag, "metadata": {"plugin_data": plugin}}
    value = _summary.Summary.Value(**one, tensor=_hparams.NULL_TENSOR)
    return _summary.Summary(value=[value])


def _scalars(values: Mapping[str, float]) -> Any:
    one = _summary.Summary.Value
    return _summary.Summary(
        value=[one(tag=n, simple_value=x) for n, x in values.items()]
    )
