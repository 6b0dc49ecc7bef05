"""One optimizer on one problem as one compiled program: start, steps, stopping rule."""

import hashlib
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import optimizers

from ..core.readings import COUNT
from ..core.spec import Named
from . import cache, executables
from .clock import Carry, Chunk, Limits, blank_log, limits, loss_type
from .count import add, in_branches, times
from .memory import Memory, Remembering, nothing_known
from .meter import counted, uncountable_in_words
from .oracle import Answers, Oracle
from .reached import Varying
from .state_shapes import shapes_of, zeros_of


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
        return optimizers.make(self.name, **self.settings(numbers))

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
        return self.optimizer


Factory = TracedFactory | MadeOptimizer


def needs_evaluation(factory: Factory, optimizer: Any) -> bool:
    """Return whether a step's loss differs from that of the answer over all examples.

    It does for a batch, and if the answer differs from the params: the loss that counts
    then has to be evaluated separately.

    Args:
        factory: The factory of the optimizer.
        optimizer: The optimizer.
    """
    return factory.oracle.batch is not None or hasattr(optimizer, "answer")


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


class _Loop(NamedTuple):
    """The chunk so far; few values, because each costs one kernel per step."""

    row: Any  # uint32[], which needs no wrapping as an index
    params: Any
    state: Any
    log: Any  # int32[ROWS, w + kinds]
    readings: Any  # int32[kinds]
    known: Any  # memory.Known; () if nothing is remembered
    goes_on: Any  # bool[]


def chunk(factory: Factory) -> Callable[..., Chunk]:
    """Return the program `(problem, numbers, carry, limits, log) -> Chunk`.

    The first chunk of a trial (`carry.step == 0`) makes the optimizer's state itself.

    Args:
        factory: Makes the optimizer.
    """

    def program(problem, numbers, carry: Carry, limits: Limits, log) -> Chunk:
        optimizer = factory.make(numbers)
        answers = Answers(factory.oracle, problem, numbers)
        state = jax.lax.cond(
            carry.step == 0,
            lambda: _like(optimizer.init(carry.params), carry.state),
            lambda: carry.state,
        )

        steps = jnp.minimum(limits.steps, len(log)).astype(jnp.uint32)

        def take(loop: _Loop) -> _Loop:
            return _take(optimizer, answers, carry, limits, steps, loop)

        readings = jnp.zeros(COUNT, jnp.int32)
        here = jnp.uint32(0), carry.params, state, log, readings, carry.known
        start = _Loop(*here, steps > 0)
        loop = jax.lax.while_loop(lambda loop: loop.goes_on, take, start)
        rows = loop.row.astype(jnp.int32)
        step = carry.step + rows
        after = Carry(step, loop.params, loop.state, carry.seed, loop.known)
        failed = optimizers.failure(loop.state)
        ended = (rows > 0) & ~_worthwhile(_last_loss(loop), limits.target) | failed
        return Chunk(after, rows, loop.log, ended, failed)

    return program


