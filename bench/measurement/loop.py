"""The steps of a chunk as one compiled loop, with its log and its stopping rule."""

from collections.abc import Callable
from functools import partial, reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import optimizers
import problems

from ..core.readings import COUNT
from .clock import Carry, Chunk, Limits, loss_type
from .count import UncountableError, add, times
from .masked import masked, several
from .memory import Memory, Remembering
from .meter import counted
from .model_state import NoValue
from .oracle import Answers


class _Loop(NamedTuple):
    """The chunk so far; few values, because each costs one kernel per step."""

    row: Any  # uint32[], which needs no wrapping as an index
    point: Any  # the params, or a `problems.WithState`
    state: Any
    log: Any  # int32[ROWS, w + kinds]
    readings: Any  # int32[kinds]
    known: Any  # memory.Known; () if nothing is remembered
    goes_on: Any  # bool[]


def chunk(factory: Any, fixed: int = 1) -> Callable[..., Chunk]:
    """Return the program `(problem, numbers, carry, limits, log) -> Chunk`.

    The first chunk of a trial (`carry.step == 0`) makes the optimizer's state itself.

    Args:
        factory: Makes the optimizer.
        fixed: Steps between two looks at whether the chunk goes on; those after its
            end are masked. The rows of the log are a multiple of it.
    """

    def program(problem, numbers, carry: Carry, limits: Limits, log) -> Chunk:
        steps = _Steps(factory, problem, numbers, carry, limits, len(log))
        take = steps.take if fixed == 1 else partial(masked, steps.take)
        loop = jax.lax.while_loop(
            lambda loop: loop.goes_on, several(take, fixed), steps.start(log)
        )
        return steps.end(loop)

    return program


def chunks(factory: Any, fixed: int = 1) -> Callable[..., Chunk]:
    """Return the program of chunks of many trials, whose steps are taken together.

    It takes what `chunk`'s does, all but the problem stacked on a leading axis. The
    steps of trials that have ended are masked until the last one ends.

    Args:
        factory, fixed: As of `chunk`.
    """

    def program(problem, numbers, carry: Carry, limits: Limits, log) -> Chunk:
        def each(stage: Callable[["_Steps", Any], Any], stacked: Any) -> Any:
            def of_one(numbers, carry, limits, own):
                given = problem, numbers, carry, limits, log.shape[1]
                return stage(_Steps(factory, *given), own)

            return jax.vmap(of_one)(numbers, carry, limits, stacked)

        def take(loop: _Loop) -> _Loop:
            return each(lambda steps, own: masked(steps.take, own), loop)

        start = each(_Steps.start, log)
        loop = jax.lax.while_loop(
            lambda loop: loop.goes_on.any(), several(take, fixed), start
        )
        return each(_Steps.end, loop)

    return program


class _Steps:
    """The steps of a trial's chunk: its start, one step, and its end.

    Args:
        factory: Makes the optimizer.
        problem, numbers, carry, limits: Arguments of the program.
        rows: Of the log.
    """

    def __init__(
        self, factory, problem, numbers: tuple, carry: Carry, limits: Limits, rows: int
    ):
        self._optimizer = factory.make(numbers)
        self._answers = Answers(factory.oracle, problem, numbers)
        self._oracle, self._carry, self._limits = factory.oracle, carry, limits
        self._most = jnp.minimum(limits.steps, rows).astype(jnp.uint32)

    def start(self, log: Any) -> _Loop:
        """Return the chunk before its first step; its log is to be written into."""
        optimizer, carry = self._optimizer, self._carry
        refuse_oracle(optimizer, self._oracle)
        params = problems.params_of(carry.params)
        objective = self._answers.at(carry, jnp.uint32(0), carry.params)
        state = jax.lax.cond(
            carry.step == 0,
            lambda: _like(started(optimizer, params, objective), carry.state),
            lambda: carry.state,
        )
        readings = jnp.zeros(COUNT, jnp.int32)
        here = jnp.uint32(0), carry.params, state, log, readings, carry.known
        return _Loop(*here, self._most > 0)

    def end(self, loop: _Loop) -> Chunk:
        """Return the chunk after its last step."""
        rows = loop.row.astype(jnp.int32)
        step = self._carry.step + rows
        after = Carry(step, loop.point, loop.state, self._carry.seed, loop.known)
        failed = optimizers.failure(loop.state)
        goes_on = _worthwhile(_last_loss(loop), self._limits.target)
        return Chunk(after, rows, loop.log, (rows > 0) & ~goes_on | failed, failed)

    def take(self, loop: _Loop) -> _Loop:
        """Write a row for the current params, then take a step."""
        row, point, state = loop.row, loop.point, loop.state
        optimizer = self._optimizer

        @counted
        def step(row, point, state, known):
            objective = self._answers.at(self._carry, row, point)
            memory = Memory(known) if known else None
            value, gradient, carried = asked(optimizer, objective, point, memory)
            updates, after = optimizer.update(
                gradient,
                state,
                problems.params_of(point),
                value=value,
                grad=gradient,
                value_fn=value_fn_of(objective, point, memory),
            )
            _refuse_complex(updates, problems.params_of(point))
            if isinstance(optimizer, optimizers.WithLoss):
                value = jnp.asarray(optimizer.loss(after), value.dtype)
            objective.close()
            return value, updates, after, carried, memory.read() if memory else ()

        (value, updates, after, carried, known), calls = step(
            row, point, state, loop.known
        )
        if isinstance(calls, np.ndarray):  # the same at every step: nothing is carried
            readings = times((row + 1).astype(jnp.int32), calls)
        else:
            readings = add(loop.readings, calls)
        goes_on = (
            (row + 1 < self._most)
            & _worthwhile(value, self._limits.target)
            & ~optimizers.failure(after)
            & ~_spent(readings, self._limits.readings)
        )
        _refuse_unsettled(after, state)
        return _Loop(
            row + 1,
            _moved(point, updates, carried),
            _like(after, state),
            jax.lax.dynamic_update_index_in_dim(
                loop.log, _entry(value, point, readings), row, 0
            ),
            loop.readings if isinstance(calls, np.ndarray) else readings,
            known,
            goes_on,
        )


