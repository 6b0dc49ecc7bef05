"""Merge run folders into one."""

import csv
import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ..core.errors import StoreError
from ..core.identity import identity
from ..core.records import RunRecord, TuningRecord
from ..core.spec import Spec
from ..core.text import for_csv
from . import files, landscapes, tunings
from . import folder as run_folder
from .agreement import refuse, refuse_disagreement, refuse_versions
from .folder import OF_BATCHES, ONLY_TABLES, Facts
from .hosts import HostNames, named
from .merge import Joined, Kept, join
from .names import folder_names
from .run import Run, as_it_is

AGAIN = "merged.csv"
"""The trials that several runs have, with other content."""
AGAIN_COLUMNS = (
    *("problem", "optimizer", "seed", "run", "round_there", "key_there"),
    *("round", "key", "differences"),
)
UPDATES = "updates.csv"


class Merged(NamedTuple):
    """What was merged.

    Attributes:
        names: Of the runs.
        runs: As their folders hold them.
        hosts: Their hosts.
        joined: Their trials.
    """

    names: list[str]
    runs: list[Run]
    hosts: HostNames
    joined: Joined

    @property
    def again(self) -> list[Kept]:
        """The trials that were moved to another round."""
        return [kept for kept in self.joined.kept if kept.other is not None]


def merge(
    folders: Sequence[Path], out: Path, prefer: Path | None = None, mix: bool = False
) -> Merged:
    """Merge run folders into a new one; they themselves are only read.

    Args:
        folders: Of the runs; the first one's labels and prices count.
        out: The new folder.
        prefer: The folder whose trials and tunings alone are kept where contents
            differ.
        mix: Also runs that were made with other versions.

    Raises:
        RunError, RunMissing: As `load`.
        StoreError: The runs cannot be merged, or the folder has files.
        DiskFull: No room is left.
    """
    names = folder_names(folders)
    preferred = _place(prefer, folders)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StoreError(f"{out}: has files: merge into a new folder")
    runs = [_with_trials(folder) for folder in folders]
    if not mix:
        refuse_versions(runs)
    refuse_disagreement(runs)
    tuned = tunings.of_runs(runs, preferred)
    refuse(iter(tuned.lines), runs)
    hosts = named([run.record for run in runs])
    joined = _same_draws(join(runs, hosts, preferred, tuned.keeps))
    merged = Merged(names, runs, hosts, joined)
    _write(merged, tuned.kept, out)
    return merged


def _place(prefer: Path | None, folders: Sequence[Path]) -> int | None:
    if prefer is None:
        return None
    known = [folder.resolve() for folder in folders]
    if prefer.resolve() not in known:
        named = ", ".join(map(str, folders))
        raise StoreError(f"--prefer {prefer}: it is none of the runs ({named})")
    return known.index(prefer.resolve())


def _with_trials(folder: Path) -> Run:
    run = as_it_is(folder)
    if run.record.only_tables:
        raise StoreError(f"{folder}: {ONLY_TABLES}")
    return run


def _same_draws(joined: Joined) -> Joined:
    """Give the trials of a group all draw seeds with which its settings were chosen."""
    draws: dict[Any, set[int]] = {}
    for spec in joined.planned:
        draws.setdefault(identity(spec), set()).update(spec.draw_seeds)

    def whole(spec: Spec) -> Spec:
        return replace(spec, draw_seeds=tuple(sorted(draws[identity(spec)])))

    kept = [
        one._replace(here=replace(one.here, spec=whole(one.here.spec)))
        for one in joined.kept
    ]
    return joined._replace(kept=kept, planned=[*map(whole, joined.planned)])


