"""Draw the figures of a run into its folder, in a few processes."""

import io
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ...core.errors import BenchError, in_a_line
from ...core.records import TuningRecord
from ...core.text import file_names
from ...store import files, landscapes, made
from ...store.environment import usable_processors
from ...store.run import Run, load
from .. import metrics
from ..classes import Division, divisions
from ..comparison import cost_tables
from ..convergence import convergence_tables
from ..groups import ALL_EXAMPLES, Results, batch_size
from ..prices import break_even_prices, contests
from . import (
    animation,
    break_even,
    calls,
    curves,
    landscape,
    memory,
    profiles,
    tuning,
)
from .animation import Animation
from .scene import Pair, Scene, by_problem, drawn_costs, family, scene, where
from .style import LineStyle, column_style, optimizer_styles
from .trajectories import trajectories
from .values import value

PLOTS = "plots"
SUFFIXES = (".svg", ".png", ".gif")
DPI = 220
"""Of a png: 750 pixels for one column of a paper."""
MANY = 10
"""Figures for which another process saves more time than its imports take."""
MOST_PROCESSES = 4
"""The most processes; a run has too few figures for more."""
PNG, SVG, GIF = ".png", ".svg", ".gif"
LOOK_EVERY = 1.0
"""Seconds after which a process looks whether its parent lives."""

Make = Callable[[], Figure | Animation | None]
Styles = dict[str, LineStyle]


class Job(NamedTuple):
    """One figure of a run.

    Attributes:
        name: Of its file, without suffix.
        make: Draws it; None if the run has nothing to show in it.
        wanted: What was asked for, in words, if it is drawn for that alone.
    """

    name: str
    make: Make
    wanted: str = ""


class Drawn(NamedTuple):
    """What was drawn.

    Attributes:
        paths: The files, in the order of the jobs.
        failed: A line for each figure that could not be drawn.
    """

    paths: list[Path]
    failed: list[str]


class Wanted(NamedTuple):
    """Which figures are drawn, and how.

    Attributes:
        every: All plots; otherwise a panel for each problem and for each of its
            metrics, and the profiles.
        svg: Each plot as svg too.
        values: Columns of the traces that are also drawn,
        costs: each of them against each of these costs.
    """

    every: bool = False
    svg: bool = False
    values: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()


PANELS, EVERY = Wanted(), Wanted(every=True)


