"""One figure of a run, by problem and axes or by its name."""

from collections.abc import Collection, Sequence

from matplotlib.figure import Figure

from factories import nearest

from ...core.costs import COSTS
from ...core.errors import RunError
from ...store.run import Run
from ..groups import Results
from . import curves
from .animation import Animation
from .jobs import jobs, styles_of
from .scene import PROGRESS, by_problem, scene
from .style import column_style
from .values import check_values, value


def progress_of(
    run: Run, problem: str | None = None, y: str | None = None, x: Sequence[str] = ()
) -> Figure:
    """Return the progress of the optimizers on one problem.

    Args:
        run: The run.
        problem: A problem's label; the first one if None.
        y: A column of the traces; the suboptimality or the loss if None.
        x: Units of cost; the usual ones if empty.

    Raises:
        RunError: There is no such problem, value or cost, or no trial has it.
    """
    results = Results(run)
    pairs = by_problem(results)
    if not pairs:
        raise RunError(f"{run.folder}: the run has no trials: nothing to draw")
    chosen = next(iter(pairs)) if problem is None else problem
    _check(run, "problem", [chosen], pairs)
    _check(run, "cost", x, COSTS)
    records = [record for group, _ in pairs[chosen] for record in group.records]
    if y is not None:
        check_values(run, [y])
    shown = PROGRESS if y is None else value(y, records)
    contents = scene(results, pairs[chosen], shown, x or None)
    missing = [cost for cost in x if cost not in contents.costs]
    if missing or not contents.costs:
        what = f"{y or 'progress'} against {missing[0] if missing else 'a cost'}"
        raise RunError(f"{run.folder}: no trial on {chosen!r} has {what}")
    with column_style():
        made = curves.figure(contents, list(x) or contents.costs, styles_of(results))
        return _settled(made)


def names_of(run: Run) -> list[str]:
    """Return the names of the plots of a run, some of which may show nothing."""
    return [job.name for job in jobs(run)]


def figure_of(run: Run, name: str) -> Figure:
    """Return the plot of a name.

    Args:
        run: The run.
        name: One of `names_of`.

    Raises:
        RunError: There is none of that name, it shows nothing, or it is an animation.
    """
    known = {job.name: job for job in jobs(run)}
    _check(run, "plot", [name], known)
    with column_style():
        made = known[name].make()
        if made is None:
            raise RunError(f"{run.folder}: the run has nothing to show in {name!r}")
        if isinstance(made, Animation):
            words = f"{name!r} is an animation, which `python -m bench plot` writes"
            raise RunError(f"{run.folder}: {words}")
        return _settled(made)


def _check(run: Run, kind: str, given: Sequence[str], known: Collection[str]) -> None:
    """Check names of a kind; the nearest one is suggested."""
    for name in given:
        if name not in known:
            hint = nearest(name, known) or f" There are {', '.join(known)}."
            raise RunError(f"{run.folder}: no {kind} {name!r}.{hint}")


def _settled(figure: Figure) -> Figure:
    """Make what drawing makes, such as ticks, while the plot's own style is set."""
    figure.draw_without_rendering()
    return figure
