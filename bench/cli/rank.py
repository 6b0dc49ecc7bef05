"""The verb `rank`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ConfigError
from .environment import Verb
from .options import FOLDER, device_option, help_option, retry_option
from .running import Made, run_into, stoppable

if TYPE_CHECKING:
    from ..config.ranked import Ranked
    from ..config.tuning_task import Known
    from ..core.spec import Spec
    from ..execute.run import Runner
    from ..store.field import Field
    from ..store.run import Run

FIELD = "standing"
"""The reference run that is the field if no other is chosen."""
AGAINST = ("adam", "lbfgs", "muon")
"""Rivals that run beside an optimizer, as far as the field has them."""
Contents = Mapping[str, str | bytes]
Report = Callable[["Run"], tuple[str, Contents, "Run"]]
"""Returns a paragraph, the files of a run, and the run as its page shows it."""


@click.command(cls=Verb, add_help_option=False)
@click.argument("optimizer", required=False)
@click.option(
    "--space",
    "ranges",
    multiple=True,
    metavar="NAME=LOW:HIGH",
    help="Tune a setting in this range; without it the factory's ranges. Repeatable.",
)
@click.option("--label", default="", help="Its name in tables [the factory's].")
@click.option(
    "--against",
    metavar="NAMES",
    help="Rivals, with commas between them, that run beside it and are compared by "
    f"time too [{','.join(AGAINST)}].",
)
@click.option(
    "--counts-only",
    is_flag=True,
    help="Compare by calls alone: no rivals run, nothing is timed.",
)
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the optimizer or the problem; or name=NAME, the reference run, "
    f"or the folder, whose optimizers are the field [{FIELD}]. Repeatable.",
)
@click.option(
    "--problem",
    metavar="FACTORY",
    help="Run the field on this problem instead, and say what to try first there.",
)
@click.option(
    "--target",
    metavar="KEY=VALUE",
    help="What is to be reached on the problem: loss=0.1. Without it the final loss "
    "counts.",
)
@click.option("--out", type=FOLDER, help="The folder of the run [results/rank-LABEL].")
@device_option
@retry_option
@help_option
def rank(**options: Any) -> int:
    """Rank OPTIMIZER in the field of a reference run.

    It is tuned as every optimizer of the field was, run, and compared with the kept
    costs of their trials by calls, which are the same on every machine.

    OPTIMIZER is a name as in a config: my_opt.py:factory, or one of `list optimizers`.
    """
    from ..store.environment import open_none

    asked = Asked(**options)
    with stoppable():
        open_none()
        return asked.run()


@dataclass(frozen=True)
class Asked:
    """What is asked for; the options of the verb, by their names."""

    optimizer: str | None = None
    ranges: Sequence[str] = ()
    label: str = ""
    against: str | None = None
    counts_only: bool = False
    sets: Sequence[str] = ()
    problem: str | None = None
    target: str | None = None
    out: Path | None = None
    platform: str | None = None
    retry: Sequence[str] = ()

    def run(self) -> int:
        """Run it, write the files, print a paragraph, and return the exit status."""
        from ..store.field import find_field, load_field

        self._refuse()
        field = load_field(find_field(self._chosen(FIELD)))
        return self._first(field) if self.problem else self._rank(field)

    def _refuse(self) -> None:
        """Check that the options go together.

        Raises:
            UsageError: They do not.
        """
        if not self.optimizer and not self.problem:
            raise click.UsageError("give an optimizer, or a --problem")
        if self.optimizer and self.problem:
            raise click.UsageError("give an optimizer or a --problem, not both")
        if self.counts_only and (self.against is not None or self.problem):
            other = "--problem" if self.problem else "--against"
            raise click.UsageError(f"--counts-only times nothing: not with {other}")
        if self.problem and self.ranges:
            raise click.UsageError("--space is of an optimizer, not of a --problem")
        if self.target is not None and not self.problem:
            raise click.UsageError("--target is of a --problem: the field has its own")

    def _chosen(self, default: str) -> str:
        """Return the name of the field."""
        named = [text for text in self.sets if _key(text) == "name"]
        return named[-1].partition("=")[2].strip() if named else default

    @property
    def _settings(self) -> list[str]:
        return [text for text in self.sets if _key(text) != "name"]

    def _rivals(self, plain: Mapping[str, Any], field: "Field") -> list[dict[str, Any]]:
        """Return the entries of the rivals that run beside the optimizer."""
        from ..config import ranked

        if self.counts_only:
            return []
        if self.against is None:
            known = ranked.labels(plain)
            return ranked.chosen(plain, [x for x in AGAINST if x in known], "")
        names = [name.strip() for name in self.against.split(",") if name.strip()]
        if not names:
            words = f"name optimizers of {field.folder}, with commas between them"
            raise ConfigError(f"--against {self.against!r}: {words}")
        return ranked.chosen(plain, names, str(field.folder))

    def _rank(self, field: "Field") -> int:
        from ..config import ranked

        plain = field.record.config
        taken = ranked.labels(plain)
        newcomer = ranked.named(self.optimizer or "", self.label, self._settings, taken)
        if self.ranges and not plain.get("tuning"):
            words = "was not tuned, and so is no optimizer that is ranked in it"
            raise ConfigError(f"--space {self.ranges[0]}: {field.folder} {words}")
        if self.ranges:
            newcomer["space"] = ranked.space(self.ranges)
        rivals = self._rivals(plain, field)
        made = ranked.beside(plain, newcomer, rivals, timed=bool(rivals))

        def report(run: "Run") -> tuple[str, Contents, "Run"]:
            from ..report.ranking.files import contents
            from ..report.ranking.joined import Joined
            from ..report.ranking.verdict import Verdict
            from ..report.ranking.words import paragraph

            verdict = Verdict(Joined(field, run, newcomer["label"], made.left_out))
            return paragraph(verdict), contents(verdict), verdict.joined.results.run

        names = {rival.get("label") or rival["name"] for rival in rivals}
        known = {key: own for key, own in field.chosen.items() if key[1] in names}
        return self._run(made, report, known)

    def _first(self, field: "Field") -> int:
        """Run the field on a problem."""
        from ..config import ranked
        from ..config.edits import parse

        plain = field.record.config
        entry = ranked.named(self.problem or "", self.label, self._settings, ())
        if self.target is not None:
            (*_, key), value = parse(self.target, "--target")
            entry["target"] = {str(key): value}
        everyone = self.against is None
        every = plain["optimizers"] if everyone else self._rivals(plain, field)
        made = ranked.on_problem(plain, entry, every, timed=True)

        def report(run: "Run") -> tuple[str, Contents, "Run"]:
            from ..report.groups import Results
            from ..report.ranking.first import First

            first = First(Results(run), made.left_out)
            return first.paragraph(), {"rank.md": first.text()}, run

        return self._run(made, report)

    def _run(self, made: "Ranked", report: Report, known: "Known | None" = None) -> int:
        """Run a config and write the files of its report."""
        folder = self.out or Path("results") / made.config.name

        def complete(runner: "Runner") -> "list[Spec]":
            return runner.complete(retry=self.retry)

        def make(run: "Run") -> Made:
            from ..report import html
            from ..store import files

            words, contents, shown = report(run)
            written = {folder / name: text for name, text in contents.items()}
            files.write_all(written)
            return Made([words, *map(str, written), str(html.write([shown]))])

        return run_into(
            *(folder, made.config, self.platform, complete, make),
            known=known,
            priced=known is None,  # the field has its own
        )


def _key(text: str) -> str:
    return text.partition("=")[0].strip()