def draw(source: Path | Run, wanted: Wanted = PANELS) -> Drawn:
    """Draw the plots of a run folder.

    They replace the plots that were drawn before when all of them are there. A plot
    that cannot be drawn costs only itself.

    Args:
        source: A run folder, or the run that was loaded from it.
        wanted: Which figures.

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
        drawn = _all(run, new, wanted)
    ordered = [drawn[place] for place in sorted(drawn)]
    failed = [line for one in ordered for line in one.failed]
    if wanted.values:
        failed += _nothing_of(jobs(run, wanted), ordered)
    return Drawn([plots / p.name for one in ordered for p in one.paths], failed)


def _nothing_of(asked: Sequence[Job], drawn: Sequence[Drawn]) -> list[str]:
    """Return a line for each thing that was asked for and drawn for no problem."""
    found: dict[str, bool] = {}
    for job, one in zip(asked, drawn, strict=True):
        if job.wanted:
            found[job.wanted] = found.get(job.wanted, False) or bool(one.paths)
    missing = (words for words, is_drawn in found.items() if not is_drawn)
    return [f"no trial has {words}: nothing to draw" for words in missing]


def _all(run: Run, into: Path, wanted: Wanted) -> dict[int, Drawn]:
    given = (into, wanted)
    try:
        return _in_processes(run, given, _processes(len(jobs(run, wanted))))
    except (BrokenProcessPool, OSError):  # no other process could be started, or lived
        return draw_part(run, *given)


def _in_processes(run: Run, given: tuple[Path, Wanted], parts: int) -> dict[int, Drawn]:
    if parts == 1:
        return draw_part(run, *given)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(parts - 1, spawn, end_with, (os.getpid(),)) as pool:
        rest = [
            pool.submit(draw_part, run.folder, *given, part, parts)
            for part in range(1, parts)
        ]
        drawn = draw_part(run, *given, 0, parts)
        for future in rest:
            drawn |= future.result()
    return drawn


def end_with(parent: int) -> None:
    """End this process soon after its parent has ended, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _processes(figures: int) -> int:
    return max(1, min(len(usable_processors()), MOST_PROCESSES, figures // MANY))


def draw_part(
    source: Path | Run,
    into: Path,
    wanted: Wanted,
    part: int = 0,
    parts: int = 1,
) -> dict[int, Drawn]:
    """Draw every `parts`-th job of a run, starting at `part`; by default all.

    Args:
        source: A run folder, or the run that was loaded from it.
        into: The folder that receives the files.
        wanted: Which figures.
        part, parts: Which jobs.

    Returns:
        What was drawn, by the number of the job.
    """
    run = load(source) if isinstance(source, Path) else source
    suffixes = (PNG, SVG) if wanted.svg else (PNG,)
    with column_style():
        return {
            place: _drawn(job, into, suffixes)
            for place, job in enumerate(jobs(run, wanted))
            if place % parts == part
        }


def _drawn(job: Job, folder: Path, suffixes: Sequence[str]) -> Drawn:
    try:
        made = job.make()
        if made is None:
            return Drawn([], [])
        if isinstance(made, Animation):
            path = folder / f"{job.name}{GIF}"
            files.replace(path, made.content)
            return Drawn([path], [])
        return Drawn(list(save(made, folder / job.name, suffixes, DPI)), [])
    except BenchError:
        raise
    except Exception as error:
        words = f"plot {job.name} could not be drawn: {in_a_line(error)}"
        return Drawn([], [words])


def jobs(run: Run, wanted: Wanted = EVERY) -> list[Job]:
    """Return the jobs that draw the figures of a run.

    Nothing is drawn until a job's `make` is called.

    Args:
        run: From `bench.load`.
        wanted: Which figures.
    """
    results = Results(run)
    untuned = {
        family(group): group.spec.family
        for group in results.groups
        if group.spec.tuned is False
    }
    styles = optimizer_styles(map(family, results.groups), beside=untuned)
    pairs = by_problem(results)
    names = file_names([*pairs, *(record.problem_label for record in run.tuned)])
    lands = landscapes.read(run.folder)
    panels, more = [], []
    for problem, own in pairs.items():
        if not any(group.records for group, _ in own):
            continue
        shown = cache(partial(scene, results, own))
        name = names[problem]
        panels.append(Job(f"{name}-panel", partial(_panel, shown, styles)))
        panels += _value_jobs(name, results, own, styles, wanted)
        if problem in lands:
            panels += _landscape_jobs(name, run, shown, lands[problem], styles)
        more += _scene_jobs(name, shown, drawn_costs(results.passes[problem]), styles)
    shared = _profile_jobs(results, pairs, styles)
    if not wanted.every:
        return [*panels, *shared]
    more += _data_profile_jobs(results, pairs, styles)
    more += _contest_jobs(results, pairs, names, styles)
    return [*panels, *shared, *more, *_tuning_jobs(run, names, pairs, styles)]


def _scene_jobs(
    name: str, shown: Callable[[], Scene], costs: Sequence[str], styles: Styles
) -> Iterator[Job]:
    """Yield a plot for each cost, one of the calls, and one of the memory."""
    for cost in costs:
        yield Job(f"{name}-{cost}", partial(_one_cost, shown, cost, styles))
    yield Job(f"{name}-calls", lambda: calls.figure(shown(), styles))
    yield Job(f"{name}-memory", lambda: memory.figure(shown(), styles))


def _landscape_jobs(
    name: str,
    run: Run,
    shown: Callable[[], Scene],
    land: landscapes.Landscape,
    styles: Styles,
) -> Iterator[Job]:
    """Yield the trajectories on a landscape, as a picture and as they grow.

    There is none if no trial of this version has kept its trajectory.
    """

    def make(draw: Callable[..., Any]) -> Any:
        seen = shown()
        known = [*trajectories(run, seen.lines)]
        return draw(seen, land, known, styles) if known else None

    yield Job(f"{name}-landscape", partial(make, landscape.figure))
    yield Job(f"{name}-trajectories", partial(make, animation.animation))


def _value_jobs(
    name: str, results: Results, pairs: list[Pair], styles: Styles, wanted: Wanted
) -> Iterator[Job]:
    """Yield a panel for each metric, then what is wanted of values against costs."""
    records = [record for group, _ in pairs for record in group.records]
    for column in metrics.shown(records):
        shown = partial(scene, results, pairs, value(column, records))
        yield Job(f"{name}-{column}", partial(_panel, shown, styles))
    for column, cost in product(wanted.values, wanted.costs):
        shown = partial(scene, results, pairs, value(column, records), [cost])
        make = partial(_one_cost, shown, cost, styles)
        yield Job(f"{name}-{column}-{cost}", make, f"{column} against {cost}")


def _panel(shown: Callable[[], Scene], styles: Styles) -> Figure | None:
    contents = shown()
    return curves.figure(contents, contents.costs, styles) if contents.tried else None


def _one_cost(shown: Callable[[], Scene], cost: str, styles: Styles) -> Figure | None:
    contents = shown()
    drawn = cost in contents.costs
    return curves.figure(contents, [cost], styles) if drawn else None


def _profile_jobs(
    results: Results, pairs: dict[str, list[Pair]], styles: Styles
) -> Iterator[Job]:
    for one in divisions(results):
        of = one.results.with_target
        own = [pair for p in pairs if p in of for pair in pairs[p]]
        words = one.words.replace(",", "").replace(" ", "_")
        name = "-".join(filter(None, ["profiles", words]))
        yield Job(name, partial(_profiles, one, where(own), styles))


def _profiles(one: Division, words: str, styles: Styles) -> Figure | None:
    tables = cost_tables(one.results, one.target)
    return profiles.figure(tables, styles, one.words, words)


def _data_profile_jobs(
    results: Results, pairs: dict[str, list[Pair]], styles: Styles
) -> Iterator[Job]:
    full = results.parts.get(ALL_EXAMPLES, results)
    own = [pair for p in full.of_problem if p in pairs for pair in pairs[p]]
    if len(full.of_problem) >= profiles.LEAST:
        made = partial(_data_profiles, full, where(own), styles)
        yield Job("data_profiles", made)


def _data_profiles(results: Results, words: str, styles: Styles) -> Figure | None:
    return profiles.data_figure(convergence_tables(results), styles, "", words)


def _contest_jobs(
    results: Results,
    pairs: dict[str, list[Pair]],
    names: dict[str, str],
    styles: Styles,
) -> Iterator[Job]:
    # Both are computed once, if needed.
    met = cache(lambda: {(one.problem, one.batch): one for one in contests(results)})
    prices = cache(partial(break_even_prices, results))

    def make(problem: str, batch: int | None) -> Figure | None:
        contest = met().get((problem, batch))
        if contest is None:
            return None
        rows = prices().to_dict("records")
        calls = problem, batch
        own = [
            row for row in rows if (row["problem"], batch_size(row["batch"])) == calls
        ]
        return break_even.figure(contest, own, styles, where(pairs[problem]))

    for problem in pairs:
        for batch in results.passes[problem] if problem in results.with_target else ():
            of_batch = "" if batch is None else f"-batch_{batch}"
            name = f"{names[problem]}-break_even{of_batch}"
            yield Job(name, partial(make, problem, batch))


def _tuning_jobs(
    run: Run, names: dict[str, str], pairs: dict[str, list[Pair]], styles: Styles
) -> Iterator[Job]:
    tuned: dict[str, list[TuningRecord]] = defaultdict(list)
    for record in run.tuned:
        tuned[record.problem_label].append(record)
    for problem, records in tuned.items():
        words = where(pairs[problem]) if problem in pairs else ""
        for name, make in tuning.figures(problem, records, styles, words):
            yield Job(f"{names[problem]}-{name}", make)


def save(
    figure: Figure, stem: Path, suffixes: Sequence[str] = (SVG, PNG), dpi: int = 130
) -> Iterator[Path]:
    """Write a figure as svg and png, the same bytes each time; yield the paths."""
    figure.dpi = dpi
    for suffix in suffixes:
        path = stem.with_name(stem.name + suffix)
        files.replace(path, _svg(figure) if suffix == SVG else _png(figure))
        yield path


def _svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(
        out,
        metadata={"Software": None},
        pil_kwargs={
            "compress_level": 4
        },  # three times as fast as 6, and a tenth larger
    )
    return out.getvalue()
