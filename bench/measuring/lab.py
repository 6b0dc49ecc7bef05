"""What a process keeps from one trial to the next: problems, programs, optima."""

from typing import Any

import jax

import optimizers
import problems

from ..keeping.versions import versions
from ..planning.spec import Spec
from . import cache
from .ceilings import Ceilings, ceilings
from .clock import Ledger
from .mappings import crowded
from .observe import Observer
from .oracle import Oracle
from .programs import Programs, Ready
from .referee import check_once

LOOK_EVERY = 10
"""Trials, each with a program of its own at most."""


class Lab:
    """Problems and programs on one device, each made once.

    Args:
        device: A JAX device; None for JAX's default.
    """

    def __init__(self, device: Any = None):
        cache.turn_on()
        self.device = device or jax.devices()[0]
        self.observer = Observer()
        self.versions = versions()
        self._problems: dict[str, Any] = {}
        self._optima: dict[str, float | None] = {}
        self._ceilings: dict[tuple[str, str], Ceilings] = {}
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

    def ceilings(self, spec: Spec) -> Ceilings:
        """Return what the device can do at best, measured once; call it in context."""
        key = (spec.dtype, spec.matmul_precision)
        if key not in self._ceilings:
            self._ceilings[key] = ceilings(spec.dtype)
        return self._ceilings[key]

    def ready(self, spec: Spec, problem: Any, params: Any, ledger: Ledger) -> Ready:
        """Return the program of a trial, compiled by now."""
        given = (Oracle.of(spec), spec.gradient_step)
        return self._programs.get(problem, params, spec.optimizer, ledger, *given)

    def make_room(self) -> None:
        """Forget all programs if they are nearly more than the process can hold.

        Called once a trial, and looks every `LOOK_EVERY`: a look takes some 20 ms.
        """
        self._trials += 1
        if self._trials % LOOK_EVERY == 0 and crowded():
            self._programs = Programs()
            self._refereed.clear()
            jax.clear_caches()

    def referee(self, ready: Ready, name: str, problem: Any, params: Any) -> None:
        """Check a program's readings once, unless its optimizer is the registry's.

        Raises:
            MeterError: The calls that are made are not what the meter reads.
        """
        doubtful = ready.program.doubtful or name not in optimizers.REGISTRY
        if doubtful and ready.program not in self._refereed:
            check_once(ready, problem, params)
            self._refereed.add(ready.program)
