"""The files of an optimizer's rank."""

from ...core.text import file_names, one_line
from ..tables.latex import NEEDS, latex
from .figure import pdf
from .tables import marked, problem_tables, rank_tables, text
from .verdict import Verdict
from .words import paragraph


def contents(verdict: Verdict) -> dict[str, str | bytes]:
    """Return the content of each file, by name."""
    return {
        "rank.md": text(verdict),
        "rank.tex": document(verdict),
        "profile.pdf": pdf(verdict),
    }


def document(verdict: Verdict) -> str:
    """Return rank.tex: tables of ranks and of problems, to be `\\input` in a paper."""
    shown = [*rank_tables(verdict), *problem_tables(verdict)]
    names = file_names([table.name for table in shown], "problems")
    floats = (
        latex(marked(table, verdict.label), f"tab:rank-{names[table.name]}")
        for table in shown
    )
    return "\n".join([f"{NEEDS}% {one_line(paragraph(verdict))}\n", *floats])
