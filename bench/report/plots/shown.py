"""A figure that a notebook shows."""

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 220
"""Of the picture."""
SHOWN_DPI = 150
"""At which a notebook shows an inch of it."""


class ShownFigure(Figure):
    """A figure that a notebook shows alike, whether pyplot was imported or not."""

    def _ipython_display_(self) -> None:
        """Show the picture; pyplot, once imported, has others for all figures."""
        from IPython.display import (  # pyright: ignore[reportMissingImports]
            Image,
            display,
        )

        picture, size = self._repr_png_()
        width, height = size["width"], size["height"]
        display(Image(picture, format="png", width=width, height=height))

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture, and the pixels that it takes on the page."""
        out, before = io.BytesIO(), self.dpi
        self.dpi = DPI
        try:
            FigureCanvasAgg(self).print_png(out)
        finally:
            self.dpi = before
        width, height = (round(SHOWN_DPI * inches) for inches in self.get_size_inches())
        return out.getvalue(), {"width": width, "height": height}
