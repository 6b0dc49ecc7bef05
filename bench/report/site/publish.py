"""Write the pages of some runs into a folder."""

import json
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path, PurePosixPath

from ...core.errors import StoreError
from ...core.text import file_names
from ...store import files
from ...store.run import Run
from .pages import STYLE, contents
from .source import Source

LIST = "site.json"
"""The files that were published into a folder: those that may be replaced."""


def publish(
    runs: Sequence[Run], out: Path, title: str = "Runs", names_machines: bool = False
) -> Path:
    """Write the pages of some runs, and remove those that were published before.

    The same files of the runs give the same bytes.

    Args:
        runs: From `bench.load`, in the order of the index.
        out: A new or empty folder, or one that was written by this function.
        title: Of the index.
        names_machines: Whether machines have their names in the network; else those
            that `nameless` gives them.

    Returns:
        The path of the index.

    Raises:
        DiskFull, StoreError: A file cannot be written, or the folder has other files.
    """
    before = _published(out)
    pages = contents(_named(runs, names_machines), title)
    for folder in sorted({(out / name).parent for name in pages}):
        files.make_folder(folder)
    listed = files.to_json({"files": sorted(pages)})
    written = {out / name: content for name, content in pages.items()}
    files.write_all(written | {out / LIST: listed})
    for name in sorted(before - set(pages)):
        (out / name).unlink(missing_ok=True)
    return out / "index.html"


def _named(runs: Sequence[Run], names_machines: bool) -> list[Source]:
    """Return the runs, each with a name for its folder that no other one has.

    A run is named after its folder; if another has that name too, with a number.
    """
    labels: list[str] = []
    for run in runs:
        word = run.folder.resolve().name
        numbered = (f"{word} {n}" for n in count(2))
        taken = {*labels, "index.html", STYLE, LIST}
        labels.append(next(w for w in chain([word], numbered) if w not in taken))
    names = file_names(labels, empty="run")
    return [
        Source(run, names[own], names_machines)
        for run, own in zip(runs, labels, strict=True)
    ]


def _published(out: Path) -> set[str]:
    """Return the files that were published into a folder before.

    Raises:
        StoreError: It is no folder, or has files that were not published.
    """
    if out.exists() and not out.is_dir():
        raise StoreError(f"{out}: not a folder: use another --out")
    if not out.exists() or not any(out.iterdir()):
        return set()
    path = out / LIST
    try:
        plain = json.loads(path.read_bytes())
        names = [PurePosixPath(str(name)) for name in plain["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        words = f"has files, and is not one that publish made (no {LIST} of it)"
        raise StoreError(f"{out}: {words}: use another --out") from None
    return {str(n) for n in names if not n.is_absolute() and ".." not in n.parts}
