"""Why a trial on a problem that carries a state is skipped, found without a run."""

from typing import Any

import optimizers
import problems

from ..core.spec import Spec, is_scipy
from .model_state import SCIPY, refuse_source
from .oracle import Oracle
from .program import split_settings
from .state_shapes import shapes_of


def refusal(spec: Spec, problem: Any) -> str:
    """Return why a trial is skipped, in one sentence; "" if nothing speaks against it.

    A step is traced and not compiled. Call it in the trial's context.

    Args:
        spec: The trial.
        problem: Its problem, which carries a state.
    """
    if is_scipy(spec.optimizer.name):
        return SCIPY
    try:
        _trace_a_step(spec, problem)
    except optimizers.NotApplicable as error:
        return str(error)
    except (Exception, SystemExit):  # whatever else is wrong, the trial states it
        return ""
    return ""


def _trace_a_step(spec: Spec, problem: Any) -> None:
    oracle, length = Oracle.of(spec).on(problem), spec.gradient_step
    refuse_source(problem, oracle.gradient)
    factory, numbers = split_settings(spec.optimizer, oracle, length, trace=False)
    shapes_of(factory, numbers, problem, problems.shapes_at_start(problem))
