"""Tables as LaTeX, for the packages booktabs and graphicx."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from ...core.latex import for_latex
from ..format import Estimate, Number, Table

NEEDS = "% needs \\usepackage{booktabs,graphicx}\n"
WIDE = 54
"""Characters of a row above which a table spans both columns of a page."""
HEADING = 16
"""Characters of a line of a heading."""
BOLD = "bold: the best of a column"
# Shrinks what is wider than the text, and nothing else.
_FITTED = "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%"


def latex(table: Table, label: str) -> str:
    """Return a table as a float with caption, label and notes.

    The marked rows are bold, or the best of each column if there are none.

    Args:
        table: The table.
        label: What \\ref takes.
    """
    kind = "table*" if _width(table) > WIDE else "table"
    lines = [
        "\\centering",
        f"\\caption{{{for_latex(table.title)}}}",
        f"\\label{{{label}}}",
        "\\footnotesize",
        "\\setlength{\\tabcolsep}{4pt}",
        _FITTED,
        *_tabular(table),
        "}",
        *_notes([*table.notes, *([BOLD] if table.best and not table.marked else [])]),
    ]
    inside = (f"  {line}" for line in lines)
    return "\n".join([f"\\begin{{{kind}}}", *inside, f"\\end{{{kind}}}", ""])


def _width(table: Table) -> int:
    rows = [[min(len(text), HEADING) for text in table.columns]]
    rows += [[len(cell) for cell in row] for row in table.rows]
    return sum(max(column) + 2 for column in zip(*rows, strict=True))


def _tabular(table: Table) -> Iterator[str]:
    columns = len(table.columns)
    sides = [_side(row[place] for row in table.rows) for place in range(columns)]
    yield f"\\begin{{tabular}}{{@{{}}{''.join(sides)}@{{}}}}"
    yield "  \\toprule"
    yield _line(map(_heading, table.columns, sides))
    yield "  \\midrule"
    for row, cells in enumerate(table.rows):
        yield _line(_cells(cells, _bold(table, row)))
    yield "  \\bottomrule"
    yield "\\end{tabular}%"


def _bold(table: Table, row: int) -> set[int]:
    """Return the columns that are bold in a row."""
    if table.marked:
        return set(range(len(table.columns))) if row in table.marked else set()
    return {place for at, place in table.best if at == row}


def _side(cells: Iterable[str]) -> str:
    """Return how a column is aligned: numbers to the right, texts to the left."""
    return "r" if any(isinstance(cell, Number | Estimate) for cell in cells) else "l"


def _line(cells: Iterator[str]) -> str:
    return f"  {' & '.join(cells)} \\\\"


def _heading(text: str, side: str) -> str:
    lines = [for_latex(line) for line in textwrap.wrap(text, HEADING)]
    stacked = " \\\\ ".join(lines)
    return stacked if len(lines) < 2 else f"\\shortstack[{side}]{{{stacked}}}"


def _cells(cells: Sequence[str], best: set[int]) -> Iterator[str]:
    for place, cell in enumerate(cells):
        parts = cell.parts if isinstance(cell, Estimate) else (cell,)
        unit = _shared_unit(parts)
        middle, *ends = (_text(part, unit) for part in parts)
        middle = f"\\textbf{{\\boldmath {middle}}}" if place in best else middle
        interval = f" {{\\scriptsize [{', '.join(ends)}]}}" if ends else ""
        yield f"{middle}{interval}{_after(unit)}"


def _shared_unit(parts: Sequence[str]) -> str:
    """Return the unit that all parts have; empty if they differ."""
    units = {part.unit if isinstance(part, Number) else "" for part in parts}
    return units.pop() if len(units) == 1 else ""


def _text(part: str, left_out: str) -> str:
    """Return a number without the unit that is left out, or another text."""
    if not isinstance(part, Number):
        return for_latex(part)
    unit = "" if part.unit == left_out else part.unit
    return f"{_digits(part.digits)}{_after(unit)}"


def _after(unit: str) -> str:
    return f"\\,{for_latex(unit)}" if unit else ""


def _digits(digits: str) -> str:
    mantissa, _, exponent = digits.partition("e")
    sign = "$-$" if mantissa.startswith("-") else ""
    shown = f"{sign}{mantissa.removeprefix('-')}"
    return f"{shown}$\\times 10^{{{int(exponent)}}}$" if exponent else shown


def _notes(notes: Sequence[str]) -> Iterator[str]:
    if notes:
        yield "\\par\\smallskip"
        yield "\\begin{minipage}{\\linewidth}\\scriptsize\\raggedright"
        yield from (f"  {for_latex(note)}\\par" for note in notes)
        yield "\\end{minipage}"
