"""Read a run folder: its trials, their traces, and the prices of calls."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import RunError, no_run
from ..core.records import RunRecord, TrialRecord, TuningRecord
from ..core.spec import Spec
from . import costs, hosts, landscapes, reading, run_file, tables
from .folder import HOST, PRICE_COLUMNS, PRICE_NUMBERS, Facts, read_facts
from .landscapes import Landscape
from .trials import Rows, columns_of, listed, load_tuning


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The contents of a run folder, or the results of a run in this process.

    Attributes:
        folder: The folder that was read.
        record: run.json.
        records: The finished trials, sorted by key.
        prices: A row for each problem and kind of call; None if nothing was priced.
        tuned: The results of tuning, one record for each problem and optimizer.
        sources: The CSV text or the rows of each trace, by key.
        by_host: If trials of several hosts are in the run, for each of these the run
            with its trials alone. The run itself then has no seconds (they are nan):
            those of different hosts are not comparable.
        parts: Of several runs side by side, these runs.
        own_names: Of several runs side by side, by the label or the family of an
            optimizer, which end in the name of its run, that in its own run.
    """

    folder: Path
    record: RunRecord
    records: tuple[TrialRecord, ...]
    prices: pd.DataFrame | None
    tuned: tuple[TuningRecord, ...]
    sources: Mapping[str, bytes | pd.DataFrame]
    by_host: Mapping[str, "Run"] = field(default_factory=dict)
    parts: tuple["Run", ...] = ()
    own_names: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return three lines: its size, its ends, and where it was made."""
        planned = self.planned
        problems = len({spec.problem_label for spec in planned})
        optimizers = len({(spec.family, spec.tuned) for spec in planned})
        ends = Counter(record.end for record in self.records)
        told = ", ".join(f"{count} {end}" for end, count in ends.most_common())
        made = {**self.record.device, **self.record.versions}
        where = [f"{k} {made[k]}" for k in ("kind", "python", "jax") if k in made]
        return (
            f'run "{self.record.name}" in {self.folder}\n'
            f"{len(self.records)} of {len(planned)} trials, problems {problems}, "
            f"optimizers {optimizers}: {told or 'none has ended'}\n"
            f"on {', '.join(where) or 'this process'}; prices of calls: "
            f"{'yes' if self.prices is not None else 'none'}; tuned: {len(self.tuned)}"
        )

    @property
    def left_out(self) -> list[Spec]:
        """The finished trials of the folder that the last plan does not have."""
        planned = {spec.key for spec in self.planned}
        specs = [record.spec for record in self.records]
        return [spec for spec in specs if spec.key not in planned]

    @property
    def config(self) -> dict[str, Any]:
        """The resolved config, as plain tables."""
        return self.record.config

    @property
    def planned(self) -> list[Spec]:
        """The planned trials, in planned order."""
        return self.record.planned

    @property
    def facts(self) -> list[Facts]:
        """What is known of its problems; the first part that states a fact counts.

        Raises:
            StoreError: A file of facts is not valid.
        """
        whole: dict[str, Facts] = {}
        for facts in chain.from_iterable(read_facts(r.folder) for r in self._folders):
            whole[facts["problem"]] = facts | whole.get(facts["problem"], {})
        return list(whole.values())

    @property
    def landscapes(self) -> dict[str, Landscape]:
        """The losses on the grids of problems with two parameters, by their labels.

        Raises:
            RunError: A file of landscapes is not valid.
        """
        known = [landscapes.read(run.folder) for run in self._folders]
        return {name: land for own in reversed(known) for name, land in own.items()}

    @property
    def _folders(self) -> tuple["Run", ...]:
        return self.parts or (self,)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """A row for each trial; nested names have dots (`readings.gradient`)."""
        return pd.json_normalize([record.to_json() for record in self.records])

    @cached_property
    def traces(self) -> pd.DataFrame:
        """A row for each recorded step: key, problem, optimizer, seed, round, trace."""
        specs = [record.spec for record in self.records]
        pieces = [self.trace(spec.key) for spec in specs]
        lengths = [len(piece) for piece in pieces]
        columns = {
            "key": _repeated((spec.key for spec in specs), lengths),
            "problem": _repeated((spec.problem_label for spec in specs), lengths),
            "optimizer": _repeated((spec.label for spec in specs), lengths),
            "seed": np.repeat([spec.seed for spec in specs], lengths),
            "round": np.repeat([spec.round for spec in specs], lengths),
        }
        rows = [piece for piece in pieces if len(piece)]
        joined = pd.concat(rows, ignore_index=True) if rows else trace_frame([])
        return pd.concat([pd.DataFrame(columns), joined], axis="columns")

    @cached_property
    def costs(self) -> pd.DataFrame:
        """A row for each trial and target, also where only the tables were kept.

        The columns are those of `bench.report.costs.trial_costs`.

        Raises:
            RunMissing: The run's tables have not been made, or no trial had a target.
            RunError: The file is not valid, or not the one that was written.
        """
        return costs.read(self.folder)

    def trace(self, key: str) -> pd.DataFrame:
        """Return the rows of one trial; none if it made no step."""
        rows = self._trace(key)
        return rows.assign(seconds=nan, measured=0) if self.by_host else rows

    def _trace(self, key: str) -> pd.DataFrame:
        source = self.sources.get(key)
        if source is None:
            return trace_frame([])
        if isinstance(source, pd.DataFrame):
            return source
        path = self.folder / "trials" / f"{key}.csv"
        read = tables.parsed(path, source)
        columns = columns_of([read.columns])
        rows = tables.with_columns(path, read, columns)
        if not len(rows):  # whose columns have no numbers to tell their types by
            return trace_frame([], columns)
        tables.refuse_texts(path, rows, columns)
        return rows


def trace_frame(rows: Rows, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return a trace's rows as a table, with the types of its CSV.

    Args:
        rows: The rows.
        columns: Some that it has whatever the rows hold.
    """
    listed_rows = list(rows)
    whole = {
        name: np.array(
            [np.nan if (x := row.get(name)) is None else x for row in listed_rows]
        )
        for name in columns_of([columns, *listed_rows])
    }
    return pd.DataFrame(whole)


