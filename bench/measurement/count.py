"""Count the marks of a traced program, and add counters where only a run can tell."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import (
    ClosedJaxpr,  # pyright: ignore[reportPrivateImportUsage]
    Jaxpr,
    Literal,
    jaxpr_as_fun,
)

from ..core.readings import COUNT, READINGS
from .marks import Mark, marked

MOST = 2**31 - 2**24
"""The reading at which a counter stops."""
SPARE = {
    "linearized forward": "forward",
    "linearized point": "point",
    "again": "gradient",
    "linearized residual": "residual",
}
"""Passes that are calls of their own unless another pass of the step includes them."""
RAW = (*READINGS, *SPARE)
Weigh = Callable[[Mark], dict[str, int]]
"""From a mark to what it adds to `RAW`."""


class UncountableError(Exception):
    """The optimizer makes a call of the objective that cannot be counted."""


def counted(function: Callable, weigh: Weigh) -> Callable:
    """Return `args -> (results, readings)`, int32[kinds] of the calls that it makes.

    The function is traced once. What can be counted in its text, is: scans have a
    known length. Loops of unknown length, and branches that differ, carry counters.

    Raises:
        UncountableError: A call is made where it cannot be counted.
    """

    def run(*args):
        program, shapes = jax.make_jaxpr(function, return_shape=True)(*args)
        counter = Counter(weigh)
        flat, calls = counter.run(program, jax.tree.leaves(args))
        return jax.tree.unflatten(jax.tree.structure(shapes), flat), calls.readings()

    return run


def in_branches(program: ClosedJaxpr) -> bool:
    """Return whether a step makes a call in a branch or a loop of unknown length."""
    inside = [equation for step in _steps(program) for equation in equations(step)]
    kinds = ("cond", "while")
    return any(e.primitive.name in kinds and any(map(_has, _parts(e))) for e in inside)


def in_line(program: ClosedJaxpr) -> bool:
    """Return whether a step makes each of its calls once, whatever their results."""
    return all(map(_is_in_line, _steps(program)))


def _is_in_line(jaxpr: Jaxpr) -> bool:
    for equation in jaxpr.eqns:
        parts = [part for part in _parts(equation) if _has(part)]
        if parts and equation.primitive.name not in _CALLS:
            return False
        if not all(map(_is_in_line, parts)):
            return False
    return True


def _steps(program: ClosedJaxpr) -> list[Jaxpr]:
    """Return the steps of a chunk's program."""
    return [
        equation.params["body_jaxpr"].jaxpr
        for equation in program.jaxpr.eqns
        if equation.primitive.name == "while"
    ]


class Calls(NamedTuple):
    """Numbers of `RAW`: those known beforehand, and those that the program counts."""

    known: np.ndarray
    found: Any = None  # int32[raw]

    @classmethod
    def none(cls) -> "Calls":
        """Return no calls."""
        return cls(np.zeros(len(RAW), np.int64))

    def __add__(self, other: "Calls") -> "Calls":  # pyright: ignore[reportIncompatibleMethodOverride]
        parts = [each.found for each in (self, other) if each.found is not None]
        found = None if not parts else sum(parts[1:], parts[0])
        return Calls(self.known + other.known, found)

    def array(self) -> Any:
        """Return all of them, int32[raw]."""
        known = np.clip(self.known, -MOST, MOST).astype(np.int32)
        return known if self.found is None else add(self.found, known)

    def readings(self) -> Any:
        """Return the readings, int32[kinds]."""
        return _readings(self.array(), np if self.found is None else jnp)


def add(counter: Any, more: Any) -> Any:
    """Return the sum of two arrays of counts, at most `MOST`."""
    return counter + jnp.minimum(more, MOST - counter)


def times(rounds: Any, each: np.ndarray) -> Any:
    """Return `rounds * each`, int32[kinds], at most `MOST`."""
    most = MOST // np.maximum(each, 1)
    return jnp.minimum(rounds, most) * each


def readings_of(calls: dict[str, int]) -> tuple[int, ...]:
    """Return the readings of numbers of `RAW`, in the order of `READINGS`."""
    raw = np.array([calls.get(name, 0) for name in RAW])
    return tuple(int(n) for n in _readings(raw, np))


def _readings(raw: Any, xp: Any) -> Any:
    more = xp.maximum(raw[COUNT:], 0)
    # no scatter and no product: one kernel with what follows
    return raw[:COUNT] + sum(n * place for n, place in zip(more, _PLACES, strict=True))


