"""The problems, least losses and compiled programs of one process."""

from pathlib import Path
from typing import Any

import jax

import optimizers
import problems

from ..core.spec import Named, Spec
from ..store.environment import versions
from . import cache
from .chunk import Ledger
from .meter import UncountableError
from .oracle import Oracle
from .prices import Roofline, roofline
from .program import Program, ReadyProgram, split_settings
from .referee import check_once
from .trace import Evaluator

LOOK_EVERY = 10
"""Trials, each with a program of its own at most."""
CROWDED = 0.8
"""Share of the allowed memory mappings from which on a process is crowded."""
_MAPPINGS = Path("/proc/self/maps")
_MOST_MAPPINGS = Path("/proc/sys/vm/max_map_count")


class Runtime:
    """Problems and programs on one device, each made once.

    Args:
        platform: `cpu`, `gpu` or `tpu`; None for JAX's default.
        index: Which of the platform's devices.
    """

    def __init__(self, platform: str | None = None, index: int = 0):
        cache.turn_on()
        self.device = jax.devices(platform)[index]
        self.evaluator = Evaluator()
        self.versions = versions()
        self._problems: dict[str, Any] = {}
        self._optima: dict[str, float | None] = {}
        self._rooflines: dict[tuple[str, str], Roofline] = {}
        self._programs = Programs()
        self._refereed: set[Any] = set()
        self._trials = 0

    @property
    def compilations(self) -> int:
        """How many programs of an optimizer on a problem are compiled and kept."""
        return len(self._programs)

    def problem(self, spec: Spec) -> Any:
        """Return a trial's problem, its data on the device."""
        key = repr((spec.problem, spec.dtype))
        if key not in self._problems:
            named = spec.problem
            made = problems.make(named.name, dtype=spec.dtype, **named.settings)
            self._problems[key] = jax.device_put(made, self.device)
        return self._problems[key]

    def optimum(self, spec: Spec) -> float | None:
        """Return the certified least loss of a trial's problem."""
        key = repr((spec.problem, spec.dtype))
        if key not in self._optima:
            self._optima[key] = self.problem(spec).optimum()
        return self._optima[key]

    def roofline(self, spec: Spec) -> Roofline:
        """Return the device's limits, measured once; call it in a trial's context."""
        key = (spec.dtype, spec.matmul_precision)
        if key not in self._rooflines:
            self._rooflines[key] = roofline(spec.dtype)
        return self._rooflines[key]

    def ready(
        self, spec: Spec, problem: Any, params: Any, ledger: Ledger
    ) -> ReadyProgram:
        """Return the program of a trial, compiled by now."""
        oracle, length = Oracle.of(spec), spec.gradient_step
        return self._programs.get(
            problem, params, spec.optimizer, ledger, oracle, length
        )

    def make_room(self) -> None:
        """Forget all programs if they are nearly more than the process can hold.

        Called once a trial, and looks every `LOOK_EVERY`: a look takes some 20 ms.
        """
        self._trials += 1
        if self._trials % LOOK_EVERY == 0 and crowded():
            self._programs = Programs()
            self._refereed.clear()
            jax.clear_caches()

    def referee(
        self, ready: ReadyProgram, name: str, problem: Any, params: Any
    ) -> None:
        """Check a program's readings once, unless its optimizer is the registry's.

        Raises:
            MeterError: The calls that are made are not what the meter reads.
        """
        doubtful = ready.program.doubtful or name not in optimizers.REGISTRY
        if doubtful and ready.program not in self._refereed:
            check_once(ready, problem, params)
            self._refereed.add(ready.program)


class Programs:
    """Programs compiled once for each problem and optimizer, whatever the seed."""

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
        """Return the program for an optimizer on a problem, compiled by now.

        Args:
            problem, params: The problem and a start point.
            optimizer: Its name and settings.
            ledger: Keeps the time that it takes.
            oracle: What answers its calls.
            length: Of a difference, where the oracle takes one.
        """
        traced = split_settings(optimizer, oracle, length, trace=True)
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
        concrete = split_settings(optimizer, oracle, length, trace=False)
        ready = self._get(shapes, *concrete, problem, params, ledger)
        return ready._replace(static=True)

    def _get(self, shapes, factory, numbers, problem, params, ledger) -> ReadyProgram:
        key = (shapes, factory)
        if key not in self._programs:
            with ledger.enter("compiling"):
                program = Program(factory, numbers, problem, params)
                program.compile()
            self._programs[key] = program
        return ReadyProgram(self._programs[key], numbers, factory, static=False)


def _shapes(tree) -> Any:
    leaves, structure = jax.tree.flatten(tree)
    return structure, tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)


def crowded() -> bool:
    """Return whether compiling further programs may end the process.

    XLA maps the code of a compiled program in some hundred pieces. Linux allows
    65,530 of them unless told otherwise, and the next one is a segmentation fault.
    False where the system does not say.
    """
    try:
        with _MAPPINGS.open("rb") as mappings:
            return sum(1 for _ in mappings) > CROWDED * int(_MOST_MAPPINGS.read_text())
    except OSError:
        return False