def _write(merged: Merged, tuned: Sequence[TuningRecord], out: Path) -> None:
    """Write the folder under another name, and rename it when it is whole."""
    files.make_folder(out.parent)  # an error names it, and no temporary folder
    new = files.temporary(out)
    try:
        for path, content in _contents(merged, tuned, out.name):
            files.make_folder((new / path).parent)
            files.replace(new / path, content)
        new.replace(out)
    except OSError as error:
        raise files.refused("write", out, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _contents(
    merged: Merged, tuned: Sequence[TuningRecord], name: str
) -> Iterator[tuple[str, bytes]]:
    """Yield the path of each file in the folder, and what it holds."""
    yield "run.json", _json(_record(merged, name).to_json())
    for kept in merged.joined.kept:
        trace = merged.runs[kept.run].sources.get(kept.there.key)
        if isinstance(trace, bytes):
            yield f"trials/{kept.here.key}.csv", trace
        yield f"trials/{kept.here.key}.json", _json(kept.here.to_json())
    for record in tuned:
        yield f"tuning/{record.key}.json", _json(record.to_json())
    if facts := _facts(merged):
        yield "problems.json", _json(facts)
        yield "prices.csv", run_folder.prices_text(facts).encode()
    lands = [landscapes.plain(run.folder) for run in reversed(merged.runs)]
    if land := {problem: plain for known in lands for problem, plain in known.items()}:
        yield landscapes.FILE, landscapes.text(land).encode()
    yield from _updates(merged)
    if merged.again or merged.joined.left_out:
        yield AGAIN, _again(merged).encode()


def _json(plain: Any) -> bytes:
    return files.to_json(plain).encode()


def _record(merged: Merged, name: str) -> RunRecord:
    """Return run.json: the first run's, with what the others add."""
    records = [run.record for run in merged.runs]
    names = {record.name for record in records}
    return replace(
        records[0],
        name=names.pop() if len(names) == 1 else name,
        config=_config([record.config for record in records], merged.joined.planned),
        planned=merged.joined.planned,
        hosts=merged.hosts.hosts,
        shard="",
    )


def _config(configs: Sequence[Mapping], planned: Sequence[Spec]) -> dict[str, Any]:
    """Return the first config with the others' problems, optimizers and seeds."""
    whole = dict(configs[0])
    for name in ("problems", "optimizers", "seeds"):
        entries = [entry for config in configs for entry in config.get(name, ())]
        if entries:
            whole[name] = [e for i, e in enumerate(entries) if e not in entries[:i]]
    if "rounds" in whole:
        whole["rounds"] = 1 + max((spec.round for spec in planned), default=0)
    return whole


def _facts(merged: Merged) -> list[Facts]:
    """Return the facts of each problem: the first run's, with what the others add."""
    whole: dict[str, Facts] = {}
    for number, run in enumerate(merged.runs):
        for facts in run_folder.read_facts(run.folder):
            own = facts
            if len(merged.hosts.hosts) > 1:
                own = run_folder.with_hosts(facts, merged.hosts.names[number])
            known = whole.get(own["problem"], {})
            both = own | known
            if OF_BATCHES in both:
                both[OF_BATCHES] = own.get(OF_BATCHES, {}) | known.get(OF_BATCHES, {})
            whole[own["problem"]] = both
    return [whole[problem] for problem in sorted(whole)]


def _updates(merged: Merged) -> Iterator[tuple[str, bytes]]:
    """Yield the seconds of updates, if all are of one host."""
    found = [p for run in merged.runs if (p := run.folder / UPDATES).exists()]
    if found and len(merged.hosts.hosts) == 1:
        yield UPDATES, found[0].read_bytes()


def _again(merged: Merged) -> str:
    """Return a row for each trial whose round another run's trial has."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(AGAIN_COLUMNS)
    for kept in merged.again:
        differences = "; ".join(kept.differences) or "seconds alone"
        run = merged.names[kept.run]
        writer.writerow(_row(kept.there.spec, run, kept.here.spec, differences))
    for number, record in merged.joined.left_out:
        writer.writerow(_row(record.spec, merged.names[number], None, "left out"))
    return out.getvalue()


def _row(there: Spec, run: str, here: Spec | None, words: str) -> list[Any]:
    labels = [for_csv(there.problem_label), for_csv(there.label)]
    place = ["", ""] if here is None else [here.round, here.key]
    known = [*labels, there.seed, for_csv(run), there.round, there.key, *place]
    return [*known, for_csv(words)]
