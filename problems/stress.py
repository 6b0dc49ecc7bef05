"""A problem made harder: other coordinates, and gradients that are not exact."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import Ge, Gt, Le
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

import factories
from factories import FactoryError

from .data.synthetic import rotation
from .errors import ProblemError
from .minimisers import has_minimisers
from .points import is_stateful
from .problem import Params
from .settings import Seed
from .wrapped import Wrapped

STRESS = "stress"
"""The setting of any problem that states its stress."""
MOST_ROTATED = 1000
"""Parameters up to which they are rotated: the rotation is a dense matrix."""
Share = Annotated[float, Gt(0), Le(1e6)]
Grid = Annotated[float, Gt(0), Le(1e6)]
Steps = Annotated[int, Ge(1), Le(1000)]
Condition = Annotated[float, Ge(1), Le(1e12)]


class Disturbance(NamedTuple):
    """What happens to a gradient before an optimizer sees it; in this order.

    Attributes:
        noise: σ: g becomes g + σ ||g|| z / √n, z ~ N(0, I), n the number of parameters,
            so that the noise is about σ times as long as the gradient. 0 for none.
        float16: g is rounded to float16: below 6e-8 it is 0, above 65,504 infinite.
        quantise: q: g becomes q round(g / q), a grid on which g is 0 below q / 2. 0 for
            none.
    """

    noise: float = 0.0
    float16: bool = False
    quantise: float = 0.0

    def of(self, gradient: Params, key: jax.Array | None) -> Params:
        """Return the gradient as an optimizer sees it.

        Args:
            gradient: Exact.
            key: Of this step; needed for noise.
        """
        flat, unravel = ravel_pytree(gradient)
        if self.noise:
            assert key is not None
            z = jax.random.normal(key, flat.shape, jnp.float32).astype(flat.dtype)
            size = self.noise * jnp.linalg.norm(flat) / jnp.sqrt(flat.size)
            flat = flat + size.astype(flat.dtype) * z
        if self.float16:
            flat = flat.astype(jnp.float16).astype(flat.dtype)
        if self.quantise:
            flat = self.quantise * jnp.round(flat / self.quantise)
        return unravel(flat)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Stressed(Wrapped):
    """f(D Q y), where f is a problem's loss: the params y are other coordinates.

    All that is evaluated is that of the problem at x = D Q y, and its least loss is the
    same. Derivatives follow by the chain rule from those that the problem knows.

    Attributes:
        problem: Carries no state.
        turn: Q, float[n, n], orthogonal; None for the identity.
        lengths: The diagonal of D, float[n]; None for the identity.
        disturbance: What happens to gradients; the loss is exact.
        delay: k: at step t an optimizer gets the gradient of step max(t - k, 0).
    """

    problem: Any
    turn: jax.Array | None
    lengths: jax.Array | None
    disturbance: Disturbance = field(metadata={"static": True})
    delay: int = field(default=0, metadata={"static": True})

    def init(self, key: jax.Array) -> Params:
        """Return y = Qᵀ D⁻¹ x, x the start of the problem."""
        return self._of_flat(self._flat_back, self.problem.init(key))

    def loss(self, params: Params, examples: Any, *key: Any) -> jax.Array:
        """Return the loss at x, float[]."""
        return self.problem.loss(self._forth(params), examples, *key)

    def minimisers(self) -> jax.Array | None:
        """Return y for each known minimiser, float[k, n], or None."""
        if not has_minimisers(self.problem):
            return None
        known = self.problem.minimisers()
        return jnp.stack([self._flat_back(jnp.asarray(x)) for x in known])

    def __getattr__(self, name: str) -> Any:
        """Return an optional member that the problem has, at x instead of y."""
        if name in _CHANGED:
            known = getattr(self.problem, name)
            return known and partial(_CHANGED[name], self, known)
        if name in _PASSED_ON or (name == "certificate" and self.lengths is None):
            return getattr(self.problem, name)
        raise AttributeError(name)

    def _of_flat(self, function: Callable[[jax.Array], jax.Array], tree: Params) -> Any:
        flat, unravel = ravel_pytree(tree)
        return unravel(function(flat).astype(flat.dtype))

    def _forth(self, params: Params) -> Params:
        """Return x = D Q y."""
        return self._of_flat(self._flat_forth, params)

    def _flat_forth(self, y: jax.Array) -> jax.Array:
        turned = y if self.turn is None else self.turn.astype(y.dtype) @ y
        lengths = self.lengths
        return turned if lengths is None else lengths.astype(y.dtype) * turned

    def _flat_adjoint(self, x: jax.Array) -> jax.Array:
        """Return Qᵀ D x."""
        long = x if self.lengths is None else self.lengths.astype(x.dtype) * x
        return long if self.turn is None else self.turn.astype(x.dtype).T @ long

    def _flat_back(self, x: jax.Array) -> jax.Array:
        """Return y = Qᵀ D⁻¹ x."""
        short = x if self.lengths is None else x / self.lengths.astype(x.dtype)
        return short if self.turn is None else self.turn.astype(x.dtype).T @ short


def _jvp(self: Stressed, known: Any, params: Params, v: Params, *more: Any) -> Any:
    return known(self._forth(params), self._forth(v), *more)


def _hvp(self: Stressed, known: Any, params: Params, v: Params, *more: Any) -> Any:
    product = known(self._forth(params), self._forth(v), *more)
    return self._of_flat(self._flat_adjoint, product)


def _hessian(self: Stressed, known: Any, params: Params, *more: Any) -> jax.Array:
    adjoint = jax.vmap(self._flat_adjoint)
    return adjoint(adjoint(known(self._forth(params), *more)).T)


def _values(self: Stressed, known: Any, points: Params, *more: Any) -> jax.Array:
    return known(jax.vmap(self._forth)(points), *more)


def _at(self: Stressed, known: Any, params: Params, *more: Any) -> Any:
    return known(self._forth(params), *more)


def _wide(self: Stressed, known: Any) -> "Stressed":
    return replace(self, problem=known())


_CHANGED: Mapping[str, Callable[..., Any]] = {
    "jvp": _jvp,
    "ray": _jvp,
    "hvp": _hvp,
    "hessian": _hessian,
    "values": _values,
    "metrics": _at,
    "residuals": _at,
    "evaluate": _at,
    "in_float64": _wide,
}
_PASSED_ON = ("draw", "evaluates_at_random", "takes_key", "labels", "evaluates_apart")


def table(
    *,
    noise: Share | None = None,
    quantise: Grid | None = None,
    float16_gradients: bool = False,
    rotate: bool = False,
    scale: Condition | None = None,
    delay: Steps | None = None,
    seed: Seed = 0,
) -> dict[str, Any]:
    """Return the stress that a config's table states.

    Args:
        noise, quantise, float16_gradients: As of `Disturbance`.
        rotate: Whether Q is a random rotation; otherwise it is the identity.
        scale: c: the diagonal of D falls from √c to 1/√c, evenly in logarithms, in
            random order; the Hessian's condition can so grow by c².
        delay: As of `Stressed`.
        seed: Of the rotation and of that order.
    """
    return {
        "disturbance": Disturbance(noise or 0.0, float16_gradients, quantise or 0.0),
        "rotate": rotate,
        "scale": scale or 1.0,
        "delay": delay or 0,
        "seed": seed,
    }


def check_stress(stated: Any) -> None:
    """Check a table of stress.

    Raises:
        FactoryError: It is no table, states nothing, or a key or a value is not valid.
    """
    if not isinstance(stated, Mapping):
        words = "should be a table, such as { noise = 0.1 }"
        raise FactoryError(words, STRESS, value=factories.shown(stated))
    try:
        factories.check(table, stated)
    except FactoryError as error:
        key = ".".join(filter(None, (STRESS, error.key)))
        raise FactoryError(error.explained(), key, value=error.value) from error
    if not in_words(stated):
        keys = "noise, quantise, float16_gradients, rotate, scale and delay"
        raise FactoryError(f"states none of {keys}", STRESS)


def in_words(stated: Mapping[str, Any]) -> str:
    """Return what a label says of a checked table: `noise 0.1, rotated`."""
    return ", ".join(_words(**table(**stated)))


def _words(
    disturbance: Disturbance, rotate: bool, scale: float, delay: int, seed: int
) -> Iterator[str]:
    if disturbance.noise:
        yield f"noise {disturbance.noise:g}"
    if disturbance.float16:
        yield "float16 gradients"
    if disturbance.quantise:
        yield f"gradients on a grid of {disturbance.quantise:g}"
    drawn = f" by seed {seed}" if seed else ""
    if rotate:
        yield f"rotated{drawn}"
    if scale > 1:
        yield f"scaled {scale:g}{'' if rotate else drawn}"
    if delay:
        yield f"gradients {delay} step{'s' * (delay != 1)} late"


def stressed(problem: Any, stated: Mapping[str, Any]) -> Stressed:
    """Return a checked problem under a stress.

    Args:
        problem: As `check_made` returns it.
        stated: A checked table.

    Raises:
        ProblemError: It carries a state, or has too many parameters to be rotated.
    """
    if is_stateful(problem):
        raise ProblemError(f"{STRESS}: a problem that carries a state takes none")
    of = table(**stated)
    start, _ = ravel_pytree(problem.init(jax.random.key(0)))
    rng, turn, lengths = np.random.default_rng(of["seed"]), None, None
    if of["rotate"]:
        if start.size > MOST_ROTATED:
            raise ProblemError(
                f"{STRESS}: rotate is for at most {MOST_ROTATED:,} parameters, and the "
                f"problem has {start.size:,}"
            )
        turn = jnp.asarray(rotation(rng, start.size), start.dtype)
    if of["scale"] > 1:
        lengths = jnp.asarray(_lengths(rng, start.size, of["scale"]), start.dtype)
    return Stressed(problem, turn, lengths, of["disturbance"], of["delay"])


def _lengths(rng: np.random.Generator, size: int, condition: float) -> NDArray:
    """Draw an order of lengths of this condition, float64[size]; of one it is 1."""
    ends = np.sqrt(condition) if size > 1 else 1.0
    return rng.permutation(np.geomspace(ends, 1 / ends, size))
