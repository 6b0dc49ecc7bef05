"""Figures as PGF, whose text the document sets, written without LaTeX."""

import io
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pgf import RendererPgf
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from ...core.latex import RAISED, for_latex

_LEVEL = str.maketrans(RAISED)
_HEAD = r"""% needs \usepackage{{pgf}}; \input takes this file
\begingroup
\makeatletter
\begin{{pgfpicture}}%
\pgfpathrectangle{{\pgfpointorigin}}{{\pgfqpoint{{{0:f}in}}{{{1:f}in}}}}%
\pgfusepath{{use as bounding box, clip}}%
"""
_TAIL = r"""\end{pgfpicture}%
\makeatother
\endgroup
"""


def pgf(figure: Figure) -> str:
    """Return a figure as a picture for \\input, the same text each time."""
    out = io.StringIO()
    out.write(_HEAD.format(*figure.get_size_inches()))
    figure.draw(_Renderer(figure, out))
    out.write(_TAIL)
    return out.getvalue()


class _Line:
    """A line of text in a figure, held where its alignment says and at its baseline."""

    def __init__(self, text: Text, baseline: float):
        at = text.get_transform().transform(text.get_unitless_position())
        self._at = float(at[0]), baseline
        self._side = text.get_horizontalalignment()

    def get_unitless_position(self) -> tuple[float, float]:
        return self._at

    def get_transform(self) -> IdentityTransform:
        return IdentityTransform()

    def get_horizontalalignment(self) -> str:
        return self._side

    def get_verticalalignment(self) -> str:
        return "baseline"

    def get_rotation_mode(self) -> str:
        return "anchor"


class _Renderer(RendererPgf):
    """Writes PGF; text is measured as matplotlib draws it, where LaTeX may be absent.

    The document's own letters have other widths, so that each line is held at the side
    to which it is aligned.
    """

    def __init__(self, figure: Figure, file: io.StringIO):
        super().__init__(figure, file)
        self._measure = RendererAgg(1, 1, figure.dpi)

    def get_text_width_height_descent(
        self, s: str, prop: Any, ismath: Any
    ) -> tuple[float, float, float]:
        """Return the size of a text in dots."""
        level = s.translate(_LEVEL)  # LaTeX's exponents are wider
        return self._measure.get_text_width_height_descent(level, prop, ismath)

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Write a line of text, which is no markup."""
        held: Any = _Line(mtext, y) if mtext is not None and angle == 0 else mtext
        super().draw_text(gc, x, y, for_latex(s), prop, angle, ismath, held)
