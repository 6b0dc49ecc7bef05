"""What a problem that carries a state, as batch statistics, asks of the loop.

The state is that of the one pass in which a step's value and gradient are computed.
Any other call would have no defined state, and is refused.
"""

from typing import Any

import problems
from optimizers import NotApplicable

_ONE_PASS = (
    "this problem carries a state (batch statistics) from step to step, and only a "
    "step's own value and gradient define the next one"
)
CALLS_VALUE_FN = f"the optimizer calls value_fn, but {_ONE_PASS}"
SCIPY = f"SciPy's methods choose the points of their calls, but {_ONE_PASS}"
OTHER_SOURCE = "gradients by {} take several calls, but " + _ONE_PASS


class NoValue:
    """The `value_fn` of a step on a problem that carries a state.

    Raises:
        NotApplicable: It is called, or any of its methods is.
    """

    def _refuse(self, *arguments: Any) -> Any:
        del arguments
        raise NotApplicable(CALLS_VALUE_FN)

    __call__ = values = ray = jvp = hvp = hessian = ggn = second = _refuse
    residuals = jacobian = residual_jvp = residual_vjp = _refuse


def refuse_source(problem: Any, gradient: str) -> None:
    """Refuse gradients that are no single pass, on a problem that carries a state.

    Args:
        problem: Any problem.
        gradient: The gradient source.

    Raises:
        NotApplicable: The source does not fit the problem.
    """
    if gradient != "autodiff" and problems.is_stateful(problem):
        raise NotApplicable(OTHER_SOURCE.format(gradient))


def answer(optimizer: Any, carry: Any) -> Any:
    """Return the point that an optimizer with an `answer` is scored at.

    Its params are the answer; its state, if the problem carries one, is that of the
    params at which gradients were taken.
    """
    params = optimizer.answer(carry.state, problems.params_of(carry.params))
    return problems.with_params(carry.params, params)
