"""Plot style: fonts, and a colour, dash and marker for each line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
from matplotlib.lines import Line2D

# Okabe and Ito's colours for all kinds of sight, less the yellow, which white paper
# swallows; then Tol's wine and olive.
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#333333",
    "#882255",
    "#999933",
)
Dash = Literal["-"] | tuple[float, Sequence[float]]
DASHES: tuple[Dash, ...] = ("-", (0, (4, 1.5)), (0, (1.2, 1)), (0, (6, 1, 1.2, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
GREY = "#B8B8B8"
INK = "#262626"
SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#7F7F7F",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "font.size": 9.5,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "svg.hashsalt": "gradmeter",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


class LineStyle(NamedTuple):
    """How one optimizer is drawn, in every plot of a run."""

    colour: str
    dash: Dash
    marker: str

    @property
    def line(self) -> dict[str, Any]:
        """How its lines are drawn, as matplotlib's own keywords."""
        return {
            "color": self.colour,
            "linestyle": self.dash,
            "linewidth": 1.8,
            "marker": self.marker,
            "markersize": 5,
            "markeredgecolor": "white",
            "markeredgewidth": 0.5,
        }

    def entry(self, name: str) -> Line2D:
        """Return its entry in a legend."""
        colour, dash, marker = self
        return Line2D(
            [],
            [],
            color=colour,
            linestyle=dash,
            marker=marker,
            markersize=5,
            label=name,
        )


def line_styles(families: Iterable[str]) -> dict[str, LineStyle]:
    """Return a line style for each name, by its place among them.

    Nine solid lines, then the same colours dashed, dotted, dash-dotted, all with
    markers that repeat after eleven: without any colour, what has the same marker
    differs in its dash.
    """
    return {
        name: LineStyle(COLOURS[i % 9], DASHES[i // 9 % 4], MARKERS[i % 11])
        for i, name in enumerate(dict.fromkeys(families))
    }


def consistent_styles(
    names: Iterable[str], known: Mapping[str, LineStyle]
) -> dict[str, LineStyle]:
    """Return a style for each name: the one it is known by, or one not in use."""
    wanted = list(dict.fromkeys(names))
    every = line_styles(map(str, range(len(known) + len(wanted)))).values()
    spare = (style for style in every if style not in known.values())
    return {name: known.get(name) or next(spare) for name in wanted}


@contextmanager
def plot_style() -> Iterator[None]:
    """Draw with our settings alone, whatever the user's own are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield
