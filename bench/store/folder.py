"""The files of a run folder on its plan, its environment and its problems."""

import contextlib
import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..config.schema import Config
from ..core.errors import RunError, RunMissing, StoreError
from ..core.records import RunRecord, TrialRecord
from ..core.spec import Spec
from ..core.text import for_csv
from . import files, reading, run_file
from .environment import PINNED, Device, machine, versions


def describe(config: Config, specs: Sequence[Spec], device: Device) -> RunRecord:
    """Return the contents of run.json: resolved config, plan and machine."""
    return RunRecord(
        name=config.name,
        config=config.model_dump(mode="json", exclude_none=True),
        planned=list(specs),
        versions=versions(),
        device=device._asdict(),
        machine=machine(),
        dtype=config.dtype,
        matmul_precision=config.matmul_precision,
        xla_flags=os.environ.get("XLA_FLAGS", ""),
        jax_settings=dict(PINNED),
    )


def prepare(folder: Path) -> None:
    """Make a run folder and check that trials can be written to it.

    Raises:
        StoreError: The folder cannot be made, read or written, or what is in it is no
            run's, or is a run's that cannot be made again.
        DiskFull: No room is left.
    """
    files.make_folder(folder)
    refuse_loss(folder)
    files.make_folder(folder / "trials")
    for path in (folder, folder / "trials"):
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise StoreError(f"cannot read and write {path}: permission denied")
    remove_abandoned(folder)


_PARTS = ("", "trials", "tuning", "plots")
_MADE = (
    *("*.csv", "*.csv.gz", "costs.json", "*.md"),
    *("problems.json", "landscapes.json", "made.json", "report.html", "plots/*"),
)
"""Files in a folder that a run may replace."""
_ELSEWHERE = "use another --out"


def remove_abandoned(folder: Path) -> None:
    """Remove what killed writers left behind in a run folder."""
    for part in _PARTS:
        files.remove_abandoned(folder / part)


def refuse_loss(folder: Path) -> None:
    """Check that nothing is replaced in a folder that no run made, or can make again.

    Raises:
        StoreError: It is not a run's, or a run's that keeps only its tables.
    """
    path = folder / run_file.NAME
    try:  # without its thousands of planned trials, which take a second
        run = reading.values(path)
    except RunMissing:
        _refuse_others(folder)
        return
    except RunError as error:
        raise StoreError(f"{error}: {_ELSEWHERE}, or remove that file") from error
    if run.get("only_tables"):
        raise StoreError(f"{folder}: {ONLY_TABLES}: {_ELSEWHERE}")
    if missing := [name for name in ("name", "config", "planned") if name not in run]:
        raise StoreError(f"{path}: no {missing[0]!r}: not a run's: {_ELSEWHERE}")


def _refuse_others(folder: Path) -> None:
    """Check that a folder without run.json has no file that a run would replace."""
    there = (path for pattern in _MADE for path in sorted(folder.glob(pattern)))
    if (path := next(there, None)) is not None:
        raise StoreError(
            f"{folder}: not a run folder (it has no run.json, but "
            f"{path.relative_to(folder)}): {_ELSEWHERE}"
        )


ONLY_TABLES = "keeps only the tables of a run, whose trials are not there"


@contextlib.contextmanager
def held(folder: Path, config: Config, rounds: Any) -> Iterator[None]:
    """Hold a folder for runs of a config while inside; other configs are refused.

    Two configs would each replace the other's plan, and their tables would show the
    trials of one of them. Any number of processes may run the same config.

    Args:
        folder: The run folder.
        config: What is run.
        rounds: The rounds that replace the config's.

    Raises:
        StoreError: Another config is being run into the folder.
    """
    prepare(folder)
    plan = json.dumps([config.model_dump(mode="json"), rounds], sort_keys=True)
    mine = hashlib.sha256(plan.encode()).hexdigest()[:12]
    with files.lock(folder, "start"):
        for path in (folder / "trials").glob(".running-*.lock"):
            name = path.name.removeprefix(".").removesuffix(".lock")
            lock = files.acquire_lock(folder, name)
            if lock is not None:  # its process has ended
                lock.release()
                path.unlink(missing_ok=True)
            elif name.split("-")[1] != mine:
                raise StoreError(
                    f"{folder}: another config is being run into it: {_ELSEWHERE}, or "
                    "wait until it has ended"
                )
        own = files.lock(folder, f"running-{mine}-{uuid4().hex}")
        own.acquire()
    try:
        yield
    finally:
        own.release()
        Path(own.lock_file).unlink(missing_ok=True)


