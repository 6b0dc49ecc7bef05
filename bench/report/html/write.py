"""Write the page of runs: beside their tables and plots, or anywhere."""

from collections.abc import Sequence
from pathlib import Path

from ...core.errors import StoreError, cannot
from ...store import files, made
from ...store.folder import ONLY_TABLES
from ...store.run import Run
from .page import MARK, page

FILE = "report.html"
KIND = "reports"
_HEAD = 2000
"""Bytes of a page in which its mark is."""


def write(
    runs: Sequence[Run], out: Path | None = None, names_machines: bool = False
) -> Path:
    """Write the page of some runs and return its path.

    Args:
        runs: At least one.
        out: The file; None for `report.html` in the folder of a single run, or in the
            working directory.
        names_machines: As in `page`.

    Raises:
        RunMissing: As `page`.
        DiskFull, StoreError: It cannot be written, or the page that is there was made
            from more trials than there are, or the file that is there is no page.
    """
    if out is None and len(runs) == 1:
        refuse_other(runs[0].folder / FILE)
        if runs[0].record.only_tables:
            raise StoreError(f"{runs[0].folder}: {ONLY_TABLES}: name a file with --out")
        made.refuse_loss(runs[0], KIND, [FILE])
        made.replace(runs[0], KIND, {FILE: page(runs, names_machines)})
        return runs[0].folder / FILE
    path = Path(FILE) if out is None else out
    refuse_other(path)  # before the page is made, which takes seconds
    return save(path, page(runs, names_machines))


def save(path: Path, text: str) -> Path:
    """Write a page to a file, with the folders that it needs, and return its path.

    Raises:
        DiskFull, StoreError: As `write`.
    """
    refuse_other(path)
    files.make_folder(path.parent)
    files.write(path, text)
    return path


def refuse_other(path: Path) -> None:
    """Check that a page may be written here: no file is lost but an earlier page.

    Raises:
        StoreError: It is a folder, or a file that is no page of this project.
    """
    if path.is_dir():
        raise StoreError(f"{path}: a folder; name the file, such as {path / FILE}")
    if path.exists() and MARK.encode() not in _head(path):
        words = "a file that is no Gradmeter report: name another, or remove it"
        raise StoreError(f"{path}: {words}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise cannot("read", path, error) from error
