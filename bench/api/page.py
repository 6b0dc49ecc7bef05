"""The report of runs as a notebook shows it."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

HEIGHT = 720
"""Pixels of the report in a notebook."""
_ALLOWED = "allow-scripts allow-downloads allow-popups allow-modals"


@dataclass(frozen=True)
class Page:
    """A page of HTML that needs no other file.

    Attributes:
        html: The page.
    """

    html: str = field(repr=False)

    def write(self, path: str | Path) -> Path:
        """Write the page to a file, with the folders it needs, and return its path.

        Raises:
            DiskFull, StoreError: The file cannot be written, or the one that is there
                is no page.
        """
        from ..report.html.write import save

        return save(Path(path), self.html)

    def _repr_html_(self) -> str:
        """Return a frame that holds the page, whose scripts see nothing outside."""
        return (
            f'<div><iframe sandbox="{_ALLOWED}" allow="clipboard-write" '
            f'title="report" width="100%" height="{HEIGHT}" style="border: 0" '
            f'srcdoc="{escape(self.html)}"></iframe></div>'
        )
