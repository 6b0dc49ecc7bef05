"""One optimizer on one problem as one compiled program, for all seeds and budgets."""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np

import optimizers
import problems

from ..core.footprint import Footprint
from ..core.readings import COUNT
from ..core.spec import Named
from . import cache, devices, executables
from .clock import Carry, Chunk, Limits, blank_log, limits, loss_type
from .count import in_branches, in_line
from .footprint import of_update, with_memory
from .loop import chunk
from .masked import computed, fixed_steps, is_long
from .memory import nothing_known
from .meter import uncountable_in_words
from .oracle import Oracle
from .reached import Varying
from .state_shapes import shapes_of, zeros_of
from .surroundings import device


class TracedFactory(NamedTuple):
    """Makes an optimizer by name, from traced and static settings.

    Attributes:
        name: The optimizer's name.
        tree: The structure of its settings.
        static: The settings that are constants of the program.
        traced: For each setting, whether it is an argument of the program.
        oracle: Gradient source and batch.
    """

    name: str
    tree: Any
    static: tuple
    traced: tuple[bool, ...]
    oracle: Oracle = Oracle()

    def make(self, numbers: tuple) -> Any:
        """Make the optimizer; `numbers` are its float settings, traced or not."""
        made = optimizers.make(self.name, **self.settings(numbers))
        return self.oracle.given(made)

    def settings(self, numbers: Iterable[Any]) -> dict[str, Any]:
        """Return the settings with these in place of the traced ones."""
        floats, others = iter(numbers), iter(self.static)
        leaves = [next(floats if t else others) for t in self.traced]
        return jax.tree.unflatten(self.tree, leaves)


class MadeOptimizer(NamedTuple):
    """An optimizer that has been made already, without traced settings."""

    optimizer: Any
    oracle: Oracle = Oracle()

    def make(self, numbers: tuple) -> Any:
        """Return the optimizer."""
        del numbers
        return self.oracle.given(self.optimizer)


Factory = TracedFactory | MadeOptimizer


def needs_evaluation(factory: Factory, optimizer: Any) -> bool:
    """Return whether a step's loss differs from that of the answer over all examples.

    It does for a batch, for a loss that takes a key or is not the one that is
    evaluated, and if the answer differs from the params: the loss that counts then has
    to be evaluated separately.

    Args:
        factory: The factory of the optimizer.
        optimizer: The optimizer.
    """
    return factory.oracle.evaluated_apart or hasattr(optimizer, "answer")


def split_settings(
    optimizer: Named, oracle: Oracle, length: float | None, trace: bool
) -> tuple[TracedFactory, tuple[float, ...]]:
    """Split an optimizer's settings into a factory and its traced numbers.

    Args:
        optimizer: Its name and settings; tables nest.
        oracle: Gradient source and batch.
        length: Of a difference, if the oracle takes one.
        trace: False if the factory requires concrete numbers.
    """
    leaves, tree = jax.tree.flatten(optimizer.settings)
    traced = tuple(trace and type(leaf) is float for leaf in leaves)
    static = tuple(x for x, t in zip(leaves, traced, strict=True) if not t)
    numbers = tuple(x for x, t in zip(leaves, traced, strict=True) if t)
    numbers += () if length is None else (length,)
    return TracedFactory(optimizer.name, tree, static, traced, oracle), numbers


class _Facts(NamedTuple):
    """What a program states of itself, also to later processes.

    Attributes:
        state, known: Shapes and types, as `shapes_of` returns them.
        branches, in_line, footprint, fixed, digest: As of the program.
    """

    state: Any
    known: Any
    branches: bool
    in_line: bool
    footprint: Footprint
    fixed: int = 1
    digest: str = ""