def _last_loss(loop: _Loop):
    """Read the last loss back from the log."""
    dtype = loss_type(loop.params)
    last = loop.log[jnp.maximum(loop.row, 1) - 1, : dtype.itemsize // 4]
    return jax.lax.bitcast_convert_type(last if len(last) > 1 else last[0], dtype)


def _take(
    optimizer,
    answers: Answers,
    carry: Carry,
    limits: Limits,
    steps,
    loop: _Loop,
) -> _Loop:
    """Write a row for the current params, then take a step."""
    row, params, state = loop.row, loop.params, loop.state

    @counted
    def step(row, params, state, known):
        objective = answers.at(carry, row)
        memory = Memory(known) if known else None
        value, gradient = value_and_gradient(objective, params, memory)
        updates, after = optimizer.update(
            gradient,
            state,
            params,
            value=value,
            grad=gradient,
            value_fn=Remembering(objective, memory) if memory else objective,
        )
        _refuse_complex(updates, params)
        objective.close()
        return value, updates, after, memory.read() if memory else ()

    (value, updates, after, known), calls = step(row, params, state, loop.known)
    if isinstance(calls, np.ndarray):  # the same at every step: nothing is carried
        readings = times((row + 1).astype(jnp.int32), calls)
    else:
        readings = add(loop.readings, calls)
    goes_on = (
        (row + 1 < steps)
        & _worthwhile(value, limits.target)
        & ~optimizers.failure(after)
        & ~_spent(readings, limits.readings)
    )
    _refuse_unsettled(after, state)
    return _Loop(
        row + 1,
        optax.apply_updates(params, updates),
        _like(after, state),
        jax.lax.dynamic_update_index_in_dim(
            loop.log, _entry(value, params, readings), row, 0
        ),
        loop.readings if isinstance(calls, np.ndarray) else readings,
        known,
        goes_on,
    )


def _refuse_complex(updates, params) -> None:
    """Refuse updates whose imaginary part would be dropped.

    Raises:
        NotApplicable: They are complex and the parameters are not.
    """
    for update, leaf in zip(*map(jax.tree.leaves, (updates, params)), strict=False):
        if jnp.iscomplexobj(update) and not jnp.iscomplexobj(leaf):
            raise optimizers.NotApplicable(
                f"the optimizer's updates are {update.dtype}, and the parameters "
                f"{leaf.dtype}: their imaginary part would be lost"
            )


def _refuse_unsettled(after, state) -> None:
    """Refuse a state whose types still change after the first step.

    Raises:
        NotApplicable: A number would be cut to a whole one.
    """
    for leaf, kept in zip(*map(jax.tree.leaves, (after, state)), strict=False):
        is_key = jnp.issubdtype(kept.dtype, jax.dtypes.prng_key)
        dtype = jnp.result_type(leaf) if not is_key else kept.dtype
        if not is_key and not np.can_cast(dtype, kept.dtype, "same_kind"):
            raise optimizers.NotApplicable(
                f"the optimizer's state changes its types after the first step: "
                f"{kept.dtype} becomes {dtype}; start with the type that it keeps"
            )


def _entry(value, params, readings):
    """Put a loss's bits and the readings into one row, exactly."""
    bits = jax.lax.bitcast_convert_type(value.astype(loss_type(params)), jnp.int32)
    return jnp.concatenate([jnp.atleast_1d(bits), readings])


def _worthwhile(value, target):
    """Return whether a loss is finite and above the target."""
    return (value > target) & (value < jnp.inf)


def _spent(readings, most):
    """Return whether any limit is spent; XLA fuses scalars but not a reduction."""
    spent = (readings[i] >= most[i] for i in range(COUNT))
    return reduce(jnp.logical_or, spent)


def _like(tree, model):
    """Convert each leaf of `tree` to the dtype of its counterpart in `model`."""
    return jax.tree.map(lambda leaf, like: jnp.asarray(leaf, like.dtype), tree, model)


class _Facts(NamedTuple):
    """What a program states of itself, also to later processes.

    Attributes:
        state, known: Shapes and types, as `shapes_of` returns them.
        branches, digest: As of the program.
    """

    state: Any
    known: Any
    branches: bool
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
        digest: A sha256 of the program's text as passed to XLA, once compiled.
        cached: Whether an earlier process had compiled it.

    Raises:
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted.
    """

    def __init__(self, factory: Factory, numbers: tuple, problem, params):
        self._by_chance = factory.oracle.by_chance
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
        self.branches = self._facts.branches
        self.digest, self.cached = self._facts.digest, self._executable is not None

    def _trace(self, factory, numbers, problem, params, blank) -> None:
        with uncountable_in_words(), executables.watch_files() as opened:
            state, known = shapes_of(factory, numbers, problem, params)
            self._facts = _Facts(state, known, branches=False)
            self._traced = jax.jit(chunk(factory), donate_argnames="log").trace(
                problem, numbers, self.start(params), blank, self._log
            )
        if opened:  # what they hold is a constant of the program
            self._key = None
        self._facts = _Facts(state, known, in_branches(self._traced.jaxpr))

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

    def start(self, params, seed: int = 0) -> Carry:
        """Return the carry before the first step, which makes the state."""
        known, blank = self._facts.known, jax.tree.map(zeros_of, self._facts.state)
        drawn = np.uint32(seed) if self._by_chance else ()
        known = nothing_known(params, known.value) if known else ()
        return Carry(*jax.device_put((np.int32(0), params, blank, drawn, known)))

    def __call__(self, problem, numbers: tuple, carry: Carry, limits: Limits) -> Chunk:
        """Run a chunk on the device; it overwrites the log of the chunk before."""
        done = self._executable(problem, numbers, carry, limits, self._log)
        self._log = done.log
        return done


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
    return executables.key(chunk(factory), given, optimizer)


class ReadyProgram(NamedTuple):
    """A compiled program and the numbers of one trial.

    Attributes:
        static: Whether the factory requires concrete numbers, one program for each.
    """

    program: Program
    numbers: tuple[float, ...]
    factory: Factory
    static: bool


def value_and_gradient(objective, params, memory: Memory | None = None):
    """Return the loss and its gradient at `params`.

    A line search at the end of an optimizer's step has computed both. They are then
    taken from memory, if the params are the point that they were computed at.

    Args:
        objective: Of this step.
        params: The current params.
        memory: Of the optimizer's gradients of the same objective; None for none.
    """
    if memory is None:
        return jax.value_and_grad(objective)(params)
    known = memory.read()
    return jax.lax.cond(
        known.at(params),
        lambda: (known.value, known.gradient),
        lambda: jax.value_and_grad(objective)(params),
    )