def refuse_mix(folder: Path, run: RunRecord, records: Iterable[TrialRecord]) -> None:
    """Check that a folder's trials were made with these versions and device.

    Args:
        folder: The run folder.
        run: This run.
        records: The folder's finished trials.

    Raises:
        StoreError: They were not; their seconds are not comparable.
    """
    differences = {
        f"{name} {old[name]} there, {new[name]} here"
        for versions, device in _made_with(folder, records)
        for old, new in ((versions, run.versions), (device, run.device))
        for name in old.keys() & new.keys()
        if old[name] != new[name]
    }
    if differences:
        raise StoreError(
            f"{folder} was made with other versions or on another device "
            f"({'; '.join(sorted(differences))}): use another --out, or --mix"
        )


def _made_with(
    folder: Path, records: Iterable[TrialRecord]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the versions and the device of the last run, then of each trial."""
    last = read(folder)
    if last is not None:
        yield last.versions, last.device
    for record in records:
        yield record.versions, {} if record.device is None else {"kind": record.device}


def read(folder: Path) -> RunRecord | None:
    """Return run.json without its planned trials, or None if it is missing.

    A run that continues plans them anew; a hundred thousand take half a gigabyte.

    Raises:
        RunError: It is not the record of a run.
        StoreError: It cannot be read.
    """
    there = (folder / run_file.NAME).exists()
    return run_file.read_without_plan(folder) if there else None


def write(folder: Path, run: RunRecord) -> None:
    """Write run.json."""
    files.write(folder / run_file.NAME, files.to_json(run.to_json()))


Facts = dict[str, Any]
PRICE_COLUMNS = (
    *("problem", "call", "seconds", "flops", "bytes", "ratio_to_forward"),
    *("flops_per_second", "bytes_per_second"),
    *("most_flops_per_second", "most_bytes_per_second"),
)
PRICE_ADDED = (
    *("seconds_low", "seconds_high", "ratio_low", "ratio_high", "doubt"),
    *("batch", "exchanged_bytes"),
)
"""Columns that prices of earlier versions do not have."""
PRICE_NUMBERS = (
    *(name for name in PRICE_COLUMNS if name not in ("problem", "call")),
    *(name for name in PRICE_ADDED if name != "doubt"),
)
HOST = "host"
"""The column of the host that measured a price, in a folder with several hosts."""
PRICES, OF_BATCHES = "prices", "prices_of_batches"
"""The keys of a problem's prices: on all examples, and by the size of a batch."""


_IDENTITY = (
    *("problem", "name", "settings", "fingerprint"),
    *("dtype", "matmul_precision"),
)
"""The keys of facts that identify their problem and the precision of its calls.

`devices` is another one, which facts of earlier versions do not have.
"""


def _identity(spec: Spec) -> Facts:
    """Return the identity of a trial's problem, and the devices of its examples."""
    return {
        "problem": spec.problem_label,
        **asdict(spec.problem),
        "dtype": spec.arithmetic,
        "matmul_precision": spec.matmul_precision,
        "devices": spec.devices,
    }


def _of_facts(facts: Facts) -> Facts:
    """Return the identity of the problem that facts are of."""
    known = {key: facts.get(key) for key in _IDENTITY}
    return known | {"devices": facts.get("devices", 1)}


def lacking_facts(
    folder: Path, specs: Sequence[Spec], has: Callable[[Facts], bool]
) -> list[Spec]:
    """Return one spec of each problem whose facts the folder lacks.

    Args:
        folder: The run folder.
        specs: Trials.
        has: Whether a problem's facts have what is wanted.
    """
    known = [_of_facts(facts) for facts in read_facts(folder) if has(facts)]
    firsts: list[Spec] = []
    for spec in specs:
        if _identity(spec) not in known:
            known.append(_identity(spec))
            firsts.append(spec)
    return firsts


def lacking_prices(folder: Path, specs: Sequence[Spec]) -> list[Spec]:
    """Return a spec for each problem and batch size whose prices the folder lacks.

    Those of calls on all examples are wanted of every problem; the first spec of a
    problem stands for them, without its batch.
    """
    known = [(_of_facts(f), size) for f in read_facts(folder) for size in _priced(f)]
    lacking: list[Spec] = []
    for spec in specs:
        own = _identity(spec)
        for wanted in (replace(spec, batch=None), spec):
            if (own, wanted.batch_size) not in known:
                known.append((own, wanted.batch_size))
                lacking.append(wanted)
    return lacking


def _priced(facts: Facts) -> list[int | None]:
    """Return the sizes of the batches with prices, None for all examples."""
    return [None] * (PRICES in facts) + [int(n) for n in facts.get(OF_BATCHES, {})]


def facts_of(folder: Path, spec: Spec) -> Facts:
    """Return the facts of a trial's problem; none if the folder lacks them."""
    own = _identity(spec)
    return next((f for f in read_facts(folder) if _of_facts(f) == own), {})


def add_facts(folder: Path, spec: Spec, facts: Facts) -> None:
    """Add to a problem's facts; those of another with its label are replaced.

    Prices are of calls on the batches of the spec, or on all examples if it has none.
    """
    with files.lock(folder, "problems"):
        known = facts_of(folder, spec)
        new = known | _identity(spec) | _placed(facts, spec, known)
        kept = [f for f in read_facts(folder) if f["problem"] != new["problem"]]
        known = sorted([*kept, new], key=lambda f: f["problem"])
        files.write(folder / "problems.json", files.to_json(known))
        files.write(folder / "prices.csv", prices_text(known))


def _placed(facts: Facts, spec: Spec, known: Facts) -> Facts:
    """Return facts with the prices of a batch beside those of others."""
    if spec.batch is None or PRICES not in facts:
        return facts
    others = known.get(OF_BATCHES, {})
    rest = {key: fact for key, fact in facts.items() if key != PRICES}
    return {**rest, OF_BATCHES: others | {str(spec.batch.size): facts[PRICES]}}


def read_facts(folder: Path) -> list[Facts]:
    """Return the facts in the folder.

    Raises:
        StoreError: The file is not valid.
    """
    path = folder / "problems.json"
    try:
        known = json.loads(path.read_bytes())
        if not isinstance(known, list) or not all(map(_are_facts, known)):
            raise ValueError("not a list of problems' facts")
        return known
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}; remove it") from error


