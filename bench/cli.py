"""The command line: `python -m bench run CONFIG` and its other verbs."""

import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from .errors import BenchError, StoreError

_FOLDER = click.Path(path_type=Path)


def _show_help(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(context.get_help(), err=True)
        context.exit()


_help = click.option(
    "-h",
    "--help",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this and exit.",
)


def _overrides(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how the config is changed."""
    keep = click.option(
        "--only",
        "chosen",
        multiple=True,
        metavar="KIND=NAME",
        help="Keep one optimizer=NAME or problem=NAME, by label or name. Repeatable.",
    )
    put = click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="KEY=VALUE",
        help="Put a value over the config's: budget.steps=100, "
        "optimizers.0.learning_rate=0.1. Repeatable.",
    )
    quick = click.option(
        "--quick", is_flag=True, help="At the config's own quick size."
    )
    return put(keep(quick(command)))


_device = click.option(
    "--device",
    "wanted",
    type=click.Choice(["cpu", "gpu", "tpu"]),
    help="Where to measure; without it JAX chooses.",
)


class _Rounds(click.ParamType):
    """A whole number, at least 1, or the word `auto`."""

    name = "N|auto"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the number, or the word as it is."""
        if value == "auto":
            return value
        return click.IntRange(min=1).convert(value, param, ctx)


@click.group(add_help_option=False)
@_help
def bench() -> None:
    """Measure what an optimizer's progress costs.

    Exit status: 0 done; 1 a trial failed, or something compared is worse; 2 the call
    or the config is wrong.
    """


@bench.command(add_help_option=False)
@click.argument("config", type=_FOLDER)
@_overrides
@click.option("--out", type=_FOLDER, help="The run's folder [results/NAME].")
@_device
@click.option(
    "--retry",
    type=click.Choice(["failed"]),
    multiple=True,
    help="Do the trials with this end again.",
)
@click.option(
    "--rounds",
    type=_Rounds(),
    help="How often all trials are run, each time in a fresh process and another "
    "order; auto: until a slowdown of 10 % would show.",
)
@click.option(
    "--mix",
    is_flag=True,
    help="Go on in a folder made with other versions or another device.",
)
@_help
def run(config: Path, **options: Any) -> int:
    """Run what is missing of CONFIG, then make its tables and plots."""
    from .running.interrupt import stoppable

    with stoppable():
        from .keeping.device import open_none
        from .running.run import run

        open_none()
        return run(config, **options)


@bench.command(add_help_option=False)
@click.argument("config", type=_FOLDER)
@_overrides
@_help
def check(
    config: Path, sets: Sequence[str], chosen: Sequence[str], quick: bool
) -> None:
    """Say whether CONFIG can be run, and what it would run."""
    from .keeping.device import open_none
    from .planning.config import read
    from .planning.plan import plan

    open_none()
    specs = plan(read(config, sets, chosen, quick), "cpu")
    seeds = {(spec.seed, spec.round) for spec in specs}
    pairs = len(specs) // len(seeds)
    click.echo(
        f"{config}: {len(specs)} trials, {len(seeds)} of each of {pairs} pairs of "
        "a problem and an optimizer's settings"
    )


@bench.command(add_help_option=False)
@click.argument("config", type=_FOLDER)
@_overrides
@_device
@click.option("--out", type=_FOLDER, help="Tell this run's folder what updates take.")
@_help
def profile(
    config: Path,
    sets: Sequence[str],
    chosen: Sequence[str],
    quick: bool,
    wanted: str | None,
    out: Path | None,
) -> None:
    """Say where the seconds of a step go, for each pair of CONFIG."""
    from .keeping.device import find
    from .planning.config import read
    from .running.profile import show

    show(read(config, sets, chosen, quick), find(wanted), out and _made(out))


@bench.command("list", add_help_option=False)
@click.argument("kind", type=click.Choice(["problems", "optimizers"]), required=False)
@_help
def list_(kind: str | None) -> None:
    """List problems and optimizers with every setting and its default."""
    from .telling.listing import KINDS, listing

    for line in listing((kind,) if kind else KINDS):
        click.echo(line)


@bench.command(add_help_option=False)
@click.argument("run", type=_FOLDER)
@_help
def table(run: Path) -> None:
    """Make the tables of the folder RUN again and print the summary."""
    from .running.outcome import tables

    click.echo(tables(_made(run)))


@bench.command(add_help_option=False)
@click.argument("run", type=_FOLDER)
@_help
def plot(run: Path) -> None:
    """Make the plots of the folder RUN again and print their paths."""
    from .running.outcome import plots

    for path in plots(_made(run)):
        click.echo(path)


def _claims(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a claim's id, its sentence beside it."""
    from .claims import REGISTRY

    del context, parameter
    return [
        CompletionItem(claim.id, help=claim.sentence)
        for claim in REGISTRY.values()
        if claim.id.startswith(incomplete)
    ]


@bench.command(add_help_option=False)
@click.argument("a", type=_FOLDER)
@click.argument("b", type=_FOLDER)
@_help
def compare(a: Path, b: Path) -> int:
    """Say what is worse, better or the same in the run B than in the run A.

    Exit status: 1 where something is worse.
    """
    from .compare import compare

    section = compare(_made(a), _made(b))
    click.echo(section.text, nl=False)
    return 1 if section.worse else 0


@bench.command(add_help_option=False)
@click.argument("ids", metavar="[ID]...", nargs=-1, shell_complete=_claims)
@click.option("--all", "every", is_flag=True, help="Run all claims.")
@click.option("--full", is_flag=True, help="At the sources' own sizes.")
@click.option(
    "--out",
    type=_FOLDER,
    default=Path("results/claims"),
    help="Where numbers, plots and verdicts go [results/claims].",
)
@_help
def claims(ids: Sequence[str], every: bool, full: bool, out: Path) -> int:
    """List the claims of the literature, or run some or --all of them."""
    from .claims import REGISTRY, find, show

    chosen = list(REGISTRY.values()) if every else [find(id) for id in ids]
    if chosen:
        return show.run(chosen, out, full)
    for line in show.listing():
        click.echo(line)
    return 0


def _made(run: Path) -> Path:
    if not (run / "run.json").is_file():
        raise StoreError(f"{run}: no run there (it has no run.json)")
    return run


MODULE = "python -m bench"


def script() -> None:
    """Be the command `gradmeter`, which a shell can complete."""
    sys.exit(main(called="gradmeter"))


def main(arguments: Sequence[str] | None = None, called: str = MODULE) -> int:
    """Do what the arguments say and return the exit status.

    Args:
        arguments: Those of the shell where None.
        called: What the usage lines call the program.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:  # what other people's code warns of is not a line
                warnings.simplefilter("ignore")
            status = bench.main(given, prog_name=called, standalone_mode=False)
    except BenchError as error:
        return _say(error.lines, error.status)
    except click.ClickException as error:
        return _say([error.format_message()], 2)
    except (KeyboardInterrupt, click.Abort):
        words = (
            "interrupted; what was done is kept: the same command goes on from there"
        )
        return _say([words], 130)
    except BrokenPipeError:
        return 1
    return status or 0


def _say(lines: Sequence[str], status: int) -> int:
    for line in lines:
        click.echo(line, err=True)
    return status
