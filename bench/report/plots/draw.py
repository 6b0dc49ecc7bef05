"""Draw the figures of a run into its folder, in a few processes."""

import io
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.records import TuningRecord
from ...store import files, made
from ...store.run import Run, load
from ..comparison import cost_tables
from ..groups import Results
from ..prices import Contest, break_even_prices, contests
from . import break_even, curves, profiles, tuning
from .scene import Scene, scenes
from .style import AXES, PANEL, LineStyle, frame, line_styles, plot_style

PLOTS = "plots"
SUFFIXES = (".svg", ".png")
DPI = 130
MANY = 20
"""Trials for which starting another process saves time."""
MOST_PROCESSES = 4
"""The most processes; a run has too few figures for more."""

Named = tuple[str, Figure]
Job = Callable[[], Iterable[Named]]


def draw(source: Path | Run) -> list[Path]:
    """Draw the plots of a run folder, and return the files.

    They replace the plots that were drawn before when all of them are there.

    Args:
        source: A run folder, or the run that was loaded from it.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written, or the plots of before cannot
            be made again; these are unchanged.
    """
    run = load(source) if isinstance(source, Path) else source
    plots = run.folder / PLOTS
    there = (path for path in plots.glob("*") if path.suffix in SUFFIXES)
    made.refuse_loss(run, PLOTS, [f"{PLOTS}/{path.name}" for path in there])
    with made.beside(run, PLOTS) as new:
        drawn = sorted(_drawn(run, new), key=lambda pair: pair[0])
    return [plots / path.name for _, path in drawn]


def _drawn(run: Run, into: Path) -> list[tuple[int, Path]]:
    parts = _processes(run)
    if parts == 1:
        return draw_part(run, into)
    with ProcessPoolExecutor(parts - 1, get_context("spawn")) as pool:
        rest = [
            pool.submit(draw_part, run.folder, into, part, parts)
            for part in range(1, parts)
        ]
        drawn = draw_part(run, into, 0, parts)
        for future in rest:
            drawn += future.result()
    return drawn


def _processes(run: Run) -> int:
    trials = len(run.records)
    return max(1, min(os.cpu_count() or 1, MOST_PROCESSES, trials // MANY))


def draw_part(
    source: Path | Run, into: Path, part: int = 0, parts: int = 1
) -> list[tuple[int, Path]]:
    """Draw every `parts`-th job of a run, starting at `part`; by default all.

    Args:
        source: A run folder, or the run that was loaded from it.
        into: The folder that receives the files.
        part, parts: Which jobs.

    Returns:
        The files, svg and png of each plot, each with the number of its job.
    """
    run = load(source) if isinstance(source, Path) else source
    with plot_style():
        return [
            (place, path)
            for place, job in enumerate(jobs(run))
            if place % parts == part
            for name, figure in job()
            for path in save(figure, into / name)
        ]


def jobs(run: Run) -> list[Job]:
    """Return the jobs that draw the figures of a run; each yields names with figures.

    Nothing is drawn until a job is called.
    """
    results = Results(run)
    shown = [scene for scene in scenes(results) if scene.lines]
    styles = line_styles(line.family for scene in shown for line in scene.lines)
    pairs = cache(partial(break_even_prices, results))  # computed once, if needed
    return [
        *(partial(_scene, scene, styles) for scene in shown),
        *(partial(_contest, contest, pairs, styles) for contest in contests(results)),
        *(
            partial(_profiles, part, of_part, styles)
            for part, of_part in results.parts.items()
            if len(of_part.with_target) >= profiles.LEAST
        ),
        *(partial(_tuning, *tuned, styles) for tuned in _tuned_by_problem(run).items()),
    ]


def _tuned_by_problem(run: Run) -> dict[str, list[TuningRecord]]:
    by_problem = defaultdict(list)
    for record in run.tuned:
        by_problem[record.problem_label].append(record)
    return by_problem


def _scene(scene: Scene, styles: dict[str, LineStyle]) -> Iterator[Named]:
    """Yield a plot for each cost, all costs side by side, and the calls."""
    stem = _stem(scene.problem)
    for cost in scene.costs:
        yield f"{stem}-{cost}", _curves(scene, [cost], styles)
    if len(scene.costs) > 1:
        yield f"{stem}-panel", _curves(scene, scene.costs, styles)
    if curves.reached(scene):
        figure, axes = _framed(scene, curves.call_handles(scene, styles), [AXES])
        curves.draw_calls(axes[0], scene, styles)
        yield f"{stem}-calls", figure


def _curves(scene: Scene, costs: list[str], styles: dict[str, LineStyle]) -> Figure:
    widths = [AXES] if len(costs) == 1 else [PANEL] * len(costs)
    figure, axes = _framed(scene, curves.handles(scene, costs, styles), widths)
    for ax, cost in zip(axes, costs, strict=True):
        curves.draw(ax, scene, cost, styles)
    axes[0].set_ylabel(curves.value_label(scene))
    for ax in axes[1:]:
        ax.tick_params(labelleft=False)
    return figure


def _framed(
    scene: Scene, handles: list[Line2D], widths: list[float]
) -> tuple[Figure, list[Axes]]:
    title = f"{scene.problem}  ({scene.where})"
    return frame(title, handles, widths, scene.absent)


def _contest(
    contest: Contest, pairs: Callable[[], pd.DataFrame], styles: dict[str, LineStyle]
) -> Iterator[Named]:
    rows = pairs().to_dict("records")
    own = [row for row in rows if row["problem"] == contest.problem]
    figure = break_even.figure(contest, own, styles)
    yield f"{_stem(contest.problem)}-break_even", figure


def _profiles(
    part: str, results: Results, styles: dict[str, LineStyle]
) -> Iterator[Named]:
    if figure := profiles.figure(cost_tables(results), styles, part):
        yield "-".join(filter(None, ["profiles", _stem(part) if part else ""])), figure


def _tuning(
    problem: str, records: list[TuningRecord], styles: dict[str, LineStyle]
) -> Iterator[Named]:
    for name, figure in tuning.figures(problem, records, styles):
        yield f"{_stem(problem)}-{name}", figure


def _stem(problem: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=]+", "_", problem).strip("._") or "problem"


def save(figure: Figure, stem: Path) -> Iterator[Path]:
    """Write a figure as svg and png, the same bytes each time; yield the paths."""
    for suffix, content in ((".svg", _svg(figure)), (".png", _png(figure))):
        path = stem.with_name(stem.name + suffix)
        files.replace(path, content)
        yield path


def _svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.dpi = DPI
    FigureCanvasAgg(figure).print_png(
        out,
        metadata={"Software": None},
        pil_kwargs={
            "compress_level": 4
        },  # three times as fast as 6, and a tenth larger
    )
    return out.getvalue()
