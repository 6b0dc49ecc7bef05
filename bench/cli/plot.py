"""The verb `plot`."""

from pathlib import Path
from typing import Any

import click

from ..core.formats import PLOTS
from .environment import Verb
from .options import FOLDER, Choice, help_option, opened, refuse_run, runs_argument


class _Cost(click.ParamType):
    """A unit of cost, by the table that states them, which `--help` does not import."""

    name = "COST"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the unit's name."""
        from ..core.costs import COSTS

        return Choice(list(COSTS)).convert(value, param, ctx)


class _Formats(click.ParamType):
    """Formats of plots, separated by commas."""

    name = "FORMATS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the formats' names."""
        choice = Choice(list(PLOTS))
        return tuple(choice.convert(name, param, ctx) for name in value.split(","))


@click.command(cls=Verb, add_help_option=False)
@runs_argument
@click.option(
    "--out", type=FOLDER, help="The folder for the plots of several runs side by side."
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Every plot; without it a panel for each problem, one for each of its "
    "metrics, and the profiles.",
)
@click.option("--svg", is_flag=True, help="Each plot as svg too.")
@click.option(
    "--format",
    "formats",
    type=_Formats(),
    default="png",
    help=f"Formats of each plot, separated by commas: {', '.join(PLOTS)} [png].",
)
@click.option(
    "--size",
    default="one-column",
    metavar="SIZE",
    help="one-column (3.4 inches wide), two-column (7 inches), or WIDTHxHEIGHT in "
    "inches [one-column].",
)
@click.option(
    "--style",
    type=FOLDER,
    metavar="FILE",
    help="A matplotlib style file of your own.",
)
@click.option(
    "--y",
    "values",
    multiple=True,
    metavar="COLUMN",
    help="Plot also this column of the traces, such as held_out_accuracy. Repeatable.",
)
@click.option(
    "--x",
    "costs",
    multiple=True,
    type=_Cost(),
    help="The cost that --y is plotted against; seconds without it. Repeatable.",
)
@help_option
def plot(
    runs: tuple[Path, ...],
    out: Path | None,
    every: bool,
    svg: bool,
    formats: tuple[str, ...],
    size: str,
    style: Path | None,
    values: tuple[str, ...],
    costs: tuple[str, ...],
) -> int:
    """Make the plots of the folder RUN again and print their paths.

    Of several runs they are drawn side by side into the folder OUT, and no folder of a
    run is changed. Exit status: 1 if a plot could not be drawn.
    """
    from ..report.plots import Wanted, check_values, draw, draw_into
    from ..report.plots.size import size_of
    from ..report.plots.user_style import read_style

    if (len(runs) > 1) != (out is not None):
        raise click.UsageError("--out is for several runs, which need it")
    if out is not None:
        refuse_run(out)
    if costs and not values:
        raise click.UsageError("--x states what --y is plotted against: give a --y")
    form = formats, size_of(size), read_style(style) if style else ()
    loaded = opened(runs)
    check_values(loaded, values)
    wanted = Wanted(every, svg, values, costs or ("seconds",), *form)
    drawn = draw(loaded, wanted) if out is None else draw_into(out, loaded, wanted)
    for path in drawn.paths:
        click.echo(path)
    for line in drawn.failed:
        click.echo(line, err=True)
    return 1 if drawn.failed else 0
