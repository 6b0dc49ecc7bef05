"""The records of trials, tuning and runs, as types that check what is read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import inf, nan
from typing import Any, Literal

from .at_target import AtTarget, Readings
from .checking import ADDED, RecordError, complete
from .costs import Prices
from .fit import Fit
from .footprint import Footprint
from .hosts import Host
from .planned import apart, grouped
from .spec import Named, Spec

MetricScores = dict[str, float | int | None]
"""What a trace says of a metric: `first`, `final`, `best` and `best_step`.

Its values at the start, at the last evaluation and at the best, and the first step that
had this one; None for what is not finite, or if its direction is not known.
"""
LOST = "lost"
"""The end of a trial whose worker ended twice, perhaps by the machine's fault.

What such a trial costs is unknown; it is left out of every statistic.
"""
FAULTS = ("failed", LOST)
"""Ends that are run again when asked."""
EXPLAINED = (*FAULTS, "skipped", "diverged", "stalled")
"""Ends whose reason is shown to users."""


@dataclass(frozen=True)
class TrialRecord:
    """A finished trial, beside its trace.

    Attributes:
        spec: Its spec.
        device: JAX's name of it; None if the worker died before it reported it.
        end, reason: How it ended: a word and a sentence.
        compile_seconds: Tracing, lowering and compiling; 0 if an earlier trial did.
        cached: Whether an earlier process had compiled the program.
        on_clock_seconds, off_clock_seconds, wall_seconds: The parts of its time.
        static_settings: Whether the optimizer's factory requires concrete numbers.
        stand_in: Which parameters another optimizer updates, in words.
        replays: Seconds of each run of the last chunk, dispatch included.
        dispatch_seconds: Of a chunk without steps; subtracted from those of each chunk.
            None if they were not measured.
        optimum: The certified least loss.
        target_loss: What ends the trial: a training loss, or a value of the metric in
            `target_metric`.
        targets: A row for each target, the easiest first.
        loss_in_float64: At the target, if the trial is in float32.
        examples: The number of examples that all calls have read.
        attempt: The number of times that the trial was begun.
        interruptions: How often its worker ended in this attempt by what may be the
            machine's fault: silence, or a signal from outside. It then begins anew.
        on_clock_cpu_seconds: The CPU seconds of the process in `on_clock_seconds`.
        others_before, others_after: The processors that other processes kept busy, on
            average over the second or more up to the trial's start and up to its end.
            None if unknown.
        footprint: Of its program; None if it has none of its own.
        csv_sha256: Of the trace; None if there is none.
        metrics: What the trace says of each metric other than the training loss, by
            column.
        host: A name of `RunRecord.hosts`; empty for the machine of run.json.
        worker: The name of the Dask worker; empty without Dask.
        beside: How many other workers of the run may have timed trials meanwhile on the
            same machine.
        output: The last lines that a trial printed which failed or was lost, or the
            traceback of its error.
    """

    spec: Spec
    end: str
    reason: str = ""
    device: str | None = None
    steps: int = 0
    seconds: float = 0.0
    compile_seconds: float = 0.0
    cached: bool | None = None
    on_clock_seconds: float = 0.0
    off_clock_seconds: float = 0.0
    wall_seconds: float = 0.0
    static_settings: bool = False
    stand_in: str = ""
    readings: Readings = field(default_factory=dict)
    replays: list[float] = field(default_factory=list)
    optimum: float | None = None
    target_loss: float | None = None
    targets: list[AtTarget] = field(default_factory=list)
    loss_in_float64: float | None = None
    versions: dict[str, str] = field(default_factory=dict)
    examples: int = 0
    start_loss: float | None = None
    final_loss: float | None = None
    best_loss: float | None = None
    seconds_to_target: float | None = None
    steps_to_target: int | None = None
    readings_to_target: Readings | None = None
    attempt: int = 0
    csv_sha256: str | None = None
    dispatch_seconds: float | None = field(default=None, metadata=ADDED)
    interruptions: int = field(default=0, metadata=ADDED)
    on_clock_cpu_seconds: float | None = field(default=None, metadata=ADDED)
    others_before: float | None = field(default=None, metadata=ADDED)
    others_after: float | None = field(default=None, metadata=ADDED)
    footprint: Footprint | None = field(default=None, metadata=ADDED)
    metrics: dict[str, MetricScores] = field(default_factory=dict, metadata=ADDED)
    host: str = field(default="", metadata=ADDED)
    worker: str = field(default="", metadata=ADDED)
    beside: int = field(default=0, metadata=ADDED)
    output: str = field(default="", metadata=ADDED)

    @property
    def key(self) -> str:
        """The name of the trial's files."""
        return self.spec.key

    @property
    def has_target(self) -> bool:
        """Whether the trial had a target."""
        return self.target_loss is not None

    @property
    def target_metric(self) -> str:
        """The column of the metric of its target; empty for the training loss."""
        target = self.spec.budget.target
        return "" if target is None else target.metric

    @property
    def is_reached(self) -> bool:
        """Whether the trial reached its target."""
        return self.steps_to_target is not None

    @property
    def is_lost(self) -> bool:
        """Whether its result is unknown: see `LOST`."""
        return self.end == LOST

    @property
    def cpu_share(self) -> float:
        """CPU seconds of the process for each second on the clock; nan if unknown."""
        if self.on_clock_cpu_seconds is None or not self.on_clock_seconds:
            return nan
        return self.on_clock_cpu_seconds / self.on_clock_seconds

    @property
    def examples_per_call(self) -> float:
        """Examples that one call reads; nan if no call was made."""
        calls = sum(self.readings.values())
        return self.examples / calls if calls else nan

    def cost_to_target(self, cost: str, prices: Prices) -> float:
        """Return the trial's cost to its target.

        Args:
            cost: A name of `costs.COSTS`.
            prices: Of each kind of call, for a priced unit.

        Returns:
            inf if it never reached it, nan if a price is not known or the trial is
            lost, and of seconds if it is not timed.
        """
        if self.is_lost or (cost == "seconds" and not self.spec.timed):
            return nan
        last = AtTarget(
            nan if self.target_loss is None else self.target_loss,
            self.steps_to_target,
            self.seconds_to_target,
            self.readings_to_target,
        )
        return last.cost(cost, prices, self.examples_per_call)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, those of the spec first, all on one level."""
        plain = _shallow(self)
        plain["targets"] = [_stated(asdict(row)) for row in self.targets]
        plain["footprint"] = self.footprint and asdict(self.footprint)
        return self.spec.to_json() | plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "TrialRecord":
        """Undo `to_json`.

        Raises:
            RecordError: The values are not the record of a trial.
        """
        return complete(cls, {**plain, "spec": plain})


Origin = Literal["untuned", "range", "beyond", "near_best"]
"""Where a setting that was tried comes from: see `TuningRecord.origins`."""


@dataclass(frozen=True)
class TuningRecord:
    """The result of tuning one optimizer on one problem with one draw seed.

    Attributes:
        key: Names its file.
        problem, optimizer: With the fixed settings.
        table: The config's `[tuning]`.
        draw_seed: The draw seed.
        reason: Why no settings could be tried; empty if some were.
        ranges: Low and high bound of each setting, after widening.
        widened: How often they were widened.
        settings: All that were tried.
        origins: Of each setting: `untuned`, the settings without tuning; `range`,
            drawn from the ranges as stated; `beyond`, from their extensions;
            `near_best`, from between the neighbours of the best one.
        scores: Of each setting, by seed: the seeds that choose, and the others.
        winner: The index of the best setting.
        at_edge: Settings whose best value is the least or the greatest tried.
        metric: The column of the metric by which settings were scored; empty for the
            training loss.
        higher_is_better: Whether more of that metric is better.
        fits: How many trials of each of its sweeps fitted into memory at a time; none
            if they ran one after another.
    """

    key: str
    problem_label: str
    label: str
    problem: Named
    optimizer: Named
    table: dict[str, Any]
    draw_seed: int = 0
    reason: str = ""
    ranges: dict[str, list[float]] = field(default_factory=dict)
    widened: int = 0
    settings: list[dict[str, float]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    scores: list[dict[str, list[dict[str, Any]]]] = field(default_factory=list)
    winner: int | None = None
    at_edge: list[str] = field(default_factory=list)
    metric: str = field(default="", metadata=ADDED)
    higher_is_better: bool = field(default=False, metadata=ADDED)
    fits: list[Fit] = field(default_factory=list, metadata=ADDED)

    @property
    def chosen(self) -> dict[str, float] | None:
        """The settings that were chosen; None if none could be tried."""
        return None if self.winner is None else self.settings[self.winner]

    @property
    def criterion(self) -> str:
        """The score by which the settings were chosen."""
        return self.table["criterion"]

    @property
    def decides(self) -> str:
        """The key in `scores` of the score by which the settings were chosen."""
        by_metric = self.metric and self.criterion != "cost"
        return self.metric if by_metric else self.criterion

    @property
    def budget(self) -> float:
        """The budget of a setting on a seed."""
        return float(self.table["budget"])

    @property
    def unit(self) -> str:
        """The unit of cost of the tuning's budget."""
        return self.table["unit"]

    def to_json(self) -> dict[str, Any]:
        """Return plain values; infinities, which JSON lacks, are null."""
        plain = _without_infinities(asdict(self))
        return plain if self.winner is None else plain | {"chosen": self.chosen}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "TuningRecord":
        """Undo `to_json`; a score of null is infinite.

        Raises:
            RecordError: The values are not the record of a tuning.
        """
        record = complete(cls, plain)
        if record.winner is not None and not 0 <= record.winner < len(record.settings):
            raise RecordError(f"'winner' is {record.winner}")
        for place, by_seed in enumerate(record.scores):
            for of in ("choose", "score"):
                if of not in by_seed:
                    raise RecordError(f"no 'scores.{place}.{of}'")
                for row in by_seed[of]:
                    row |= {name: inf for name, value in row.items() if value is None}
        for name in ("origins", "scores"):
            if (count := len(getattr(record, name))) != len(record.settings):
                counts = f"{count}, 'settings' {len(record.settings)}"
                raise RecordError(f"{name!r} has {counts}")
        return record


