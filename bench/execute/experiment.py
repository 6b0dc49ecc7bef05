"""Run a whole config in this process, without a folder."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from factories import taken_from

from ..config import shipped
from ..config.plan import Plan
from ..config.read import checked, read
from ..config.schema import Config
from ..core.spec import Spec
from ..measurement.preparation import size
from ..measurement.runtime import Runtime, SpecTrial, context
from ..store.run import Run, in_memory, trace_frame
from ..tune.search import chosen, search
from ..tune.sweep import try_settings
from .certificates import refuse_impossible


def experiment(
    config: str | Path,
    *sets: str,
    only: Sequence[str] = (),
    quick: bool = False,
    runtime: Runtime | None = None,
) -> Run:
    """Run all trials of a config, one after the other, and return them.

    No files are written, and a trial that hangs or crashes affects the process:
    `python -m bench run` writes files and uses worker processes.

    Args:
        config: The path of a TOML file; the name of a config that comes with the
            project, as `list configs` shows it; or TOML, a text of several lines.
        *sets: `dotted.key=value`, each replacing a value of the config.
        only: Each an `optimizer=NAME` or `problem=NAME` to keep; all if empty.
        quick: At the quick size that the config states.
        runtime: Keeps problems and programs for the next experiment.

    Returns:
        The same as `bench.load`, without prices: `trials` with a row for each trial,
        and `traces` with a row for each recorded step.

    Raises:
        StoreError: The file cannot be read.
        ConfigError: One line for each thing that is wrong, with its place, and for
            each problem that is wrong or rules out its target or batch.
    """
    if isinstance(config, str) and "\n" in config:
        return _run(checked(config, sets=sets, chosen=only, quick=quick), runtime)
    file = shipped.find(str(config))
    with taken_from(file.parent):
        return _run(read(file, sets, only, quick), runtime)


def _run(made: Config, runtime: Runtime | None) -> Run:
    runtime = runtime or Runtime()
    plan = Plan(made, runtime.device.device_kind, runtime.arrays)
    refuse_impossible(plan.specs(), partial(_facts, runtime), plan.tasks)
    tuned = tuple(
        search(task, partial(try_settings, runtime, task.spec, task.table))
        for task in plan.tasks
    )
    specs = plan.specs(chosen(tuned))
    done = [SpecTrial(runtime, spec).run() for spec in specs]
    return in_memory(
        made.name,
        specs,
        [record for record, _ in done],
        {record.key: trace_frame(rows) for record, rows in done},
        made.model_dump(mode="json"),
        tuned,
    )


def _facts(runtime: Runtime, spec: Spec) -> dict[str, Any]:
    """Return the size of a trial's problem and its least loss."""
    with context(spec, runtime.device):
        return size(runtime.problem(spec)) | {"optimum": runtime.least(spec).loss}
