"""Write the page of runs: beside their tables and plots, or anywhere."""

from collections.abc import Sequence
from pathlib import Path

from ...core.errors import StoreError
from ...store import files, made
from ...store.folder import ONLY_TABLES
from ...store.run import Run
from .page import page

FILE = "report.html"
KIND = "reports"


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
            from more trials than there are.
    """
    if out is None and len(runs) == 1:
        if runs[0].record.only_tables:
            raise StoreError(f"{runs[0].folder}: {ONLY_TABLES}: name a file with --out")
        made.refuse_loss(runs[0], KIND, [FILE])
        made.replace(runs[0], KIND, {FILE: page(runs, names_machines)})
        return runs[0].folder / FILE
    path = Path(FILE) if out is None else out
    if path.is_dir():
        raise StoreError(f"{path}: a folder; name the file, such as {path / FILE}")
    text = page(runs, names_machines)
    files.make_folder(path.parent)
    files.write(path, text)
    return path
