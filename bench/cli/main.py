"""The command line: `python -m bench run CONFIG` and its other verbs."""

import gc
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

import click

from ..core.errors import BenchError
from ..core.text import REPLACE, one_line
from .check import check
from .claims import claims
from .compare import compare
from .doctor import doctor
from .environment import fault
from .export import export
from .init import init
from .list import list_
from .merge import merge
from .options import help_option, version_option
from .plot import plot
from .profile import profile
from .publish import publish
from .rank import rank
from .report import report
from .run import run
from .schema import schema
from .table import table

MODULE = "python -m bench"


@click.group(add_help_option=False)
@help_option
@version_option
def bench() -> None:
    """Measure what an optimizer's progress costs.

    Exit status: 0 done; 1 a trial failed or was lost, something compared is worse, a
    claim's run raised an error, the disk is full, or the machine or the shell's
    environment lets nothing run; 2 the call, the config or a run folder is wrong; 130
    interrupted.
    """


VERBS = (
    *(init, run, check, profile, list_, table, plot, report),
    *(compare, merge, rank, export, publish, claims, schema, doctor),
)
for verb in VERBS:
    bench.add_command(verb)


def script() -> None:
    """Run the command `gradmeter`, with shell completion.

    Modules of the working directory are found as by `python -m bench`: after others.
    """
    if not sys.flags.safe_path:
        sys.path.append(os.getcwd())
    leave(main(called="gradmeter"))


def leave(status: int) -> NoReturn:
    """Exit without searching all objects for garbage, which takes half a second."""
    gc.freeze()
    sys.exit(status)


def main(arguments: Sequence[str] | None = None, called: str = MODULE) -> int:
    """Run the verb that the arguments name and return the exit status.

    Args:
        arguments: Of the command line; those of the shell if None.
        called: The program's name in the usage lines.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # its encoding may lack characters
            stream.reconfigure(errors=REPLACE)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:  # hide warnings of other packages
                warnings.simplefilter("ignore")
            status = bench.main(given, prog_name=called, standalone_mode=False)
    except BenchError as error:
        return _fail(error.lines, error.status)
    except click.ClickException as error:
        return _fail([" ".join(error.format_message().split())], 2)
    except (KeyboardInterrupt, click.Abort):
        words = "interrupted; finished trials are kept: the same command continues"
        return _fail([words], 130)
    except BrokenPipeError:
        return 1
    except (MemoryError, OSError, RuntimeError) as error:
        if (known := fault(error)) is None:
            raise
        return _fail(known.lines, known.status)
    return status or 0


def _fail(lines: Sequence[str], status: int) -> int:
    for line in lines:
        click.echo(one_line(line), err=True)
    return status
