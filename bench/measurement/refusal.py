"""Why a trial is skipped, found without a run."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

import optimizers
import problems

from ..core.spec import Spec, is_scipy
from . import scipy_refusal
from .batches import pick
from .loop import refuse_oracle
from .model_state import refuse_source
from .oracle import Oracle
from .program import split_settings
from .state_shapes import shapes_of


def refusal(spec: Spec, problem: Any) -> str:
    """Return why a trial is skipped, in one sentence; "" if nothing speaks against it.

    Nothing is compiled, and nothing of the loss is computed. A step is traced only if
    the problem carries a state: otherwise what a step alone would find is not found.
    Call it in the trial's context.

    Args:
        spec: The trial.
        problem: Its problem.
    """
    refuse = scipy_refusal.refuse if is_scipy(spec.optimizer.name) else _refuse
    try:
        point = problems.shapes_at_start(problem)
        jax.eval_shape(partial(refuse, spec, problem), point)
    except optimizers.NotApplicable as error:
        return str(error)
    except (Exception, SystemExit):  # whatever else is wrong, the trial states it
        return ""
    return ""


def _refuse(spec: Spec, problem: Any, point: Any) -> None:
    """Check that an optimizer can run on a problem, as far as this is seen at once.

    Raises:
        NotApplicable: It cannot.
    """
    oracle, length = Oracle.of(spec).on(problem), spec.gradient_step
    refuse_source(problem, oracle.gradient)
    factory, numbers = split_settings(spec.optimizer, oracle, length, trace=False)
    if problems.is_stateful(problem):
        shapes_of(factory, numbers, problem, problems.shapes_at_start(problem))
        return
    # In the order in which a trial finds them, which states the first one.
    optimizer, objective = factory.make(numbers), problems.objective(problem)
    if isinstance(optimizer, optimizers.WithLoss):
        optimizer.start(point, objective)
    else:
        optimizer.init(point)
    if needs := getattr(optimizers.factory(spec.optimizer.name), "needs", None):
        needs(objective)
    refuse_oracle(optimizer, oracle)
    if oracle.batch is not None:
        pick(oracle.batch, problem, jax.random.key(0), jnp.int32(0))
