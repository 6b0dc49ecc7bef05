"""All figures of a run, as jobs that can be done apart."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial

import pandas as pd
from matplotlib.figure import Figure

from ..keeping.reading import Run
from ..telling.comparison import fields
from ..telling.parts import parts
from ..telling.price_axis import Contest, contests, prices_that_decide
from ..tuning.records import Record
from . import crossings, profiles, tuned
from .figures import figures
from .look import Look, looks
from .scene import Scene, scenes

Named = tuple[str, Figure]
Job = Callable[[], Iterable[Named]]


def jobs(run: Run) -> list[Job]:
    """Return what draws the figures of a run; each yields the names of some, and them.

    Nothing is drawn before a job is called.
    """
    found = [scene for scene in scenes(run) if scene.lines]
    look = looks(line.family for scene in found for line in scene.lines)
    pairs = cache(partial(prices_that_decide, run))  # once for all contests, if any
    return [
        *(partial(_scene, scene, look) for scene in found),
        *(partial(_contest, contest, pairs, look) for contest in contests(run)),
        *(partial(_profiles, part, r, look) for part, r in parts(run).items()),
        *(partial(_tuning, *tuning, look) for tuning in _by_problem(run).items()),
    ]


def _by_problem(run: Run) -> dict[str, list[Record]]:
    """Return what was tuned, by the label of the problem."""
    found = defaultdict(list)
    for record in run.tuned:
        found[record["problem_label"]].append(record)
    return found


def _scene(scene: Scene, looks: dict[str, Look]) -> Iterator[Named]:
    for name, figure in figures(scene, looks):
        yield f"{_stem(scene.problem)}-{name}", figure


def _contest(
    contest: Contest, pairs: Callable[[], pd.DataFrame], looks: dict[str, Look]
) -> Iterator[Named]:
    rows = pairs().to_dict("records")
    mine = [row for row in rows if row["problem"] == contest.problem]
    figure = crossings.figure(contest, mine, looks)
    yield f"{_stem(contest.problem)}-crossings", figure


def _profiles(part: str, run: Run, looks: dict[str, Look]) -> Iterator[Named]:
    if figure := profiles.figure(fields(run), looks, part):
        yield "-".join(filter(None, ["profiles", _stem(part) if part else ""])), figure


def _tuning(
    problem: str, records: list[Record], looks: dict[str, Look]
) -> Iterator[Named]:
    for name, figure in tuned.figures(problem, records, looks):
        yield f"{_stem(problem)}-{name}", figure


def _stem(problem: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=]+", "_", problem).strip("._") or "problem"
