"""Several runs side by side, in memory: what they ran on the same problems."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ..core.errors import RunError
from ..core.identity import of_problem
from ..core.records import TrialRecord, TuningRecord
from ..core.spec import Spec
from .folder import HOST, ONLY_TABLES
from .hosts import named
from .names import folder_names
from .run import Run, as_it_is, told_apart

Problem = tuple[str, str, str]
"""What identifies a problem, as `of_problem` returns it."""


class Beside(NamedTuple):
    """Several runs as one.

    Attributes:
        run: Their trials on the problems that at least two of them have.
        notes: Lines on what is left out, and on what differs.
    """

    run: Run
    notes: list[str]


def side_by_side(folders: Sequence[Path]) -> Beside:
    """Return the trials of several run folders as those of one run.

    It has the problems that at least two of them have, and on these each optimizer of
    each run, with the run's name in its label. Seconds of several hosts are told apart.

    Raises:
        RunError: No problem is in two runs, or a run keeps only its tables.
        RunMissing, StoreError: As `load`.
    """
    names = folder_names(folders)
    runs = [_with_trials(folder) for folder in folders]
    shared = _shared(runs)
    if not shared:
        words = ", ".join(map(str, folders))
        raise RunError(f"no problem with the same settings is in two of {words}")
    hosts = named([run.record for run in runs])
    numbered = zip(runs, names, hosts.names, strict=True)
    parts = [_Part(*part, shared) for part in numbered]
    record = replace(
        runs[0].record,
        name=" and ".join(names),
        config={},
        planned=[spec for part in parts for spec in part.planned],
        hosts=hosts.hosts,
    )
    trials = tuple(trial for part in parts for trial in part.trials)
    tuned = tuple(record for part in parts for record in part.tuned)
    sources = {key: trace for part in parts for key, trace in part.sources.items()}
    folder = Path(record.name)  # nothing is read from it
    prices = _prices(parts)
    if prices is not None and len(hosts.hosts) == 1:
        prices = prices.drop(columns=HOST)
    own = {label: name for part in parts for label, name in part.own_names.items()}
    given = folder, record, trials, prices, tuned, sources
    run = Run(*given, parts=tuple(runs), own_names=own)
    return Beside(told_apart(run), [*_left_out(runs, names, shared), *_targets(runs)])


def _with_trials(folder: Path) -> Run:
    run = as_it_is(folder)
    if run.record.only_tables:
        raise RunError(f"{folder}: {ONLY_TABLES}")
    return run


def _shared(runs: Sequence[Run]) -> set[Problem]:
    """Return the problems that at least two runs have."""
    of_runs = [{of_problem(spec) for spec in run.planned} for run in runs]
    return {p for own in of_runs for p in own if sum(p in o for o in of_runs) > 1}


class _Part:
    """What one run adds.

    Args:
        run: Its folder's contents.
        name: In labels.
        hosts: By the name of a host in the run, its name among those of all runs.
        shared: The problems.
    """

    def __init__(self, run: Run, name: str, hosts: dict[str, str], shared: set):
        self._run, self._name, self._hosts = run, name, hosts
        self._specs = {s.key: s for s in run.planned if of_problem(s) in shared}
        self._labels = {spec.problem_label for spec in self._specs.values()}

    @property
    def planned(self) -> list[Spec]:
        return [self._renamed(spec) for spec in self._specs.values()]

    @property
    def trials(self) -> Iterator[TrialRecord]:
        for record in self._run.records:
            if (spec := self._specs.get(record.key)) is not None:
                host = self._hosts[record.host]
                yield replace(record, spec=self._renamed(spec), host=host)

    @property
    def sources(self) -> dict[str, bytes | pd.DataFrame]:
        return {self._key(key): trace for key, trace in self._run.sources.items()}

    @property
    def tuned(self) -> Iterator[TuningRecord]:
        for record in self._run.tuned:
            if record.problem_label in self._labels:
                yield replace(record, label=self._named(record.label))

    @property
    def own_names(self) -> dict[str, str]:
        """The labels and families of its optimizers, by those that they have here."""
        specs = self._specs.values()
        names = {name for spec in specs for name in (spec.label, spec.family)}
        return {self._named(name): name for name in names}

    @property
    def prices(self) -> pd.DataFrame | None:
        if self._run.prices is None:
            return None
        rows = _less(self._run.prices, self._labels, kept=True)
        stated = rows[HOST].tolist() if HOST in rows else [""] * len(rows)
        return rows.assign(**{HOST: [self._hosts[host] for host in stated]})

    def _renamed(self, spec: Spec) -> Spec:
        names = {name: self._named(getattr(spec, name)) for name in ("label", "family")}
        return replace(spec, key=self._key(spec.key), **names)

    def _named(self, label: str) -> str:
        return f"{label} ({self._name})"

    def _key(self, key: str) -> str:
        return f"{self._name}/{key}"


def _prices(parts: Sequence[_Part]) -> pd.DataFrame | None:
    """Return the prices of each problem, those of the first run that has them."""
    tables: list[pd.DataFrame] = []
    known: set[str] = set()
    for table in (part.prices for part in parts):
        if table is not None:
            new = _less(table, known)
            known |= set(new["problem"])
            tables.append(new)
    return pd.concat(tables, ignore_index=True) if tables else None


def _less(table: pd.DataFrame, problems: set[str], kept: bool = False) -> pd.DataFrame:
    """Return the rows of other problems, or of these if they are kept."""
    rows = [(problem in problems) is kept for problem in table["problem"]]
    return table.loc[rows]


def _left_out(
    runs: Sequence[Run], names: Sequence[str], shared: set[Problem]
) -> Iterator[str]:
    for run, name in zip(runs, names, strict=True):
        others = [of_problem(s) for s in run.planned if of_problem(s) not in shared]
        if others:
            labels = ", ".join(dict.fromkeys(label for label, *_ in others))
            yield f"only in {name}, not shown: {labels}"


def _targets(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the problems of which the runs have different targets."""
    targets: dict[str, dict[str, None]] = {}
    for spec in (spec for run in runs for spec in run.planned):
        stated = spec.budget.target
        words = "none" if stated is None else stated.words
        targets.setdefault(spec.problem_label, {})[words] = None
    for problem, words in targets.items():
        if len(words) > 1:
            yield f"{problem}: the targets differ: {'; '.join(words)}"