def in_memory(
    name: str,
    planned: list[Spec],
    records: Iterable[TrialRecord] = (),
    traces: Mapping[str, pd.DataFrame] | None = None,
    config: dict[str, Any] | None = None,
    tuned: Iterable[TuningRecord] = (),
) -> Run:
    """Return a run that is in no folder.

    Args:
        name: The run's name.
        planned: The specs of its trials.
        records: The records of finished trials.
        traces: The traces of finished trials, by key.
        config: The resolved config.
        tuned: The results of tuning.
    """
    return Run(
        Path(name),
        RunRecord(name, config or {}, planned),
        tuple(records),
        None,
        tuple(record for record in tuned if record.chosen is not None),
        traces or {},
    )


def load(folder: str | Path) -> Run:
    """Read a run folder and check every trace against its recorded sha256.

    Args:
        folder: A folder written by `python -m bench run` or `merge`.

    Returns:
        The run; its `traces` are parsed when first asked for. If trials of several
        hosts are in it, their seconds are in its `by_host` alone.

    Raises:
        RunMissing: The folder or one of its files is missing.
        RunError: A file is not valid; the message states its path and the error.
        StoreError: The folder cannot be read.
    """
    return told_apart(as_it_is(Path(folder)))


def as_it_is(folder: Path) -> Run:
    """As `load`, but with the seconds of all hosts."""
    if not (folder / run_file.NAME).is_file():
        raise no_run(folder)
    record = run_file.read(folder)
    trials = [reading.trial(path) for path in listed(folder / "trials")]
    for known, _ in trials:
        if known.host and known.host not in record.hosts:
            raise RunError(
                f"{folder / 'trials' / known.key}.json: 'host' is {known.host!r}, "
                "which is none of the hosts in run.json"
            )
    return Run(
        folder,
        record,
        tuple(known for known, _ in trials),
        prices_of(folder),
        tuple(r for r in load_tuning(folder) if r.chosen is not None),
        {known.key: text for known, text in trials if text},
    )


def told_apart(run: Run) -> Run:
    """Return a run without seconds if several hosts measured them; see `by_host`."""
    own = hosts.own_name(run.record)
    by_host: dict[str, list[TrialRecord]] = {}
    for record in run.records:
        by_host.setdefault(record.host or own, []).append(record)
    if len(by_host) < 2:
        return run
    ordered = sorted(by_host, key=[*run.record.hosts, own].index)
    prices = _by_host(run.prices, own)
    apart = {
        host: replace(run, records=tuple(by_host[host]), prices=prices.get(host))
        for host in ordered
    }
    return replace(run, records=tuple(map(_untimed, run.records)), by_host=apart)


def _by_host(prices: pd.DataFrame | None, own: str) -> dict[str, pd.DataFrame]:
    """Return the prices that each host measured; one without a name is `own`."""
    if prices is None or HOST not in prices:
        return {}
    hosts = prices[HOST].where(prices[HOST] != "", own)
    return {str(host): rows for host, rows in prices.groupby(hosts, sort=False)}


def _untimed(record: TrialRecord) -> TrialRecord:
    """Return a record whose seconds are not known."""
    targets = [replace(target, seconds=nan) for target in record.targets]
    unknown: dict[str, float] = dict.fromkeys(_SECONDS, nan)
    return replace(
        record, targets=targets, replays=[], dispatch_seconds=None, **unknown
    )


_SECONDS = (
    *("seconds", "seconds_to_target", "compile_seconds", "wall_seconds"),
    *("on_clock_seconds", "off_clock_seconds", "on_clock_cpu_seconds"),
)


def prices_of(folder: Path) -> pd.DataFrame | None:
    """Return the prices of a run folder; None if nothing was priced.

    Raises:
        RunError: The file is not valid.
    """
    path = folder / "prices.csv"
    if not path.exists():
        return None
    return tables.read(path, PRICE_COLUMNS, PRICE_NUMBERS)


def _repeated(names: Iterable[str], lengths: list[int]) -> pd.Categorical:
    """Return one name for each row, stored only once: a trace may have 1e6 rows."""
    codes, distinct = pd.factorize(np.array(list(names), dtype=object))
    return pd.Categorical.from_codes(np.repeat(codes, lengths), distinct)