_PLACES = np.array([[kind == name for name in READINGS] for kind in SPARE.values()])
_PLACES = _PLACES.astype(np.int32)


# Programs in which another is executed once, wherever the equation is.
_CALLS = (
    "jit",
    "pjit",
    "closed_call",
    "core_call",
    "checkpoint",
    "remat",
    "remat2",
    "custom_jvp_call",
    "custom_vjp_call",
    "custom_vjp_call_jaxpr",
)


# Lineax's solve carries its operator along, and solves with the matrix that was made of
# it before, by calls that are counted. An iterative solver makes calls in it instead:
# the referee finds them.
_SOLVED = ("linear_solve",)


class Counter:
    """Runs traced programs and counts the calls of the objective in them."""

    def __init__(self, weigh: Weigh):
        self._weigh = weigh
        self._known: dict[int, tuple[Jaxpr, np.ndarray | None]] = {}

    def run(self, program: ClosedJaxpr, args: Sequence[Any]) -> tuple[list, Calls]:
        """Return a program's results, and its calls."""
        known = self._in_program(program.jaxpr)
        if known is not None:
            return jaxpr_as_fun(program)(*args), Calls(known)
        return self._run(program.jaxpr, program.consts, args)

    def _in_program(self, jaxpr: Jaxpr) -> np.ndarray | None:
        """Return the calls of a program, int[raw]; None if only a run can tell."""
        if id(jaxpr) not in self._known:
            total: np.ndarray | None = Calls.none().known
            for equation in jaxpr.eqns:
                calls = self._in_equation(equation)
                total = None if calls is None else total + calls
                if total is None:
                    break
            self._known[id(jaxpr)] = jaxpr, total
        return self._known[id(jaxpr)][1]

    def _in_equation(self, equation: Any) -> np.ndarray | None:
        name = equation.primitive.name
        if (here := marked(equation)) is not None:
            weights = self._weigh(here)
            return here.times * np.array([weights.get(name, 0) for name in RAW])
        parts = _parts(equation)
        if not any(map(_has, parts)):
            return Calls.none().known
        if name in _CALLS:
            return self._in_program(parts[0])
        if name == "scan":
            each = self._in_program(parts[0])
            return None if each is None else each * equation.params["length"]
        if name == "cond":
            first, *others = map(self._in_program, parts)
            same = first is not None and all(
                other is not None and np.array_equal(first, other) for other in others
            )
            return first if same else None
        if name == "custom_linear_solve":
            return self._in_program(equation.params["jaxprs"].solve.jaxpr)
        if name == "while":
            return None
        if name in _SOLVED:
            return Calls.none().known
        raise UncountableError(
            f"the objective is called in JAX's {name}, where no call is counted: call "
            "it outside of that"
        )

    def _run(
        self, jaxpr: Jaxpr, consts: Sequence, args: Sequence
    ) -> tuple[list, Calls]:
        values = dict(
            zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *args), strict=True)
        )

        def read(atom):
            return atom.val if isinstance(atom, Literal) else values[atom]

        calls = Calls.none()
        for equation in jaxpr.eqns:
            inputs = [read(atom) for atom in equation.invars]
            known = self._in_equation(equation)
            with equation.ctx.manager:
                if known is None:
                    results, more = self._rebuilt(equation, inputs)
                else:
                    results, more = _bind(equation, inputs), Calls(known)
            calls += more
            values.update(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars], calls

    def _rebuilt(self, equation: Any, inputs: list) -> tuple[list, Calls]:
        """Run an equation with counters inside."""
        name, params = equation.primitive.name, equation.params
        if name == "while":
            return self._while(params, inputs)
        if name == "cond":
            return self._branches(params["branches"], *inputs)
        if name == "scan":
            return self._scan(params, inputs)
        if name == "custom_linear_solve":
            return self._solve(params, inputs)
        inner = next(iter(_closed(list(params.values()))))
        return self.run(inner, inputs)

    def _while(self, params: dict, inputs: list) -> tuple[list, Calls]:
        condition, body = params["cond_jaxpr"], params["body_jaxpr"]
        if condition.out_avals[0].shape:
            raise UncountableError(
                "the objective is called in a while_loop under vmap: make the loop "
                "over all of them, with value_fn.values"
            )
        test = self._in_program(condition.jaxpr)
        if test is None:
            raise UncountableError(
                "the objective is called in a loop or branch inside the condition of a "
                "while_loop: call it in the loop's body"
            )
        of_test, of_body = params["cond_nconsts"], params["body_nconsts"]
        for_test, rest = inputs[:of_test], inputs[of_test:]
        for_body, start = rest[:of_body], rest[of_body:]
        first = Calls(test).readings().astype(np.int32)
        each = self._in_program(body.jaxpr)

        def goes_on(carry):
            return jaxpr_as_fun(condition)(*for_test, *carry[0])[0]

        def count_rounds(carry):
            return jaxpr_as_fun(body)(*for_body, *carry[0]), carry[1] + 1

        def step(carry):
            results, calls = self.run(body, [*for_body, *carry[0]])
            return results, add(carry[1], add(jnp.asarray(calls.readings()), first))

        if each is not None:  # a number of rounds is cheaper to carry than readings
            a_round = Calls(each).readings().astype(np.int32) + first
            results, rounds = jax.lax.while_loop(
                goes_on, count_rounds, (start, jnp.int32(0))
            )
            readings = add(times(rounds, a_round), first)
        else:
            results, readings = jax.lax.while_loop(
                goes_on, step, (start, jnp.asarray(first))
            )
        return results, _found(readings)

    def _branches(self, branches: Sequence, index: Any, *inputs) -> tuple[list, Calls]:
        def counting(branch: ClosedJaxpr):
            def run(*inputs):
                results, calls = self.run(branch, inputs)
                return results, jnp.asarray(calls.array(), jnp.int32)

            return run

        first, *others = map(counting, branches)
        if len(others) == 1:
            results, raw = jax.lax.cond(index > 0, others[0], first, *inputs)
        else:
            results, raw = jax.lax.switch(index, [first, *others], *inputs)
        return results, Calls.none()._replace(found=raw)

    def _scan(self, params: dict, inputs: list) -> tuple[list, Calls]:
        body, consts, carried = (
            params["jaxpr"],
            params["num_consts"],
            params["num_carry"],
        )
        fixed, rest = inputs[:consts], inputs[consts:]
        start, rows = rest[:carried], rest[carried:]

        def step(carry, row):
            values, raw = carry
            results, calls = self.run(body, [*fixed, *values, *row])
            raw = add(raw, calls.array())
            return (results[:carried], raw), results[carried:]

        (values, raw), out = jax.lax.scan(
            step,
            (start, jnp.zeros(len(RAW), jnp.int32)),
            rows,
            length=params["length"],
            reverse=params["reverse"],
            unroll=params["unroll"],
        )
        return [*values, *out], Calls.none()._replace(found=raw)

    def _solve(self, params: dict, inputs: list) -> tuple[list, Calls]:
        lengths, solve = params["const_lengths"], params["jaxprs"].solve
        before = lengths.matvec + lengths.vecmat
        consts = inputs[before : before + lengths.solve]
        right = inputs[sum(lengths) :]
        return self.run(solve, [*consts, *right])


