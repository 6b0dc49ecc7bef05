"""Draw the trajectories across a landscape as they grow, as a GIF."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from PIL import Image

from ...store.landscapes import Landscape
from . import landscape
from .landscape import Styles
from .scene import Scene
from .style import INK
from .trajectories import KIND_MARKS, Trajectory

FRAMES = 48
"""Most frames: all of the first steps, then ever fewer."""
DPI = 120
MILLISECONDS = 120
MIXES = 8
"""Mixtures of a colour with white, at the edges of lines."""
LAST = 2500
"""Milliseconds for which the last frame stays."""


class Animation(NamedTuple):
    """A GIF, the same bytes each time."""

    content: bytes


def animation(
    scene: Scene, land: Landscape, trajectories: Sequence[Trajectory], styles: Styles
) -> Animation:
    """Return the trajectories up to each of some steps.

    The last step of each trajectory is a large mark that shows the kinds of its calls.

    Args:
        scene: The problem.
        land: Its losses on a grid.
        trajectories: At least one.
        styles: By family.
    """
    figure, axes = landscape.ground(scene, land, trajectories, styles, ())
    figure.dpi, canvas = DPI, FigureCanvasAgg(figure)
    canvas.draw()
    empty = canvas.copy_from_bbox(figure.bbox)
    images = []
    for step in _steps(max(trajectory.steps for trajectory in trajectories)):
        canvas.restore_region(empty)
        for artist in _artists(axes, trajectories, step, styles):
            axes.draw_artist(artist)
            artist.remove()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba()).copy())
        images.append(image.convert("RGB"))
    used = dict.fromkeys(
        styles[trajectory.line.family].colour for trajectory in trajectories
    )
    return Animation(_gif(images, used))


def _steps(last: int) -> list[int]:
    """Return the steps of the frames."""
    if last < FRAMES:
        return list(range(last + 1))
    spaced = np.geomspace(1, last, FRAMES)
    apart = np.maximum(np.round(spaced), np.arange(1, FRAMES + 1))
    return [0, *sorted({int(step) for step in apart if step < last}), last]


def _artists(
    axes: Axes, trajectories: Sequence[Trajectory], step: int, styles: Styles
) -> Iterator[Artist]:
    """Yield the trajectories up to a step, each with the step's mark; its number."""
    for trajectory in trajectories:
        style = styles[trajectory.line.family]
        rows = int(np.searchsorted(trajectory.step, step, side="right"))
        yield from axes.plot(*trajectory.at[:rows].T, **landscape.line_of(style))
        mark = KIND_MARKS[trajectory.kind[rows - 1] or "gradient"][0]
        how: dict[str, Any] = landscape.mark_of(style, mark, 7) | {
            "markeredgewidth": 0.7
        }
        yield from axes.plot(*trajectory.at[rows - 1], **how)
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2}
    place = {"ha": "right", "va": "top", "transform": axes.transAxes, "bbox": behind}
    yield axes.text(0.98, 0.98, f"step {step}", **place)


def _gif(images: Sequence[Image.Image], colours: Iterable[str]) -> bytes:
    """Return a GIF of images that have these colours, mixed with white, and shades."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([*_palette(colours)])
    frames = [x.quantize(palette=palette, dither=Image.Dither.NONE) for x in images]
    out = io.BytesIO()
    frames[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[MILLISECONDS] * (len(frames) - 1) + [LAST],
        loop=0,
        optimize=False,
    )
    return out.getvalue()


def _palette(colours: Iterable[str]) -> Iterator[int]:
    """Yield red, green and blue of at most 256 colours, one after the other."""
    ground = {INK: 24, landscape.DARKEST: 16, landscape.CONTOUR: 8}
    mixed = ground | dict.fromkeys([*colours, landscape.STAR], MIXES)
    places = [
        1 - share * (1 - np.array(to_rgb(colour)))
        for colour, count in mixed.items()
        for share in np.linspace(0, 1, count)
    ]
    for colour in places[:256]:
        yield from np.round(255 * colour).astype(int).tolist()
