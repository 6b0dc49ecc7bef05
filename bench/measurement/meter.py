"""Count every call of an objective inside the compiled program."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax

from . import convolutions, count
from .count import UncountableError
from .marks import Mark, mark

convolutions.install()


class Metered:
    """An objective whose calls, derivatives included, `counted` counts.

    It otherwise behaves the same. Its methods mark their arguments.

    Args:
        objective: `params -> float[]` with the methods of `problems.Objective`.
        other: Makes the same on another batch; None if there are no batches.
    """

    def __init__(self, objective: Any, other: Callable[[], Any] | None = None):
        self._known, self._other = objective, other
        self._second: Metered | None = None
        self._closed = False

    def close(self) -> None:
        """Refuse all later calls: the step is over, and its arrays are gone."""
        self._closed = True
        if self._second is not None:
            self._second.close()

    def second(self) -> "Metered":
        """Return the objective on the step's second batch, without batches this one.

        Its calls are counted as those of the first.
        """
        if self._other is None:
            return self
        if self._second is None:
            self._second = Metered(self._other())
        return self._second

    @property
    def _objective(self) -> Any:
        if self._closed:
            raise UncountableError(
                "the objective of an earlier step is called, where no call is "
                "counted: use the value_fn that update receives"
            )
        return self._known

    def __call__(self, params):
        """Return the loss; one `forward`, or one `gradient` under `jax.grad`."""
        loss = self._objective(mark("call", params))
        return mark("call", loss, stage="result")

    def and_state(self, params):
        """Return the loss and the model's next state; counted as a call."""
        loss, state = self._objective.and_state(mark("call", params))
        return mark("call", loss, stage="result"), state

    def values(self, points):
        """Return the loss at points stacked on a leading axis; `point` for each."""
        many = len(jax.tree.leaves(points)[0])
        losses = self._objective.values(mark("values", points, many))
        return mark("values", losses, many, stage="result")

    def ray(self, params, direction):
        """Return t -> the loss at `params + t * direction`, or None; one `jvp`.

        A ray begins with the two products of a `jvp`.
        """
        if self._has_no_ray(params, direction):
            return None
        line = self._marked("ray", params, direction)
        return MeteredRay(self._objective.ray(*line), line)

    def jvp(self, params, v):
        """Return the loss and its slope along `v`; one `jvp`."""
        return self._objective.jvp(*self._marked("jvp", params, v))

    def hvp(self, params, v):
        """Return the Hessian times `v`; one `hvp`."""
        return self._objective.hvp(*self._marked("hvp", params, v))

    def hessian(self, params):
        """Return the Hessian, `float[n, n]`; one `hessian`."""
        return self._objective.hessian(mark("hessian", params))

    @property
    def residuals(self):
        """Return params -> the residuals, one `residual` each; None if it has none.

        Under `jax.jvp` a call is one `residual_jvp`, under `jax.vjp` a `residual_vjp`.
        """
        if getattr(self._objective, "residuals", None) is None:
            return None
        return lambda params: self._objective.residuals(mark("residual", params))

    def jacobian(self, params):
        """Return the residuals and their Jacobian; one `jacobian`."""
        return self._objective.jacobian(mark("jacobian", params))

    @property
    def ggn(self):
        """Return (params, v) -> a generalised Gauss-Newton product, one `ggn` each.

        None if the problem has none.
        """
        if getattr(self._objective, "ggn", None) is None:
            return None
        return lambda params, v: self._objective.ggn(*mark("ggn", (params, v)))

    def residual_jvp(self, params, v):
        """Return the residuals and J v; one `residual_jvp`."""
        return self._objective.residual_jvp(*self._marked("residual_jvp", params, v))

    def residual_vjp(self, params, w):
        """Return the residuals and Jᵀ w; one `residual_vjp`."""
        return self._objective.residual_vjp(*self._marked("residual_vjp", params, w))

    def _has_no_ray(self, params, direction) -> bool:
        rays: list[Any] = []

        def ask(*line):
            rays.append(self._objective.ray(*line))

        jax.eval_shape(ask, params, direction)  # a mark here would be counted
        return rays[0] is None

    def _marked(self, name: str, params, v):
        """Mark both arguments for the call, and each for its derivative by it."""
        params, v = mark(name, (params, v))
        return mark(f"{name} by params", params), mark(f"{name} by v", v)


class MeteredRay:
    """A ray of which each evaluation is counted: `ray`, with the slope `ray_slope`.

    Args:
        ray: As `problems.Objective.ray` returns it.
        line: Its start and direction.
    """

    def __init__(self, ray: Any, line: Any):
        self._ray, self._line = ray, line

    def __call__(self, t):
        """Return the loss at t."""
        return self._ray(self._marked(t))

    def slope(self, t):
        """Return the loss at t and its derivative by t."""
        return self._ray.slope(self._marked(t, name="slope"))

    def values(self, lengths):
        """Return the losses at `lengths[i]`."""
        return self._ray.values(self._marked(lengths, len(lengths)))

    def _marked(self, t, times: int = 1, name: str = "look"):
        """Mark an evaluation; of many rays under vmap also if t is the same."""
        return mark(name, (t, self._line), times)[0]


# What a pass through a mark adds to `count.RAW`: by the mark's port and stage, with
# `backwards` if it was transposed and that differs. What is missing adds nothing.
_ONE_LOSS = {
    "tangent": {"jvp": 1},
    "tangent backwards": {"gradient": 1},
    "curvature": {"hvp": 1, "again": -1},
    "again": {"again": 1},
}


