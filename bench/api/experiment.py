"""Run a whole config in this process, without a folder."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax

from factories import taken_from

from ..config import shipped
from ..config.plan import Plan
from ..config.read import checked, read
from ..config.schema import Config
from ..core.errors import ConfigError
from ..core.fit import Fit
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..execute.certificates import refuse_impossible
from ..execute.progress import Report, of_trial
from ..execute.time_left import Unit
from ..measurement.budget import Spending
from ..measurement.preparation import size
from ..measurement.runtime import Rows, Runtime, SpecTrial, context
from ..measurement.trial import Outcome
from ..store.environment import enough, machine
from ..store.run import in_memory, trace_frame
from ..tune.search import chosen, search
from ..tune.sweep import try_settings
from .progress import reporter
from .run import Run


def experiment(
    config: str | Path,
    *sets: str,
    only: Sequence[str] = (),
    quick: bool = False,
    runtime: Runtime | None = None,
) -> Run:
    """Run all trials of a config, one after the other, and return them.

    No files are written, and a trial that hangs or crashes affects the process:
    `python -m bench run` writes files and uses worker processes. A notebook shows the
    progress.

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
        DeviceMissing: The config wants more devices than this process has.
        ConfigError: One line for each thing that is wrong, with its place, and for
            each problem that is wrong or rules out its target or batch.
    """
    if not isinstance(config, str | Path):
        kind = type(config).__name__
        raise ConfigError(f"config: a path, a name or TOML is wanted, not a {kind}")
    if isinstance(config, str) and "\n" in config:
        return _run(checked(config, sets=sets, chosen=only, quick=quick), runtime)
    file = shipped.find(str(config))
    with taken_from(file.parent):
        return _run(read(file, sets, only, quick), runtime)


def _run(made: Config, runtime: Runtime | None) -> Run:
    runtime = runtime or Runtime()
    platform = runtime.device.platform
    number = enough(made.devices, len(jax.devices(platform)), platform)
    made = made.model_copy(update={"devices": number})
    plan = Plan(made, runtime.device.device_kind, runtime.arrays)
    refuse_impossible(plan.specs(), partial(_facts, runtime), plan.tasks)
    with reporter() as report:
        tuned = _tuned(runtime, plan, report)
        specs = plan.specs(chosen(tuned))
        done = _trials(runtime, specs, report)
    results = in_memory(
        made.name,
        specs,
        [record for record, _ in done],
        {record.key: trace_frame(rows) for record, rows in done},
        made.model_dump(mode="json"),
        tuned,
    )
    device = {"platform": runtime.device.platform, "kind": runtime.device.device_kind}
    record = replace(
        results.record,
        versions=runtime.versions,
        device=device,
        machine=machine(),
        dtype=made.dtype,
        matmul_precision=made.matmul_precision,
    )
    return Run.of(replace(results, record=record))


def _tuned(runtime: Runtime, plan: Plan, report: Report) -> tuple:
    """Return the results of tuning, in the order of the plan."""
    units = [Unit("tuning", t.spec.problem_label, t.spec.label) for t in plan.tasks]
    report.planned(units)
    tuned = []
    for task, unit in zip(plan.tasks, units, strict=True):
        with report.during(unit):
            fits: list[Fit] = []
            tried = runtime, task.spec, task.table
            attempt = partial(try_settings, *tried, tell=fits.append)
            tuned.append(replace(search(task, attempt), fits=fits))
    return tuple(tuned)


def _trials(
    runtime: Runtime, specs: Sequence[Spec], report: Report
) -> list[tuple[TrialRecord, Rows]]:
    """Run the trials; return the record and the rows of each."""
    report.planned(map(of_trial, specs))
    done = []
    for spec in specs:
        spending = Spending(spec.budget)

        def tell(phase: str, so_far: Outcome | None, spending=spending) -> None:
            if phase == "chunk" and so_far is not None:
                spent = so_far.steps, so_far.seconds, so_far.readings
                report.progress(spending.share(*spent))

        report.started(spec)
        record, rows = SpecTrial(runtime, spec, tell).run()
        report.finished(spec, record)
        done.append((record, rows))
    return done


def _facts(runtime: Runtime, spec: Spec) -> dict[str, Any]:
    """Return the size of a trial's problem and its least loss."""
    with context(spec, runtime.device):
        return size(runtime.problem(spec)) | {"optimum": runtime.least(spec).loss}
