"""A problem whose passes are computed in other dtypes than it is evaluated in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from .data.examples import MappedExamples
from .errors import ProblemError, called
from .evaluation import evaluated_loss
from .model_state import at_point
from .points import as_point, is_stateful
from .problem import Params
from .tree_problem import Functions, Metrics
from .wrapped import Wrapped

_PASSED_ON = (
    *("draw", "certificate", "in_float64", "evaluates_at_random"),
    *("signature", "given", "block", "minimisers", "disturbance", "delay"),
)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class InPrecision(Wrapped):
    """A problem with params and passes in dtypes of their own.

    A pass converts its params and examples, and returns its loss in the problem's own
    dtype. Evaluations off the clock, metrics and the least loss are those of the
    problem itself, at the params as they are kept. All derivatives are automatic.

    Attributes:
        problem: In `dtype`.
        dtype: float32 or float64.
        params: The dtype in which the params are kept.
        compute: The dtype of passes over the examples.
    """

    problem: Any
    dtype: str = field(metadata={"static": True})
    params: str = field(metadata={"static": True})
    compute: str = field(metadata={"static": True})
    evaluates_apart: ClassVar[bool] = True

    @property
    def stateful(self) -> bool:
        """Return whether the loss carries a state, which keeps its dtypes."""
        return is_stateful(self.problem)

    @property
    def takes_key(self) -> bool:
        """Return whether the loss takes a key."""
        return bool(getattr(self.problem, "takes_key", False))

    def init(self, key: jax.Array) -> Any:
        """Draw the start point, and the first state if there is one."""
        drawn = self.problem.init(key)
        if not self.stateful:
            return converted(drawn, self.params)
        params, state = drawn
        return converted(params, self.params), state

    @property
    def functions(self) -> Functions:
        """Return the functions of a problem that carries a state, in these dtypes."""
        own = self.problem.functions

        def loss(params: Params, state: Any, *given: Any, **key: Any) -> Any:
            rest = (converted(each, self.compute) for each in given)
            value, after = own.loss(self._narrow(params), state, *rest, **key)
            return jnp.asarray(value, self.dtype), after

        def evaluate(params: Params, state: Any, examples: Any) -> jax.Array:
            if own.evaluate is not None:
                return own.evaluate(self._own(params), state, examples)
            key = jax.random.key(0)
            call = self.signature.call
            return call(_at(own.loss, state), self._own(params), examples, key)[0]

        def metrics(params: Params, state: Any, examples: Any) -> Metrics:
            return own.metrics(self._own(params), state, examples)

        return Functions(self.init, loss, metrics if own.metrics else None, evaluate)

    def loss(self, params: Params, examples: Any, *key: Any) -> jax.Array:
        """Return the loss of a pass, float[].

        Args:
            params: The params.
            examples, key: As to the problem's loss.
        """
        batch = converted(examples, self.compute)
        value = self.problem.loss(self._narrow(params), batch, *key)
        return jnp.asarray(value, self.dtype)

    def evaluate(self, params: Params, examples: Any) -> jax.Array:
        """Return the loss of the problem itself, float[]."""
        return evaluated_loss(self.problem, self._own(params), examples)

    def metrics(self, params: Params, examples: Any) -> Metrics:
        """Return each metric of the problem itself, float[]."""
        of = getattr(self.problem, "metrics", None)
        return of(self._own(params), examples) if of else {}

    def __getattr__(self, name: str) -> Any:
        """Return an optional member that the problem has."""
        if name not in _PASSED_ON:
            raise AttributeError(name)
        return getattr(self.problem, name)

    def _narrow(self, params: Params) -> Params:
        return converted(params, self.compute)

    def _own(self, params: Params) -> Params:
        """Return params at least as wide as those of the problem itself."""
        return jax.tree.map(
            lambda x: x.astype(jnp.promote_types(x.dtype, self.dtype)), params
        )


def _at(loss: Callable[..., Any], state: Any) -> Callable[..., Any]:
    return lambda params, *given, **key: loss(params, state, *given, **key)


def converted(tree: Any, dtype: str) -> Any:
    """Return a tree whose floats are in a dtype, and all else as it is."""

    def one(leaf: Any) -> Any:
        known = jnp.result_type(leaf)
        return leaf.astype(dtype) if jnp.issubdtype(known, jnp.floating) else leaf

    return jax.tree.map(one, tree)


def in_precision(problem: Any, dtype: str, params: str, compute: str) -> InPrecision:
    """Return a checked problem with params and passes in these dtypes.

    Args:
        problem: In `dtype`.
        dtype, params, compute: As of `InPrecision`.

    Raises:
        ProblemError: Its loss or gradient cannot be computed in them.
    """
    if isinstance(problem.train, MappedExamples):
        words = "data that stay in their files are read in the run's dtype"
        raise ProblemError(f"precision: {words}; load them with stream = false")
    made = InPrecision(problem, dtype, params, compute)
    called(f"loss(params, train) in {compute}", _traced, made)
    return made


def _traced(problem: InPrecision) -> Any:
    def gradient(problem: InPrecision, key: jax.Array) -> Any:
        point = as_point(problem, problem.init(key))
        ordinary, params = at_point(problem, point)
        return jax.grad(lambda p: ordinary.loss(p, problem.train))(params)

    return jax.eval_shape(gradient, problem, jax.random.key(0))
