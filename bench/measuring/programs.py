"""Compile once for each problem and optimizer, whatever the seed or learning rate."""

from typing import Any, NamedTuple

import jax

import optimizers

from ..planning.spec import Named
from .build import Build, Given, asking
from .clock import Ledger
from .oracle import Oracle
from .program import Program
from .refusal import UncountableError


class Ready(NamedTuple):
    """A compiled program and the numbers of one trial.

    Attributes:
        static: The factory insisted on concrete numbers: each has its own program.
    """

    program: Program
    numbers: tuple[float, ...]
    build: Build | Given
    static: bool


class Programs:
    """The programs compiled so far in this process."""

    def __init__(self):
        self._programs: dict[Any, Program] = {}
        self._insist_on_numbers: set[Any] = set()

    def __len__(self) -> int:
        return len(self._programs)

    def get(
        self,
        problem,
        params,
        optimizer: Named,
        ledger: Ledger,
        oracle: Oracle = Oracle(),  # noqa: B008
        length: float | None = None,
    ) -> Ready:
        """Return the program for an optimizer on a problem, compiled by now.

        Args:
            problem, params: The problem and a start point.
            optimizer: Its name and settings.
            ledger: Told how long it takes.
            oracle: What answers its calls.
            length: Of a difference, where the oracle takes one.
        """
        traced = asking(optimizer, oracle, length, trace=True)
        shapes = _shapes((problem, params))
        if (shapes, traced[0]) not in self._insist_on_numbers:
            try:
                return self._get(shapes, *traced, problem, params, ledger)
            except (optimizers.NotApplicable, UncountableError):
                raise
            except Exception:
                if not traced[1]:
                    raise
                self._insist_on_numbers.add((shapes, traced[0]))
        concrete = asking(optimizer, oracle, length, trace=False)
        ready = self._get(shapes, *concrete, problem, params, ledger)
        return ready._replace(static=True)

    def _get(self, shapes, build, numbers, problem, params, ledger) -> Ready:
        key = (shapes, build)
        if key not in self._programs:
            with ledger.enter("compiling"):
                program = Program(build, numbers, problem, params)
                program.compile()
            self._programs[key] = program
        return Ready(self._programs[key], numbers, build, static=False)


def _shapes(tree) -> Any:
    leaves, structure = jax.tree.flatten(tree)
    return structure, tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
