"""Tables of an optimizer's rank as LaTeX, for the package booktabs."""

from collections.abc import Sequence

from ...core.latex import for_latex
from ...core.text import one_line
from ..format import Table
from .tables import problem_tables, rank_tables
from .verdict import Verdict
from .words import paragraph


def document(verdict: Verdict) -> str:
    """Return rank.tex: tables of ranks and of problems, to be `\\input` in a paper."""
    head = f"% Needs \\usepackage{{booktabs}}.\n% {one_line(paragraph(verdict))}\n"
    shown = (*rank_tables(verdict), *problem_tables(verdict))
    return "\n".join([head, *(booktabs(table, verdict.label) for table in shown)])


def booktabs(table: Table, bold: str) -> str:
    """Return a table, with its title as caption.

    Args:
        table: The table.
        bold: The first cell of rows that are set in bold.
    """
    texts, numbers = 1, len(table.columns) - 1
    lines = [
        r"\begin{table}",
        rf"\caption{{{for_latex(table.title)}}}",
        rf"\begin{{tabular}}{{{'l' * texts}{'r' * numbers}}}",
        r"\toprule",
        _row(table.columns, False),
        r"\midrule",
        *(_row(row, row[0] == bold) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str], is_bold: bool) -> str:
    shown = [for_latex(cell) for cell in cells]
    if is_bold:
        shown = [rf"\textbf{{{cell}}}" for cell in shown]
    return f"{' & '.join(shown)} \\\\"
