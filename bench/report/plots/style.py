"""How plots are styled: settings, and a line style for each optimizer by its name."""

import hashlib
from collections.abc import (
    Container,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, TypeVar

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

# Okabe and Ito's colours for colour-blind readers, without yellow, which is faint on
# white; then Tol's wine and olive.
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
# Without "X", which looks like the "x" of what diverged.
MARKERS = ("o", "s", "^", "D", "v", "P", "*", "<", ">", "p", "h")
GREY = "#B8B8B8"
INK = "#262626"
MUTED = "#595959"
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


FONT = 8.0
"""The size of text, in points."""
_TEXTS: tuple[Any, ...] = (
    *("font.size", "axes.labelsize", "axes.titlesize", "legend.fontsize"),
    *("xtick.labelsize", "ytick.labelsize"),
)
COLUMN: dict[Any, Any] = {
    "axes.linewidth": 0.6,
    "grid.linewidth": 0.5,
    **dict.fromkeys(("xtick.major.size", "ytick.major.size"), 2.5),
    **dict.fromkeys(("xtick.major.width", "ytick.major.width"), 0.6),
    **dict.fromkeys(("xtick.minor.size", "ytick.minor.size"), 1.5),
    **dict.fromkeys(("xtick.major.pad", "ytick.major.pad"), 2),
    **dict.fromkeys(_TEXTS, FONT),
    "axes.labelpad": 2,
    "pdf.fonttype": 42,  # letters that journals take
}
"""The settings for a figure as wide as one column of a paper."""
FIXED: dict[Any, Any] = {
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "pgf.rcfonts": False,  # the document's fonts; those of the machine are paths
    "svg.hashsalt": SETTINGS["svg.hashsalt"],
    "text.parse_math": False,  # a label is text
}
"""The settings that no style file changes."""


class LineStyle(NamedTuple):
    """The style of one optimizer, in every plot of a run."""

    colour: str
    dash: Dash
    marker: str
    width: float = 1.2
    size: float = 4.0

    @property
    def line(self) -> dict[str, Any]:
        """The style of its lines, as matplotlib's keywords."""
        return {
            "color": self.colour,
            "linestyle": self.dash,
            "linewidth": self.width,
            "marker": self.marker,
            "markersize": self.size,
            "markeredgecolor": "white",
            "markeredgewidth": 0.4,
        }

    def entry(self, name: str) -> Line2D:
        """Return its entry in a legend."""
        return Line2D(
            [],
            [],
            color=self.colour,
            linestyle=self.dash,
            marker=self.marker,
            markersize=self.size,
            linewidth=self.width,
            label=name,
        )


def line_styles(families: Iterable[str]) -> dict[str, LineStyle]:
    """Return a line style for each name, by its position.

    Nine solid lines, then the same colours dashed, dotted, dash-dotted, all with
    markers that repeat after eleven: without colour, lines with the same marker have
    different dashes.
    """
    return {name: _style(place) for place, name in enumerate(dict.fromkeys(families))}


# In this order they have the styles of `line_styles`: nine solid lines, then dashed.
KNOWN = (
    *("sgd", "momentum", "adam", "keep_stepping", "calculated_step", "newton"),
    *("lbfgs", "normalized_sgd", "keep_vaulting"),
    *("optax.adamw", "optax.nadamw", "optax.rmsprop", "optax.lion"),
    *("optax.contrib.muon", "optax.contrib.prodigy"),
    *("optax.contrib.schedule_free_adamw", "trust_region_step", "newton_cg"),
    *("keep_stepping_published", "keep_vaulting_published", "optax.polyak_sgd"),
    *("scipy.L-BFGS-B", "scipy.trust-exact", "scipy.BFGS"),
)
EVERY = 9 * 11 * 4
"""The number of line styles."""
CLEAR = 9 * 4
"""The number of those that differ in colour or dashes."""


def optimizer_styles(
    names: Iterable[str],
    taken: Mapping[str, LineStyle] | None = None,
    beside: Mapping[str, str] | None = None,
) -> dict[str, LineStyle]:
    """Return a different line style for each name, which depends on the name.

    Those of `KNOWN` always have theirs, and `optax.NAME` that of NAME if it is free.
    The hash of another name chooses. A name whose style is in use gets the next free
    one: exact names of `KNOWN` come first, then the alphabet decides, so that the order
    of `names` does not matter.

    Args:
        names: The labels of optimizers.
        taken: The styles of other names in the same plots, which are not used; a name
            in it keeps its own.
        beside: Names that have colour and mark of another one, with other dashes.
    """
    styles, bases = dict(taken or {}), beside or {}
    wanted = list(dict.fromkeys(names))
    used = set(styles.values())
    order = sorted(wanted, key=lambda name: (name in bases, name not in KNOWN, name))
    for name in (name for name in order if name not in styles):
        base = styles.get(bases.get(name, ""))
        choice = [*(_dashed(base) if base else ()), *_preferred(name)]
        styles[name] = _unused(choice, used)
        used.add(styles[name])
    return {name: styles[name] for name in wanted}


Line = TypeVar("Line", bound=Hashable)


def styles_of_lines(
    lines: Mapping[Line, tuple[str, str]], beside: Mapping[str, str] | None = None
) -> dict[Line, LineStyle]:
    """Return a different line style for each line of some runs, by its optimizer.

    All lines of a family have its colour, which `optimizer_styles` chooses. Those of
    one optimizer, in several runs, have one mark too, and differ in dashes.

    Args:
        lines: The family of each line, and what tells its optimizer from others of the
            family: equal for the lines of one optimizer.
        beside: As in `optimizer_styles`, of families.
    """
    families = optimizer_styles((family for family, _ in lines.values()), beside=beside)
    marked = len(set(lines.values())) < len(lines)  # dashes tell the runs apart
    used, begun = set(families.values()), set()
    known: dict[tuple[str, str], LineStyle] = {}
    styles: dict[Line, LineStyle] = {}
    for line, optimizer in lines.items():
        style = families[optimizer[0]]
        if optimizer in known:
            style = _unused(_dashed(known[optimizer]), used)
        elif optimizer[0] in begun:
            style = _unused((_marked if marked else _dashed)(style), used)
        styles[line] = style
        known.setdefault(optimizer, style)
        begun.add(optimizer[0])
        used.add(style)
    return styles


def _unused(choice: Iterable[LineStyle], used: Container[LineStyle]) -> LineStyle:
    """Return the first style that is not in use; the first one if all are."""
    styles = list(choice)
    return next((style for style in styles if style not in used), styles[0])


def _dashed(style: LineStyle) -> Iterator[LineStyle]:
    """Yield the styles of one colour: with other dashes, then with other marks too."""
    dashes = (DASHES[2], DASHES[1], *DASHES)
    for marker in _marks_from(style):
        yield from (style._replace(marker=marker, dash=dash) for dash in dashes)


def _marked(style: LineStyle) -> Iterator[LineStyle]:
    """Yield the styles of one colour: with other marks, then with other dashes too."""
    yield from (style._replace(marker=marker) for marker in _marks_from(style))
    yield from _dashed(style)


def _marks_from(style: LineStyle) -> tuple[str, ...]:
    place = MARKERS.index(style.marker)
    return MARKERS[place:] + MARKERS[:place]


def _preferred(name: str) -> Iterator[LineStyle]:
    """Yield the styles that a name would have, the most preferred first."""
    known = next((n for n in (name, name.removeprefix("optax.")) if n in KNOWN), None)
    digest = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    first = digest % CLEAR if known is None else KNOWN.index(known)
    yield from (_style((first + i) % CLEAR) for i in range(CLEAR))
    yield from (_style(CLEAR + (digest + i) % (EVERY - CLEAR)) for i in range(EVERY))


def _style(place: int) -> LineStyle:
    return LineStyle(COLOURS[place % 9], DASHES[place // 9 % 4], MARKERS[place % 11])


@contextmanager
def plot_style() -> Iterator[None]:
    """Draw with the project's settings, independent of the user's."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


@contextmanager
def column_style(style: Sequence[tuple[str, str]] = ()) -> Iterator[None]:
    """Draw for one column of a paper: text of 8 pt, labels without formulas.

    Args:
        style: Settings of matplotlib that come before these.
    """
    stated: dict[Any, Any] = dict(style)
    with plot_style():
        mpl.rcParams.update(COLUMN)
        if "font.size" in stated:
            stated = dict.fromkeys(_TEXTS, stated["font.size"]) | stated
        mpl.rcParams.update(stated | FIXED)
        yield


def inked(figure: Figure) -> Figure:
    """Return a figure whose marks in the colour of ink have that of its text."""
    ink = mpl.rcParams["text.color"]
    if ink != INK:
        for text in figure.findobj(Text):
            if text.get_color() == INK:
                text.set_color(ink)
        for line in figure.findobj(Line2D):
            if line.get_color() == INK:
                line.set_color(ink)
            if line.get_markeredgecolor() == INK:
                line.set_markeredgecolor(ink)
    return figure
