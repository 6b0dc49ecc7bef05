"""The files of an optimizer's rank."""

from .figure import pdf
from .latex import document
from .tables import text
from .verdict import Verdict


def contents(verdict: Verdict) -> dict[str, str | bytes]:
    """Return the content of each file, by name."""
    return {
        "rank.md": text(verdict),
        "rank.tex": document(verdict),
        "profile.pdf": pdf(verdict),
    }