@dataclass(frozen=True)
class RunRecord:
    """The plan and environment of a run: run.json.

    Attributes:
        config: The resolved config.
        planned: The trials, in planned order.
        versions: Of Python and of the packages that affect a measurement.
        device: `platform` and `kind`.
        machine: As `store.environment.machine` returns it.
        only_tables: Whether the folder was made to keep the tables without the trials.
        jax_settings: JAX's settings that the workers pin; empty in runs before 0.2.
        hosts: The machines of the trials, by name, if there were several.
        shard: Which part of the config was run, `2/4`; empty for all of it.
    """

    name: str
    config: dict[str, Any]
    planned: list[Spec]
    versions: dict[str, str] = field(default_factory=dict)
    device: dict[str, str] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    dtype: str = "float32"
    matmul_precision: str = "highest"
    xla_flags: str = ""
    only_tables: bool = False
    jax_settings: dict[str, Any] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    shard: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values; trials that share all but seed and round are grouped."""
        plain = _shallow(self)
        plain["hosts"] = {name: asdict(host) for name, host in self.hosts.items()}
        for name in ("only_tables", "hosts", "shard"):
            if not plain[name]:
                del plain[name]
        plain["planned"] = grouped(self.planned)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "RunRecord":
        """Undo `to_json`.

        Raises:
            RecordError: The values are not the record of a run.
        """
        known = {"only_tables": False, "jax_settings": {}, "hosts": {}, "shard": ""}
        return complete(cls, {**known, **plain, "planned": apart(plain.get("planned"))})


def _shallow(record: Any) -> dict[str, Any]:
    """Return the fields of a record by name, without a nested spec."""
    names = (f.name for f in fields(record) if f.name != "spec")
    return {name: getattr(record, name) for name in names}


def _stated(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: x for name, x in plain.items() if x is not None and x != ""}


def _without_infinities(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_infinities(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_infinities(inner) for inner in value]
    return None if value == inf else value
