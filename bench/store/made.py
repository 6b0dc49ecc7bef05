"""The tables and plots made from a run's trials: replaced as a set, or left alone."""

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.errors import StoreError
from . import files, packed, run_file
from . import folder as run_folder
from .folder import ONLY_TABLES
from .nameless import facts_of, nameless
from .run import Run

LIST = "made.json"
"""By kind: the files that were made, and from how many trials."""
_KEPT = ("/", "trials", "tuning", run_file.NAME)
"""First parts of paths that a list of made files does not hold."""


def refuse_loss(run: Run, kind: str, names: Iterable[str]) -> None:
    """Check that files of a run can be made again from the trials at hand.

    Args:
        run: The run as its folder holds it.
        kind: "tables" or "plots".
        names: The files of that kind that may be replaced, besides those listed.

    Raises:
        StoreError: The folder keeps only its tables, or the files that are there were
            made from more trials than there are.
    """
    folder = run.folder
    if run.record.only_tables:
        raise StoreError(f"{folder}: {ONLY_TABLES}: its {kind} are left as they are")
    known = _listed(folder).get(kind)
    mine = known["files"] if known else names
    there = [name for name in mine if (folder / name).exists()]
    least = known["trials"] if known else len(run.record.planned)
    if there and len(run.records) < least:
        made_from = f"made from {least} trials"
        raise StoreError(
            f"{folder}: {', '.join(there[:3])}{', ...' * (len(there) > 3)} "
            f"{'were' if len(there) > 1 else 'was'} {made_from}, of which "
            f"{len(run.records)} are there: left as they are; to make new {kind} of "
            "the trials that are there, remove the old ones first"
        )


def replace(run: Run, kind: str, contents: Mapping[str, str | bytes]) -> None:
    """Write files of a run as a set, and remove those of an earlier set.

    Args:
        run: The run that they were made from.
        kind: As in `refuse_loss`.
        contents: By path in the run folder.

    Raises:
        DiskFull, StoreError: As `files.write_all`; the earlier set is unchanged.
    """
    folder = run.folder
    with files.lock(folder, "made"):
        known, entry = _entry(run, kind, contents)
        written = {folder / name: content for name, content in contents.items()}
        files.write_all(written | {folder / LIST: files.to_json(known | entry)})
        _remove(folder, known, kind, contents)


def keep(run: Run, folder: Path, tables: Mapping[str, str | bytes]) -> None:
    """Write tables of a run, its prices and its run.json into a folder without trials.

    It is made to be shared: its CSVs and its planned trials are gzipped, and machines
    are called as `nameless` calls them.

    Args:
        run: The run that the tables were made from, as `nameless` returns it.
        folder: A new folder, or one that was written by this function.
        tables: By name of the file.

    Raises:
        DiskFull, StoreError: A file cannot be written, or the folder has other files.
    """
    files.make_folder(folder)
    before = run_folder.read(folder)
    if not before.only_tables if before else any(folder.iterdir()):
        raise StoreError(f"{folder}: has files, and is no folder of tables alone")
    (shared,) = nameless([run])
    record = dataclasses.replace(shared.record, only_tables=True)
    contents = dict(map(_packed, tables.items())) | run_file.apart(record)
    whole = contents | facts_of(run.folder)
    replace(dataclasses.replace(run, folder=folder), "tables", whole)


def _packed(file: tuple[str, str | bytes]) -> tuple[str, str | bytes]:
    """Return the name and the content of a table's file as they are kept."""
    name, content = file
    if isinstance(content, str) and name.endswith(".csv"):
        return f"{name}{packed.SUFFIX}", packed.gzipped(content)
    return file


@contextlib.contextmanager
def beside(run: Run, kind: str) -> Iterator[Path]:
    """Yield an empty folder for files that then replace those of an earlier set.

    Nothing is replaced if an error is raised inside.

    Args:
        run: The run that they are made from.
        kind: As in `refuse_loss`, and the folder in the run folder that receives them.

    Raises:
        DiskFull, StoreError: A file cannot be written.
    """
    folder = run.folder
    files.make_folder(folder / kind)
    new = files.temporary(folder / kind)
    files.make_folder(new)
    try:
        yield new
        with files.lock(folder, "made"):
            names = {f"{kind}/{path.name}": path for path in sorted(new.iterdir())}
            known, entry = _entry(run, kind, names)
            for name, path in names.items():
                path.replace(folder / name)
            files.write(folder / LIST, files.to_json(known | entry))
            _remove(folder, known, kind, names)
    except OSError as error:
        raise files.refused("write", folder / kind, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _entry(
    run: Run, kind: str, names: Iterable[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is listed, and the new entry of one kind."""
    made = {"trials": len(run.records), "files": sorted(names)}
    return _listed(run.folder), {kind: made}


def _remove(
    folder: Path, known: dict[str, Any], kind: str, names: Iterable[str]
) -> None:
    """Remove files of an earlier set that the new one does not have."""
    for name in set(known.get(kind, {}).get("files", ())) - set(names):
        (folder / name).unlink(missing_ok=True)


def _listed(folder: Path) -> dict[str, Any]:
    """Return what is listed; nothing if the list is missing or not valid."""
    try:
        plain = json.loads((folder / LIST).read_bytes())
        return {
            kind: {"trials": int(made["trials"]), "files": _names(made["files"])}
            for kind, made in plain.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _names(plain: Any) -> list[str]:
    """Return names of files in the run folder; a list may name no other file."""
    parts = (Path(str(name)).parts for name in plain)
    return ["/".join(p) for p in parts if p and p[0] not in _KEPT and ".." not in p]
