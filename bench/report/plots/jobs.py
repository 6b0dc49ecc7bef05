"""The figures of a run: their names, and how each is made."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import product
from typing import Any, NamedTuple

from matplotlib.figure import Figure

from ...core.formats import PLOTS
from ...core.records import TuningRecord
from ...core.text import file_names
from ...store.landscapes import Landscape
from ...store.run import Run
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
from .size import ONE_COLUMN, Size
from .style import LineStyle, styles_of_lines
from .trajectories import trajectories
from .user_style import Style, restyled
from .values import value

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


class Wanted(NamedTuple):
    """Which figures are drawn, and how.

    Attributes:
        every: All plots; otherwise a panel for each problem and for each of its
            metrics, and the profiles.
        svg: Each plot as svg too.
        values: Columns of the traces that are also drawn,
        costs: each of them against each of these costs.
        formats: Of the files, names of `core.formats.PLOTS`.
        size: Of each figure.
        style: Settings of matplotlib, from `user_style.read_style`.
    """

    every: bool = False
    svg: bool = False
    values: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("png",)
    size: Size = ONE_COLUMN
    style: Style = ()

    @property
    def suffixes(self) -> list[str]:
        """The suffixes of each plot's files."""
        formats = (*self.formats, *(["svg"] if self.svg else []))
        return [PLOTS[name] for name in dict.fromkeys(formats)]


PANELS, EVERY = Wanted(), Wanted(every=True)


def jobs(run: Run, wanted: Wanted = EVERY) -> list[Job]:
    """Return the jobs that draw the figures of a run.

    Nothing is drawn until a job's `make` is called.

    Args:
        run: From `bench.load`.
        wanted: Which figures.
    """
    results = Results(run)
    styles = restyled(styles_of(results), wanted.style)
    pairs = by_problem(results)
    names = _names(run, pairs)
    lands = run.landscapes
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
    panels += _host_jobs(results, names, styles)
    shared = _profile_jobs(results, pairs, styles)
    if not wanted.every:
        return [*panels, *shared]
    more += _data_profile_jobs(results, pairs, styles)
    more += _contest_jobs(results, pairs, names, styles)
    return [*panels, *shared, *more, *_tuning_jobs(run, names, pairs, styles)]


def host_plots(run: Run) -> list[str]:
    """Return the names of the figures that state a host; none if there is only one."""
    if not run.by_host:
        return []
    results = Results(run)
    names = _names(run, by_problem(results))
    return [job.name for job in _host_jobs(results, names, {})]


def _names(run: Run, problems: Iterable[str]) -> dict[str, str]:
    """Return the name of each problem in the names of files."""
    return file_names([*problems, *(record.problem_label for record in run.tuned)])


def _host_jobs(
    results: Results, names: dict[str, str], styles: Styles
) -> Iterator[Job]:
    """Yield what is drawn against seconds for each host, if there are several."""
    on = file_names(results.hosts, "host")
    for host, own in results.hosts.items():
        for problem, pairs in by_problem(own).items():
            if any(group.records for group, _ in pairs):
                shown = partial(_on_host, own, pairs, host)
                make = partial(_one_cost, shown, "seconds", styles)
                yield Job(f"{names[problem]}-seconds-on_{on[host]}", make)
        yield Job(f"profiles-on_{on[host]}", partial(_host_profiles, own, host, styles))


def _on_host(results: Results, pairs: list[Pair], host: str) -> Scene:
    timed = scene(results, pairs, costs=["seconds"])
    return replace(timed, where=f"{timed.where}, on {host}")


def _host_profiles(results: Results, host: str, styles: Styles) -> Figure | None:
    tables = cost_tables(results)
    timed = {cost: tables[cost] for cost in ("seconds",) if cost in tables}
    return profiles.figure(timed, styles, f"on {host}")


def styles_of(results: Results) -> Styles:
    """Return the line style of each family, the same in all plots of a run.

    Of several runs side by side an optimizer has one colour and mark in all of them.
    """
    own = results.run.own_names
    lines = {name: (own.get(name, name), "") for name in map(family, results.groups)}
    untuned = {
        lines[family(group)][0]: own.get(group.spec.family, group.spec.family)
        for group in results.groups
        if group.spec.tuned is False
    }
    return styles_of_lines(lines, beside=untuned)


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
    land: Landscape,
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