def _last_loss(loop: _Loop):
    """Read the last loss back from the log."""
    dtype = loss_type(loop.point)
    last = loop.log[jnp.maximum(loop.row, 1) - 1, : dtype.itemsize // 4]
    return jax.lax.bitcast_convert_type(last if len(last) > 1 else last[0], dtype)


def _moved(point: Any, updates: Any, carried: Any) -> Any:
    """Return the next point: the params moved by updates, and the state carried on."""
    params = optax.apply_updates(problems.params_of(point), updates)
    if not isinstance(point, problems.WithState):
        return params
    return problems.WithState(params, _like(carried, point.state))


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


def _entry(value, point, readings):
    """Put a loss's bits and the readings into one row, exactly."""
    bits = jax.lax.bitcast_convert_type(value.astype(loss_type(point)), jnp.int32)
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


def started(optimizer, params, objective) -> Any:
    """Return an optimizer's first state.

    Raises:
        UncountableError: It calls the objective, before the first step.
    """
    if not isinstance(optimizer, optimizers.WithLoss):
        return optimizer.init(params)
    start = counted(lambda params: optimizer.start(params, objective))
    state, calls = start(params)
    if not isinstance(calls, np.ndarray) or calls.any():
        raise UncountableError("the objective is called before the first step")
    return state


def refuse_oracle(optimizer, oracle) -> None:
    """Refuse a source of gradients, or batches, that have no sense for an optimizer.

    Raises:
        NotApplicable: It takes no gradient, or needs the same objective at each step.
    """
    if not isinstance(optimizer, optimizers.WithLoss):
        return
    if oracle.gradient != "autodiff":
        raise optimizers.NotApplicable(
            "the optimizer takes no gradient, so that it needs no source of gradients"
        )
    if optimizer.keeps_model and oracle.differs:
        raise optimizers.NotApplicable(
            f"the optimizer keeps what it has computed at earlier steps, and here "
            f"{oracle.differs} from step to step"
        )


def asked(optimizer, objective, point, memory: Memory | None = None):
    """Return what `value_and_gradient` does; NaN for an optimizer that needs none."""
    if not isinstance(optimizer, optimizers.WithLoss):
        return value_and_gradient(objective, point, memory)
    params, nan = problems.params_of(point), jnp.asarray(jnp.nan, loss_type(point))
    return nan, jax.tree.map(lambda x: jnp.full_like(x, jnp.nan), params), ()


def value_and_gradient(objective, point, memory: Memory | None = None):
    """Return the loss at a point, its gradient, and the model's next state.

    The state is that of this very pass, () if the problem carries none. A line search
    at the end of an optimizer's step has computed loss and gradient. They are then
    taken from memory, if the params are the point that they were computed at.

    Args:
        objective: Of this step.
        point: The current params; a `problems.WithState` if the problem carries one.
        memory: Of the optimizer's gradients of the same objective; None for none.
    """
    if isinstance(point, problems.WithState):
        call = jax.value_and_grad(objective.and_state, has_aux=True)
        (value, state), gradient = call(point.params)
        return value, gradient, state
    if memory is None:
        return *jax.value_and_grad(objective)(point), ()
    known = memory.read()
    value, gradient = jax.lax.cond(
        known.at(point),
        lambda: (known.value, known.gradient),
        lambda: jax.value_and_grad(objective)(point),
    )
    return value, gradient, ()


def value_fn_of(objective, point, memory: Memory | None = None) -> Any:
    """Return the `value_fn` that an optimizer receives; arguments as above."""
    if isinstance(point, problems.WithState):
        return NoValue()
    return objective if memory is None else Remembering(objective, memory)
