"""Solvers of Optimistix as optimizers: one `step` of theirs is a step."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from factories import FactoryError

from .contract import WithLoss
from .objective import residuals_of


class OptimistixState(NamedTuple):
    """The arrays of a solver's state, and the loss before the last step."""

    arrays: tuple[jax.Array, ...]
    loss: jax.Array


def solver(name: str, of_residuals: bool) -> Callable[[], WithLoss]:
    """Return the factory of a solver's optimizer.

    Args:
        name: A class of Optimistix.
        of_residuals: Whether it is one of least squares, and not a minimiser.
    """

    def factory() -> WithLoss:
        made = _package().__dict__[name](rtol=0.0, atol=0.0)
        return _transformation(made, of_residuals)

    factory.__name__ = factory.__qualname__ = name
    factory.__doc__ = f"optimistix.{name}, with both tolerances at 0."
    factory.__dict__["calls_value_fn"] = True
    return factory


SOLVERS = {
    "optimistix.BFGS": solver("BFGS", of_residuals=False),
    "optimistix.Dogleg": solver("Dogleg", of_residuals=True),
    "optimistix.GaussNewton": solver("GaussNewton", of_residuals=True),
    "optimistix.LevenbergMarquardt": solver("LevenbergMarquardt", of_residuals=True),
    "optimistix.NonlinearCG": solver("NonlinearCG", of_residuals=False),
}


def _package() -> Any:
    try:
        return import_module("optimistix")
    except ImportError:
        words = "Optimistix is not installed: pip install 'gradmeter[references]'"
        raise FactoryError(words) from None


def _transformation(of: Any, of_residuals: bool) -> WithLoss:
    equinox = import_module("equinox")

    def function(value_fn: Any, params: Any) -> Any:
        """Return (y, args) -> (r or f, None), with its arrays apart from its text."""
        call = residuals_of(value_fn) if of_residuals else value_fn
        plain = lambda y, args: (call(y), None)  # noqa: E731
        return equinox.filter_closure_convert(plain, params, None)

    def begin(call: Any, params: Any) -> Any:
        """Return a solver's first state; it evaluates shapes alone."""
        shape = jax.eval_shape(lambda y: call(y, None)[0], params)
        return of.init(call, params, None, {}, shape, None, frozenset())

    def start(params: Any, value_fn: Any) -> OptimistixState:
        first = begin(function(value_fn, params), params)
        arrays, _ = equinox.partition(first, equinox.is_array)
        leaves = jax.tree.leaves(params)
        zero = jnp.zeros([], jnp.result_type(jnp.float32, *leaves))
        return OptimistixState(tuple(jax.tree.leaves(arrays)), zero)

    def init(params: Any) -> OptimistixState:
        raise FactoryError("a solver of Optimistix starts with params and value_fn")

    def update(
        updates: optax.Updates,
        state: OptimistixState,
        params: optax.Params,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, OptimistixState]:
        del updates, extra_args
        # what is no array, such as a linearized function, is made anew in each trace
        call = function(value_fn, params)
        like, static = equinox.partition(begin(call, params), equinox.is_array)
        held = map(jnp.asarray, state.arrays)  # known numbers have become literals
        arrays = jax.tree.unflatten(jax.tree.structure(like), held)
        before = equinox.combine(arrays, static)
        given = call, params, None, {}, before, frozenset()
        there, after, _ = of.step(*given)
        loss = jnp.where(before.first_step, _loss(after), _loss(before))
        held = jax.tree.leaves(equinox.filter(after, equinox.is_array))
        moved = jax.tree.map(jnp.subtract, there, params)
        return moved, OptimistixState(tuple(held), loss.astype(state.loss.dtype))

    def _loss(state: Any) -> jax.Array:
        if of_residuals:
            return jnp.vdot(state.f_info.residual, state.f_info.residual)
        return state.f_info.f

    return WithLoss(init, update, lambda state: state.loss, True, start)