def _loss(kind: str) -> dict[str, dict[str, int]]:
    linearized = f"linearized {kind}"
    passes = {stage: dict(adds) for stage, adds in _ONE_LOSS.items()}
    for first_order in ("tangent", "tangent backwards"):
        passes[first_order][linearized] = -1
    return {"value": {kind: 1}, "linearized": {linearized: 1}, **passes}


def _always(kind: str, **derivatives: str) -> dict[str, dict[str, int]]:
    """Return the passes of a call that is the same with and without a derivative."""
    each = {stage: {other: 1} for stage, other in derivatives.items()}
    return {"value": {kind: 1}, "linearized": {kind: 1}, **each}


# Second derivatives of residuals are passes of the same kinds, one each way through.
_SECOND = {
    "curvature": {"residual_jvp": 1},
    "curvature backwards": {"residual_vjp": 1},
    "inert": {"residual_jvp": 1},
    "inert backwards": {"residual_vjp": 1},
}
_PRODUCTS = {
    "tangent": {"residual_jvp": 1},
    "tangent backwards": {"residual_vjp": 1},
}


PASSES: dict[str, dict[str, dict[str, int]]] = {
    "call": _loss("forward"),
    "values": _loss("point"),
    "jvp": _always("jvp"),
    "jvp by params": {"tangent": {"hvp": 1}},
    "jvp by v": {
        "tangent": {"jvp": 1},
        "tangent backwards": {"gradient": 1},
        "curvature": {"jvp": 1},
        "curvature backwards": {"gradient": 1},
    },
    "hvp": _always("hvp"),
    "hvp by params": {},
    "hvp by v": {"tangent": {"hvp": 1}, "curvature": {"hvp": 1}},
    "hessian": _always("hessian"),
    "ray": _always("jvp"),
    "ray by params": {},
    "ray by v": {},
    "look": {
        "value": {"ray": 1},
        "linearized": {"ray_slope": 1},
        "curvature": {"ray_slope": 1},
    },
    "slope": _always("ray_slope", tangent="ray_slope"),
    "residual": {
        "value": {"residual": 1},
        "linearized": {"linearized residual": 1},
        "tangent": {"residual_jvp": 1, "linearized residual": -1},
        "tangent backwards": {"residual_vjp": 1, "linearized residual": -1},
        **_SECOND,
    },
    "jacobian": _always("jacobian"),
    "ggn": _always("ggn"),
    "residual_jvp": _always("residual_jvp"),
    "residual_jvp by params": _PRODUCTS,
    "residual_jvp by v": _PRODUCTS,
    "residual_vjp": _always("residual_vjp"),
    "residual_vjp by params": {
        "tangent": {"residual_jvp": 1, "residual_vjp": 1},
    },
    "residual_vjp by v": {
        "tangent": {"residual_vjp": 1},
        "tangent backwards": {"residual_jvp": 1},
    },
}
_THIRD = "a third derivative of the objective is taken, which is no kind of call"
_GGN = "a derivative of a generalised Gauss-Newton product is taken, which is no call"
_JACOBIAN = (
    "a derivative of a Jacobian is taken, which is no kind of call: differentiate "
    "value_fn.residual_jvp"
)
_OF_PRODUCT = (
    "a second derivative of a product with a Jacobian is taken, which is no kind of "
    "call: differentiate value_fn.residuals"
)
_RAY = (
    "a ray is differentiated by its start or direction, where no call is counted: "
    "differentiate value_fn, or the ray by t"
)
REFUSED = {
    ("call", "third"): _THIRD,
    ("values", "third"): _THIRD,
    ("look", "third"): _THIRD,
    ("slope", "curvature"): _THIRD,
    ("jvp by params", "curvature"): _THIRD,
    ("hvp by params", "tangent"): _THIRD,
    ("hessian", "tangent"): _THIRD,
    ("residual", "third"): _THIRD,
    ("jacobian", "tangent"): _JACOBIAN,
    ("ggn", "tangent"): _GGN,
    ("residual_jvp by params", "curvature"): _OF_PRODUCT,
    ("residual_jvp by v", "curvature"): _OF_PRODUCT,
    ("residual_vjp by params", "curvature"): _OF_PRODUCT,
    ("residual_vjp by v", "curvature"): _OF_PRODUCT,
    ("ray by params", "tangent"): _RAY,
    ("ray by v", "tangent"): _RAY,
}


def weigh(of: Mark) -> dict[str, int]:
    """Return what a pass through a mark adds to `count.RAW`.

    Raises:
        UncountableError: It is of no kind.
    """
    if why := REFUSED.get((of.port, of.stage)):
        raise UncountableError(why)
    passes = PASSES[of.port]
    backwards = f"{of.stage} backwards" if of.turned % 2 else of.stage
    return passes.get(backwards, passes.get(of.stage, {}))


def counted(function: Callable) -> Callable:
    """Return `args -> (results, readings)`: its calls of metered objectives."""
    return count.counted(function, weigh)


# JAX's message on a call that it cannot trace, and what to do instead.
_INSTEAD = {
    "State effect not supported in vmap": "in a line search under vmap, whose last "
    "gradient could not be kept: take the trials one after the other",
    "(jvp) to a custom_vjp": "under jax.jvp of a gradient source: use value_fn.jvp, or "
    "value_fn.hvp",
}


@contextmanager
def uncountable_in_words() -> Iterator[None]:
    """Translate JAX's errors about calls that cannot be counted.

    Raises:
        UncountableError: The block makes such a call.
    """
    try:
        yield
    except UncountableError:
        raise
    except Exception as error:
        for said, instead in _INSTEAD.items():
            if said in str(error):
                words = f"the objective is called where no call is counted, {instead}"
                raise UncountableError(words) from error
        raise