def _are_facts(value: Any) -> bool:
    return isinstance(value, dict) and "problem" in value


def with_hosts(facts: Facts, names: Mapping[str, str]) -> Facts:
    """State of each price which host measured it.

    Args:
        facts: Of a problem.
        names: Of hosts, by the name that a price states, which is empty for the machine
            of run.json. A price states no empty name.
    """

    def stated(prices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        named = [{**price, HOST: names[price.get(HOST, "")]} for price in prices]
        return [{k: x for k, x in price.items() if k != HOST or x} for price in named]

    own = dict(facts)
    if PRICES in facts:
        own[PRICES] = stated(facts[PRICES])
    if OF_BATCHES in facts:
        own[OF_BATCHES] = {n: stated(prices) for n, prices in facts[OF_BATCHES].items()}
    return own


def _have_hosts(known: Sequence[Facts]) -> bool:
    """Return whether some price states the host that measured it."""
    lists = (
        p for f in known for p in (f.get(PRICES, []), *f.get(OF_BATCHES, {}).values())
    )
    return any(HOST in price for prices in lists for price in prices)


def prices_text(known: Sequence[Facts]) -> str:
    """Return the text of prices.csv: the prices in the facts of problems."""
    out = io.StringIO()
    columns = (*PRICE_COLUMNS, *PRICE_ADDED, *([HOST] if _have_hosts(known) else []))
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for facts in known:
        named = {"problem": for_csv(facts["problem"])}
        writer.writerows(named | price for price in facts.get(PRICES, ()))
        of_batches = sorted((int(n), p) for n, p in facts.get(OF_BATCHES, {}).items())
        for size, prices in of_batches:
            writer.writerows(named | {"batch": size} | price for price in prices)
    return out.getvalue()
