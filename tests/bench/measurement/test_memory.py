"""A line search's gradient is reused where it is the next step's, and only there."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
import problems
from bench.core.readings import named
from bench.measurement.budget import NO_LIMITS, NO_TARGET
from bench.measurement.clock import limits
from bench.measurement.memory import Memory, Remembering, nothing_known
from bench.measurement.oracle import Oracle
from bench.measurement.program import MadeOptimizer, Program

STEPS = 8
AUTODIFF = Oracle()
PROBLEM = problems.make("logistic_regression", rows=40, columns=3, l2=0.1)


class Held(NamedTuple):
    inner: Any


def wrapped(inner: Any, share: float, pack: Callable, unpack: Callable) -> Any:
    """Return an optimizer with a share of its step, its state in a container."""

    def update(updates, state, params=None, **extra):
        step, state = inner.update(updates, unpack(state), params, **extra)
        return optax.tree.scale(share, step), pack(state)

    def init(params):
        return pack(inner.init(params))

    return optax.GradientTransformationExtraArgs(init, update)


CONTAINERS = {
    "tuple": (lambda s: (jnp.zeros(()), s), lambda s: s[1]),
    "dict": (lambda s: {"inner": s}, lambda s: s["inner"]),
    "named tuple": (Held, lambda s: s.inner),
}


def halving(multiple: float = 1.0) -> Any:
    """Return a search that halves its step, with a gradient at each point.

    Args:
        multiple: The gradient is that of so many times the loss.
    """

    def update(updates, state, params=None, *, value, value_fn, **extra):
        del extra

        def shorter(now):
            length, *_ = now
            there = jax.tree.map(lambda x, u: x - length / 2 * u, params, updates)
            scaled = jax.value_and_grad(lambda x: multiple * value_fn(x))
            return length / 2, *scaled(there)

        begin = (jnp.asarray(16.0), jnp.asarray(jnp.inf), updates)
        length, *_, last = jax.lax.while_loop(
            lambda now: (now[1] > multiple * value) & (now[0] > 1e-6), shorter, begin
        )
        return optax.tree.scale(-length, updates), state + last

    return optax.GradientTransformationExtraArgs(jnp.zeros_like, update)


SEARCHING = optimizers.make("lbfgs", memory_size=1)
SEARCH = optax.scale_by_backtracking_linesearch(10, store_grad=True)
# Optimizers whose steps end with a gradient at the next params.
REUSED = {
    "lbfgs": SEARCHING,
    "backtracking": optax.chain(optax.sgd(1.0), SEARCH),
    "a user's": halving(),
    "finite": optax.apply_if_finite(halving(), 3),
    "a dict": wrapped(halving(), 1.0, *CONTAINERS["dict"]),
    "the end of a chain": optimizers.chain([optax.clip(1e3), halving()]),
    "stages of searches": optimizers.stages([(SEARCHING, 3), halving()]),
}
FRESH = {
    "clipped": optax.chain(halving(), optax.clip_by_global_norm(1e-2)),
    "of twice the loss": halving(2.0),
    "half of optax's": wrapped(optax.lbfgs(memory_size=1), 0.5, *CONTAINERS["tuple"]),
    **{
        f"half, a {name}": wrapped(halving(), 0.5, *both)
        for name, both in CONTAINERS.items()
    },
}


def program(optimizer: Any, oracle: Oracle = AUTODIFF) -> Program:
    factory = MadeOptimizer(optax.with_extra_args_support(optimizer), oracle)
    return Program(factory, (), PROBLEM, PROBLEM.init(jax.random.key(0)))


@cache
def trial(optimizer: Any, each: int = STEPS) -> tuple[tuple[float, ...], int]:
    """Return the losses of a trial in chunks of so many steps, and its gradients."""
    made, losses, gradients = program(optimizer), [], 0
    made.compile()
    carry = made.start(PROBLEM.init(jax.random.key(0)))
    few = limits(each, NO_TARGET, NO_LIMITS, made.dtype)
    for _ in range(STEPS // each):
        done = made(PROBLEM, (), carry, few)
        carry, gradients = (
            done.carry,
            gradients + named(done.readings()[-1])["gradient"],
        )
        losses += done.losses(made.dtype).tolist()
    return tuple(losses), gradients


def by_hand(optimizer: Any) -> tuple[list[float], int]:
    """Return the losses with a fresh gradient at each step, and the gradients."""
    made, f = optax.with_extra_args_support(optimizer), problems.objective(PROBLEM)
    calls = []

    @jax.jit
    def step(params, state):
        value, gradient = jax.value_and_grad(f)(params)
        known = {"value": value, "grad": gradient, "value_fn": counted(f, calls)}
        updates, state = made.update(gradient, state, params, **known)
        return value, optax.apply_updates(params, updates), state

    params = PROBLEM.init(jax.random.key(0))
    state, losses = made.init(params), []
    for _ in range(STEPS):
        value, params, state = step(params, state)
        losses.append(float(value))
    jax.effects_barrier()
    return losses, STEPS + len(calls)


def counted(f: Callable, calls: list) -> Callable:
    """Return the function, which notes each gradient on the host."""

    @jax.custom_vjp
    def value(x):
        return f(x)

    def forward(x):
        jax.debug.callback(lambda _: calls.append(1), x)
        return jax.vjp(f, x)

    value.defvjp(forward, lambda vjp, cotangent: vjp(cotangent))
    return value


@pytest.mark.parametrize("name", REUSED)
def test_a_last_gradient_at_the_next_params_is_not_computed_again(name):
    losses, gradients = trial(REUSED[name])
    expected, with_fresh = by_hand(REUSED[name])
    np.testing.assert_allclose(losses, expected, rtol=1e-4, atol=1e-6)
    assert gradients == with_fresh - (STEPS - 1)


@pytest.mark.parametrize("name", FRESH)
def test_a_last_gradient_elsewhere_is_never_reused(name):
    losses, gradients = trial(FRESH[name])
    expected, with_fresh = by_hand(FRESH[name])
    np.testing.assert_allclose(losses, expected, rtol=1e-4, atol=1e-6)
    assert gradients == with_fresh


def test_what_is_known_passes_from_chunk_to_chunk():
    assert trial(halving(), each=1) == trial(halving())


def test_gradients_are_remembered_of_a_search_with_one_objective():
    params = PROBLEM.init(jax.random.key(0))

    def known(optimizer, oracle=AUTODIFF):
        return program(optimizer, oracle).start(params).known

    assert known(optax.adam(0.1)) == ()
    assert known(halving(), Oracle("random_direction")) == ()
    assert known(halving()) != ()


def test_a_derivative_of_a_remembered_gradient_is_that_of_the_objective():
    f, x = problems.objective(PROBLEM), PROBLEM.init(jax.random.key(0))

    @jax.jit
    def product(x):
        memory = Memory(nothing_known(x, f(x)))
        seen = Remembering(f, memory)
        return jax.jvp(jax.grad(seen), (x,), (x,)), memory.read()

    (gradient, hvp), known = product(x)
    np.testing.assert_allclose(hvp, f.hvp(x, x), rtol=1e-5)
    np.testing.assert_array_equal(known.gradient, gradient)
    assert known.at(x)


def searching(other: Callable) -> optax.GradientTransformationExtraArgs:
    """Descend in a loop of two gradients, beside one that `other` takes."""

    def update(updates, state, params=None, *, value_fn, **extra):
        del updates, extra

        def body(carry):
            i, x = carry
            return i + 1, x - 0.05 * jax.grad(value_fn)(x)

        _, x = jax.lax.while_loop(lambda carry: carry[0] < 2, body, (0, params))
        return x - params + 0 * other(value_fn, params), state

    return optax.GradientTransformationExtraArgs(lambda params: (), update)


def through_a_branch(f, x):
    def chosen(x):
        return jax.lax.cond(x[0] < jnp.inf, f, lambda x: x.sum(), x)

    return jax.grad(chosen)(x)


def through_a_loop(f, x):
    def total(x):
        return jax.lax.scan(lambda a, t: (a + f(x * t), None), 0.0, jnp.arange(2.0))[0]

    return jax.grad(total)(x)


@pytest.mark.parametrize("other", [through_a_branch, through_a_loop])
def test_a_gradient_through_a_branch_or_loop_leaves_nothing_known(other):
    params = PROBLEM.init(jax.random.key(0))
    assert program(searching(other)).start(params).known == ()
    own = searching(lambda f, x: jax.grad(f)(x))
    assert program(own).start(params).known != ()
    plain, _ = trial(searching(lambda f, x: x))
    np.testing.assert_allclose(trial(searching(other))[0], plain, rtol=1e-5)


def test_a_gradient_of_another_precision_is_not_known():
    f, x = problems.objective(PROBLEM), PROBLEM.init(jax.random.key(0))
    known = nothing_known(x, f(x))

    @jax.jit
    def after(point):
        memory = Memory(known)
        jax.grad(Remembering(f, memory))(point)
        return memory.read()

    rough = x.astype(jnp.bfloat16)
    assert not after(rough).at(rough.astype(x.dtype))
    assert after(x).at(x)


def test_across_a_switch_only_the_gradient_of_a_search_is_reused():
    """Adam's steps take a fresh one each, and so does the first step of the search."""
    optimizer = optimizers.stages(
        [(optimizers.adam(0.1), 3), (halving(), 2), optimizers.adam(0.1)]
    )
    losses, gradients = trial(optimizer)
    expected, with_fresh = by_hand(optimizer)
    np.testing.assert_allclose(losses, expected, rtol=1e-4, atol=1e-6)
    assert gradients == with_fresh - 2
