"""All figures of a run, as jobs that can be done apart."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from matplotlib.figure import Figure

from ..comparison import fields
from ..parts import parts
from ..price_axis import Contest, contests, prices_that_decide
from ..reading import Run
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
    return [
        *(partial(_scene, scene, look) for scene in found),
        *(partial(_contest, run, contest, look) for contest in contests(run)),
        *(partial(_profiles, part, r, look) for part, r in parts(run).items()),
        *(partial(_tuning, run, name, look) for name in tuned.problems(run)),
    ]


def _scene(scene: Scene, looks: dict[str, Look]) -> Iterator[Named]:
    for name, figure in figures(scene, looks):
        yield f"{_stem(scene.problem)}-{name}", figure


def _contest(run: Run, contest: Contest, looks: dict[str, Look]) -> Iterator[Named]:
    pairs = prices_that_decide(run).to_dict("records")
    mine = [row for row in pairs if row["problem"] == contest.problem]
    figure = crossings.figure(contest, mine, looks)
    yield f"{_stem(contest.problem)}-crossings", figure


def _profiles(part: str, run: Run, looks: dict[str, Look]) -> Iterator[Named]:
    if figure := profiles.figure(fields(run), looks, part):
        yield "-".join(filter(None, ["profiles", _stem(part) if part else ""])), figure


def _tuning(run: Run, problem: str, looks: dict[str, Look]) -> Iterator[Named]:
    for name, figure in tuned.figures(run, problem, looks):
        yield f"{_stem(problem)}-{name}", figure


def _stem(problem: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=]+", "_", problem).strip("._") or "problem"
