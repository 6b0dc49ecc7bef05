"""The compiled programs of a process, and how many of them it can hold."""

from pathlib import Path
from typing import Any

import jax

import optimizers

from ..core.spec import Named
from . import devices, executables
from .clock import Ledger
from .meter import UncountableError
from .oracle import Oracle
from .program import Program, ReadyProgram, TracedFactory, key_of, split_settings

CROWDED = 0.8
"""Share of the allowed memory mappings above which a process is crowded."""
_MAPPINGS = Path("/proc/self/maps")
_MOST_MAPPINGS = Path("/proc/sys/vm/max_map_count")


_Split = tuple[TracedFactory, tuple[float, ...]]


class Programs:
    """Programs compiled once for each problem and optimizer, for all seeds."""

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
    ) -> ReadyProgram:
        """Return the compiled program for an optimizer on a problem.

        Args:
            problem, params: The problem and a start point.
            optimizer: Its name and settings.
            ledger: Records the time that it takes.
            oracle: Gradient source and batch.
            length: Of a difference, if the oracle takes one.
        """
        oracle = oracle.on(problem)
        traced = split_settings(optimizer, oracle, length, trace=True)
        concrete = split_settings(optimizer, oracle, length, trace=False)
        shapes = _shapes((problem, params)), optimizer.fingerprint, devices.mesh()
        if not self._insists(shapes, traced, concrete, problem, params):
            try:
                return self._get(shapes, *traced, problem, params, ledger)
            except (optimizers.NotApplicable, UncountableError):
                raise
            except Exception:
                if not traced[1]:
                    raise
        self._insist_on_numbers.add((shapes, traced[0], _types(traced[0])))
        ready = self._get(shapes, *concrete, problem, params, ledger)
        return ready._replace(static=True)

    def _insists(
        self, shapes, traced: _Split, concrete: _Split, problem, params
    ) -> bool:
        """Return whether concrete numbers are known to be required.

        An earlier process that found so has kept a program with these numbers.
        """
        here = shapes, traced[0], _types(traced[0])
        if here in self._insist_on_numbers or here in self._programs:
            return here not in self._programs
        if executables.has(key_of(*traced, problem, params)):
            return False
        return executables.has(key_of(*concrete, problem, params))

    def _get(self, shapes, factory, numbers, problem, params, ledger) -> ReadyProgram:
        key = (shapes, factory, _types(factory))
        if key not in self._programs:
            with ledger.enter("compiling"):
                program = Program(factory, numbers, problem, params)
                program.compile()
            self._programs[key] = program
        return ReadyProgram(self._programs[key], numbers, factory, static=False)


def _types(factory: TracedFactory) -> tuple[type, ...]:
    """Return the types of its static settings: `True == 1` are two settings."""
    return tuple(map(type, factory.static))


def _shapes(tree) -> Any:
    leaves, structure = jax.tree.flatten(tree)
    return structure, tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)


def crowded() -> bool:
    """Return whether compiling further programs may end the process.

    XLA maps the code of a compiled program in some hundred pieces. Linux allows 65,530
    mappings by default, and the next one causes a segmentation fault. False if the
    system does not report them.
    """
    try:
        with _MAPPINGS.open("rb") as mappings:
            return sum(1 for _ in mappings) > CROWDED * int(_MOST_MAPPINGS.read_text())
    except OSError:
        return False