def _bind(equation: Any, inputs: list) -> list:
    params = equation.primitive.get_bind_params(equation.params)
    results = equation.primitive.bind(*inputs, **params)
    return results if equation.primitive.multiple_results else [results]


def _found(readings: Any) -> Calls:
    spare = jnp.zeros(len(SPARE), jnp.int32)
    return Calls.none()._replace(found=jnp.concatenate([readings, spare]))


def _has(jaxpr: Jaxpr) -> bool:
    """Return whether a program has a mark."""
    return any(marked(equation) is not None for equation in equations(jaxpr))


def equations(jaxpr: Jaxpr) -> Iterator[Any]:
    """Yield the equations of a program, nested ones included."""
    for equation in jaxpr.eqns:
        yield equation
        for part in _parts(equation):
            yield from equations(part)


def _parts(equation: Any) -> list[Jaxpr]:
    """Return the programs inside an equation."""
    return [closed.jaxpr for closed in _closed(list(equation.params.values()))]


def _closed(values: Sequence[Any]) -> Iterator[ClosedJaxpr]:
    for value in values:
        if isinstance(value, ClosedJaxpr):
            yield value
        elif isinstance(value, Jaxpr):
            inputs = [*value.constvars, *value.invars]
            yield ClosedJaxpr(value.replace(constvars=[], invars=inputs), ())
        elif isinstance(value, list | tuple):
            yield from _closed(value)
