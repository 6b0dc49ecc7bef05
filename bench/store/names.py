"""Short names of run folders."""

from collections.abc import Sequence
from pathlib import Path

from ..core.errors import StoreError


def folder_names(folders: Sequence[Path]) -> list[str]:
    """Return a name for each folder: its own, with its parents' where names repeat.

    Raises:
        StoreError: A folder is named twice.
    """
    parts = [folder.resolve().parts[1:] for folder in folders]
    twice = next((f for i, f in enumerate(folders) if parts[i] in parts[:i]), None)
    if twice is not None:
        raise StoreError(f"{twice}: named twice")
    for depth in range(1, max(map(len, parts)) + 1):
        names = ["/".join(own[-depth:]) for own in parts]
        if len(set(names)) == len(names):
            break
    return names
