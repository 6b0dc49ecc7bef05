"""Options and arguments that several verbs share."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ..core.errors import StoreError, no_run

if TYPE_CHECKING:
    from ..store.run import Run

FOLDER = click.Path(path_type=Path)
"""A path argument."""
runs_argument = click.argument(
    "runs", type=FOLDER, nargs=-1, required=True, metavar="RUN [RUN ...]"
)
"""One run folder, or several that are shown side by side; see `opened`."""


class Choice(click.Choice):
    """A choice among a few words, whose error names the nearest."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the word."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            from factories import nearest

            near = nearest(str(value), self.choices)
            return self.fail(f"{error.message}{near}", param, ctx)


def _show_help(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(context.get_help(), err=True)
        context.exit()


help_option = click.option(
    "-h",
    "--help",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_help,
    help="Show this and exit.",
)


def _show_version(
    context: click.Context, option: click.Parameter, wanted: bool
) -> None:
    if wanted and not context.resilient_parsing:
        from ..store.environment import versions

        found = versions()
        own = f"gradmeter {found.pop('gradmeter', '')}".strip()
        others = (f"{name} {what}" for name, what in found.items())
        click.echo(", ".join([own, *others]))
        context.exit()


version_option = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the versions of this project and of what it measures with, and exit.",
)
host_names_option = click.option(
    "--host-names",
    "names_machines",
    is_flag=True,
    help="State the names that machines have in the network; without it several are "
    "`machine 1`, `machine 2`.",
)
device_option = click.option(
    "--device",
    "platform",
    type=Choice(["cpu", "gpu", "tpu"]),
    help="Where to measure; without it JAX chooses.",
)
retry_option = click.option(
    "--retry",
    type=Choice(["failed", "lost"]),
    multiple=True,
    help="Run the trials with this end again; failed includes lost.",
)


class _Config(click.Path):
    """A file, or the name of a config that comes with the project."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete a file or a name."""
        from ..config import shipped

        known = [n for n in shipped.names() if n.startswith(incomplete)]
        files = super().shell_complete(ctx, param, incomplete)
        return [*files, *map(CompletionItem, known)]


def config_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument CONFIG; the verb takes the paths in it from its folder."""

    @click.argument("config", type=_Config())
    @wraps(command)
    def call(config: str, **options: Any) -> Any:
        from factories import taken_from

        from ..config import shipped

        file = shipped.find(config)
        with taken_from(file.parent):
            return command(config=file, **options)

    return call


def override_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that change the config."""
    only = click.option(
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
        help="Replace a value of the config: budget.steps=100, "
        "optimizers.0.learning_rate=0.1; optimizers.+.name=adam adds an entry. "
        "Repeatable.",
    )
    quick = click.option(
        "--quick", is_flag=True, help="Run at the quick size that the config states."
    )
    return put(only(quick(command)))


def existing_run(folder: Path) -> Path:
    """Return a run folder.

    Raises:
        RunMissing: The folder is not a run folder.
    """
    if not (folder / "run.json").is_file():
        raise no_run(folder)
    return folder


def refuse_run(out: Path) -> None:
    """Check that a folder for files of other runs is no run folder itself.

    Raises:
        StoreError: It is one, whose own files may have the same names.
    """
    if (out / "run.json").is_file():
        words = "a run folder, whose own files stay as they are: use another --out"
        raise StoreError(f"{out}: {words}")


def opened(folders: Sequence[Path]) -> "Run":
    """Return the run of a folder, or those of several side by side.

    Lines on what several runs do not share go to stderr.

    Raises:
        RunMissing, RunError: A folder is not a run folder, or is damaged.
    """
    from ..store.beside import side_by_side
    from ..store.run import load

    first, *others = map(existing_run, folders)
    if not others:
        return load(first)
    beside = side_by_side([first, *others])
    for line in beside.notes:
        click.echo(line, err=True)
    return beside.run