class Program:
    """A chunk of an optimizer on a problem: loaded, or traced and then compiled.

    Args:
        factory: Makes the optimizer.
        numbers: Its traced settings, with any values.
        problem: The problem; only its shapes and types are compiled in.
        params: A start point, for its shapes and types.

    Attributes:
        dtype: Of the loss.
        branches: Whether a step makes calls in a branch or a loop of unknown length.
        in_line: Whether a step makes each of its calls once, whatever their results.
        fixed: Steps between two looks at whether the chunk goes on; those after its
            end are masked.
        digest: A sha256 of the program's text as passed to XLA, once compiled.
        cached: Whether an earlier process had compiled it.

    Raises:
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted.
    """

    def __init__(self, factory: Factory, numbers: tuple, problem, params):
        self._differs = factory.oracle.differs
        self.dtype = loss_type(params)
        self._log = blank_log(params)
        self._executable: Any = None
        self._key = key_of(factory, numbers, problem, params)
        blank = limits(0, 0.0, (0,) * COUNT, self.dtype)
        if held := executables.find(self._key):
            self._facts: _Facts = held.facts
            start = self.start(params)
            given = problem, numbers, start, blank, self._log
            self._executable = held.load(*given)
        if self._executable is None:
            self._trace(factory, numbers, problem, params, blank)
        self.branches, self.in_line = self._facts.branches, self._facts.in_line
        self.fixed = self._facts.fixed
        self.digest, self.cached = self._facts.digest, self._executable is not None

    def _trace(self, factory, numbers, problem, params, blank) -> None:
        with uncountable_in_words(), executables.watch_files() as opened:
            state, known = shapes_of(factory, numbers, problem, params)
            footprint = of_update(factory, numbers, state, problems.params_of(params))
            self._facts = _Facts(state, known, False, False, footprint)
            given = problem, numbers, self.start(params), blank, self._log
            fixed = fixed_steps(device().platform)
            self._traced = _traced(factory, fixed, given)
            branches = in_branches(self._traced.jaxpr)
            # a search in a step asks the host at every call; long steps mask badly
            if fixed > 1 and (branches or is_long(self._traced.lower())):
                fixed = 1
                self._traced = _traced(factory, fixed, given)
        if opened:  # what they hold is a constant of the program
            self._key = None
        straight = in_line(self._traced.jaxpr)
        self._facts = self._facts._replace(
            branches=branches, in_line=straight, fixed=fixed
        )

    def compile(self) -> None:
        """Compile, once for any number of float settings, seeds and budgets."""
        if self._executable is not None:
            return
        with uncountable_in_words(), cache.watch() as programs:
            lowered = self._traced.lower()
            self.digest = hashlib.sha256(lowered.as_text().encode()).hexdigest()
            facts = self._facts._replace(digest=self.digest)
            self._executable = executables.compiled(self._key, lowered, facts)
        self.cached = programs["hits"] == 1

    @cached_property
    def footprint(self) -> Footprint:
        """Return the memory of the compiled program, and the work of an update."""
        return with_memory(self._facts.footprint, self._executable)

    def share(self, steps: int) -> float:
        """Return the share of a chunk's work that is its steps'; the rest is masked."""
        return steps / computed(steps, self.fixed) if steps else 1.0

    def start(self, params, seed: int = 0) -> Carry:
        """Return the carry before the first step, which makes the state."""
        known, blank = self._facts.known, jax.tree.map(zeros_of, self._facts.state)
        drawn = np.uint32(seed) if self._differs else ()
        known = nothing_known(params, known.value) if known else ()
        return Carry(*devices.on_each((np.int32(0), params, blank, drawn, known)))

    def __call__(self, problem, numbers: tuple, carry: Carry, limits: Limits) -> Chunk:
        """Run a chunk on the device; it overwrites the log of the chunk before."""
        done = self._executable(problem, numbers, carry, limits, self._log)
        self._log = done.log
        return done


def _traced(factory: Factory, fixed: int, arguments: tuple) -> Any:
    """Return the traced program of a chunk, which overwrites the log that it gets."""
    take = chunk(factory, fixed)
    program = jax.jit(take, donate_argnames="log", **devices.results())
    return program.trace(*arguments)


def key_of(factory: Factory, numbers: tuple, problem, params) -> str | None:
    """Return the key under which a program is kept; None if it is not.

    It covers what the optimizer holds once it is made, as its factory may read files
    or variables. The traced numbers in it are left out, since they are arguments.
    """
    if not (isinstance(factory, TracedFactory) and executables.is_on()):
        return None
    given = problem, numbers, params
    try:
        named = (Varying(number, f"x{i}") for i, number in enumerate(numbers))
        optimizer = factory.make(tuple(named))
    except Exception:  # tracing states the error
        return None
    function = chunk(factory, fixed_steps(device().platform))
    return executables.key(function, given, optimizer)


class ReadyProgram(NamedTuple):
    """A compiled program and the numbers of one trial.

    Attributes:
        static: Whether the factory requires concrete numbers, one program for each.
    """

    program: Program
    numbers: tuple[float, ...]
    factory: Factory
    static: bool
