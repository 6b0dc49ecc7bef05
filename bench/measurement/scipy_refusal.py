"""Why a method of SciPy does not run on a problem, found without a call of its loss."""

from typing import Any

import jax

import optimizers
import problems

from ..config.scipy_methods import Method, find
from ..core.spec import Spec
from .model_state import SCIPY
from .oracle import disturbance_of

MAX_SIMPLEX = 1_000
MAX_FACTORISED = 1e10
"""m n² of a Jacobian; a step that factorises it takes about ten seconds there."""


def refuse(spec: Spec, problem: Any, params: Any) -> None:
    """Check that a method of SciPy can run on a problem.

    Args:
        spec: The trial.
        problem: Its problem.
        params: Its start point, or its shapes alone.

    Raises:
        NotApplicable: The spec has batches, a precision or another gradient source;
            the problem carries a state; the loss is random or not the one that is
            evaluated; the problem states no residuals, or too few, and the method is
            one of `least_squares`; or the method needs a Hessian, a simplex or a
            factorised Jacobian of too many parameters.
    """
    if spec.batch is not None or spec.gradient != "autodiff":
        words = "SciPy's methods need all examples and gradients by autodiff"
        raise optimizers.NotApplicable(words)
    if problems.is_stateful(problem):
        raise optimizers.NotApplicable(SCIPY)
    if spec.precision is not None:
        words = "SciPy's methods compute in the run's dtype, without a precision"
        raise optimizers.NotApplicable(words)
    _refuse_random(problem)
    name, method = find(spec.optimizer.name, spec.optimizer.settings)
    if method.gradient:
        _refuse_disturbed(problem, method)
    _refuse_size(name, method, problem, params)


def _refuse_random(problem: Any) -> None:
    """Refuse a problem whose loss is no function, or not the one that is evaluated."""
    if getattr(problem, "takes_key", False):
        raise optimizers.NotApplicable(
            "the loss takes a key, so it differs from step to step, and SciPy's "
            "methods need a function of the params alone"
        )
    if getattr(problem, "evaluates_apart", False):
        raise optimizers.NotApplicable(
            "SciPy's methods are recorded by the loss that they minimise, and this "
            "problem evaluates another"
        )


def _refuse_disturbed(problem: Any, method: Method) -> None:
    """Refuse a problem under stress for a method that would not feel it."""
    late = getattr(problem, "delay", 0)
    if late or disturbance_of(problem) != problems.Disturbance():
        exact = "residuals and Jacobian" if method.of_residuals else "gradient"
        raise optimizers.NotApplicable(
            f"SciPy's method calls the exact {exact}, and this problem's gradients are "
            "disturbed or late (stress)"
        )


def _refuse_size(name: str, method: Method, problem: Any, params: Any) -> None:
    """Refuse a problem that is too large for a method, or whose residuals it lacks."""
    if method.of_residuals:
        _refuse_residuals(name, problem, params)
    if method.second == "hess":
        optimizers.refuse_large(params)
    if not method.gradient:
        _refuse_simplex(params)


def _refuse_simplex(params: Any) -> None:
    """Refuse params whose simplex, n + 1 points before the first step, is too large."""
    n = _count(params)
    if n > MAX_SIMPLEX:
        raise optimizers.NotApplicable(
            f"{n:,} parameters need a simplex of {n + 1:,} points; "
            f"at most {MAX_SIMPLEX:,} parameters are taken"
        )


def _refuse_residuals(name: str, problem: Any, params: Any) -> None:
    """Refuse residuals that are not there, too few or too many."""
    residuals = optimizers.residuals_of(problems.objective(problem))
    m, n = _count(jax.eval_shape(lambda x: residuals(x), params)), _count(params)
    if name == "least_squares-lm" and m < n:
        raise optimizers.NotApplicable(
            f"MINPACK's method needs a residual for each of the {n} parameters, and "
            f"there are {m}"
        )
    if m * n**2 > MAX_FACTORISED:
        raise optimizers.NotApplicable(
            f"each step factorises a Jacobian of {m:,} times {n:,} numbers, m times n; "
            f"m n² may be at most {MAX_FACTORISED:.0e}"
        )


def _count(tree: Any) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))
