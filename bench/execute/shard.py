"""A part of a run, for machines that share nothing; `merge` puts the parts together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..config.tuning_task import TuningTask
from ..core.errors import ConfigError
from ..core.spec import Spec
from .pending import problem_of


@dataclass(frozen=True)
class Shard:
    """One of several parts of a run's blocks.

    The blocks of a problem, one in each round, are in one shard if there are as many
    problems as shards; otherwise they are dealt out one by one. Which ones a shard
    holds depends on the config alone.

    Attributes:
        number: 1 to `of`.
        of: How many shards there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, problem: int, problems: int, turn: int) -> bool:
        """Return whether a block is in this shard.

        Args:
            problem: The place of its problem, from 0.
            problems: How many there are.
            turn: Its round.
        """
        place = problem if problems >= self.of else problem + turn * problems
        return place % self.of == self.number - 1

    def trials(self, specs: Sequence[Spec]) -> list[Spec]:
        """Return the trials of a whole run that are in this shard.

        Raises:
            ConfigError: There is none.
        """
        named = [problem_of(spec) for spec in specs]
        places = {name: i for i, name in enumerate(dict.fromkeys(named))}
        mine = [
            spec
            for spec, name in zip(specs, named, strict=True)
            if self.holds(places[name], len(places), spec.round)
        ]
        if not mine:
            blocks = len(
                {(name, s.round) for name, s in zip(named, specs, strict=True)}
            )
            raise ConfigError(
                f"--shard {self}: nothing to run: the run has {blocks} "
                f"block{'s' * (blocks != 1)}, each of a problem in a round"
            )
        return mine

    def tasks(
        self, tasks: Iterable[TuningTask], mine: Iterable[Spec]
    ) -> list[TuningTask]:
        """Return the tuning tasks that this shard's trials need.

        Args:
            tasks: Those of the whole run.
            mine: The trials of this shard.
        """
        needed = {problem_of(spec) for spec in mine}
        return [task for task in tasks if problem_of(task.spec) in needed]
