"""The readings are the work that is executed, counted inside a problem's loss."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

import problems
from bench.core.readings import named
from bench.measurement.count import UncountableError
from bench.measurement.meter import Metered, counted

ROWS, N = 4, 3
TABLE = jnp.asarray(np.random.default_rng(0).normal(size=(ROWS, N)), jnp.float32)
X = jnp.array([0.5, -1.0, 2.0])
V = jnp.array([1.0, 0.25, -0.5])
passed: Counter[str] = Counter()

# x -> A x, or A' y if it is turned: one for each pass through the loss.
product = Primitive("product")


@product.def_abstract_eval
def _(x, turned, user):
    del user
    return x.update(shape=(N if turned else ROWS,))


def _turn(cotangent, x, turned, user):
    del x
    return [product.bind(cotangent, turned=not turned, user=user)]


def _of_each(values, axes, **how):
    each = jnp.moveaxis(values[0], axes[0], 0)
    return jax.lax.map(lambda x: product.bind(x, **how), each), 0


def _counted_on_the_host(x, turned, user):
    jax.debug.callback(lambda _: passed.update([user]), x)
    return (TABLE.T if turned else TABLE) @ x


ad.deflinear2(product, _turn)
batching.primitive_batchers[product] = _of_each
mlir.register_lowering(
    product, mlir.lower_fun(_counted_on_the_host, multiple_results=False)
)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Counting:
    """mean cosh(A x), with no formula of its own but that of a ray."""

    user: str = field(metadata={"static": True})
    train: Any = None
    held_out: Any = None

    def loss(self, params, examples):
        del examples
        return jnp.mean(jnp.cosh(product.bind(params, turned=False, user=self.user)))

    def residuals(self, params, examples):
        del examples
        return jnp.sinh(product.bind(params, turned=False, user=self.user))

    def ray(self, params, direction, examples):
        return Line(lambda t: self.loss(params + t * direction, examples))


class Line(NamedTuple):
    at: Callable[[jax.Array], jax.Array]

    def __call__(self, t):
        return self.at(t)

    def slope(self, t):
        return jax.jvp(self.at, (t,), (jnp.ones_like(t),))

    def values(self, lengths):
        return jax.vmap(self.at)(lengths)


def metered(user=""):
    problem: Any = Counting(user)
    return Metered(problems.objective(problem))


def call(f, x):
    return f(x)


def values(f, x):
    return jnp.vdot(f.values(jnp.stack([x, 2 * x])), jnp.array([1.0, 3.0]))


def look(f, x):
    return f.ray(X, V)(x[0])


def look_slope(f, x):
    return sum(f.ray(X, V).slope(x[0]))


def looks(f, x):
    return f.ray(X, V).values(x).sum()


def slope(f, x):
    return sum(f.jvp(x, V))


def slope_along(f, x):
    return f.jvp(X, x)[1]


def product_of(f, x):
    return jnp.vdot(f.hvp(x, V), V)


def product_with(f, x):
    return jnp.vdot(f.hvp(X, x), V)


def hessian(f, x):
    return jnp.vdot(V, f.hessian(x) @ V)


def ray_from(f, x):
    return f.ray(x, V)(0.5)


def residual(f, x):
    return jnp.sum(jnp.square(f.residuals(x)))


def pushed(f, x):
    return jnp.sum(f.residual_jvp(x, V)[1])


def pushed_along(f, x):
    return jnp.sum(f.residual_jvp(X, x)[1])


def pulled(f, x):
    return jnp.vdot(f.residual_vjp(x, TABLE[:, 0])[1], V)


def pulled_with(f, x):
    return jnp.vdot(f.residual_vjp(X, TABLE @ x)[1], V)


def all_columns(f, x):
    return jnp.sum(f.jacobian(x)[1] @ V)


RESIDUALS = (residual, pushed, pushed_along, pulled, pulled_with, all_columns)
METHODS = (call, values, look, look_slope, looks, slope, slope_along)
METHODS += (product_of, product_with, hessian, ray_from, *RESIDUALS)
THIRD = "third derivative"


def value(f, x):
    return f(x)


def grad(f, x):
    return jax.value_and_grad(f)(x)


def jvp(f, x):
    return jax.jvp(f, (x,), (V,))


def hvp(f, x):
    return jax.jvp(jax.value_and_grad(f), (x,), (V,))


def reverse_over_reverse(f, x):
    both = jax.value_and_grad(lambda y: jnp.vdot(jax.grad(f)(y), V))
    return both(x), jax.value_and_grad(f)(x)


def vmap(f, x):
    return jax.vmap(f)(jnp.stack([x, x + 1, x - 1]))


def scan_grad(f, x):
    def total(x):
        return jax.lax.scan(lambda s, t: (s + f(t * x), None), 0.0, jnp.arange(3.0))[0]

    return jax.value_and_grad(total)(x)


def cond_grad(f, x):
    def either(x):
        return jax.lax.cond(x[0] > 0, f, lambda x: f(x) + f(-x), x)

    return jax.value_and_grad(either)(x)


def loop(f, x):
    def again(carry):
        return carry[0] + 1, f(carry[1] * 0.5) + carry[1] * 0.9

    return jax.lax.while_loop(lambda carry: carry[0] < 4, again, (0, x))


def checkpoint(f, x):
    return jax.value_and_grad(jax.checkpoint(f))(x)


def linearize(f, x):
    out, push = jax.linearize(jax.value_and_grad(f), x)
    return out, jax.lax.map(push, jnp.eye(N))


def jacobian(f, x):
    gradient, pull = jax.vjp(jax.grad(f), x)  # as in jax.jacrev(jax.grad(f))
    return gradient, jax.vmap(pull)(jnp.eye(N))


ONCE = (grad, jvp, scan_grad, cond_grad, checkpoint)
TWICE = (hvp, reverse_over_reverse, linearize, jacobian)
WAYS = (value, vmap, loop, *ONCE, *TWICE)


def refusal(method, way) -> str:
    """Return what the refusal of a cell of the table says; nothing if it is counted."""
    if way in (*ONCE, *TWICE):
        if method is ray_from:
            return "differentiate value_fn, or the ray by t"
        if method in (product_of, hessian):
            return THIRD
        if method is all_columns:
            return "differentiate value_fn.residual_jvp"
    if method in RESIDUALS and method is not residual and way in TWICE:
        return "differentiate value_fn.residuals"
    return THIRD if method in (slope, look_slope) and way in TWICE else ""


def run(way):
    """Return by method the readings, and the products that the device has executed."""
    asked = [method for method in METHODS if not refusal(method, way)]

    def of(method):
        f = metered(method.__name__)
        return counted(lambda x: way(lambda x: method(f, x), x))

    passed.clear()
    done = jax.jit(lambda x: [of(method)(x) for method in asked])(X)
    jax.block_until_ready(done)
    jax.effects_barrier()
    for method, (_, readings) in zip(asked, done, strict=True):
        yield method, named(readings), passed[method.__name__]


# Products of a call of each kind. A Hessian is N Hessian-vector products; one of these
# beside a gradient at the same point, by autodiff, spares the gradient's two.
COSTS = {"forward": 1, "point": 1, "gradient": 2, "jvp": 2, "hvp": 4}
COSTS |= {"hessian": 2 + 2 * N, "jacobian": 1 + N}
COSTS |= {"residual": 1, "residual_jvp": 2, "residual_vjp": 2}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_readings_are_the_work_that_is_executed(way):
    for method, readings, executed in run(way):
        cell = f"{method.__name__} under {way.__name__}: {readings}, {executed}"
        read = sum(COSTS.get(kind, 0) * n for kind, n in readings.items())
        if method in (call, values):
            assert executed == read - 2 * readings["hvp"], cell
        elif method in (look, look_slope, looks, ray_from):
            along = readings["ray"] + readings["ray_slope"]
            assert along <= executed <= 2 * along, cell
        else:
            assert 0 < executed <= read, cell


CELLS = [(m, w) for m in METHODS for w in (grad, jvp, hvp, linearize) if refusal(m, w)]


@pytest.mark.parametrize(("method", "way"), CELLS)
def test_what_is_not_counted_is_refused(method, way):
    f = metered()
    with pytest.raises(UncountableError, match=refusal(method, way)):
        jax.eval_shape(counted(lambda x: way(lambda x: method(f, x), x)), X)


UNDER_GRAD = {
    call: {"gradient": 1},
    values: {"gradient": 2},
    look: {"jvp": 1, "ray_slope": 1},
    looks: {"jvp": 1, "ray_slope": 3},
    slope: {"jvp": 1, "hvp": 1},
    slope_along: {"jvp": 1, "gradient": 1},
    product_with: {"hvp": 2},
    residual: {"residual_vjp": 1},
    pushed: {"residual_jvp": 1, "residual_vjp": 1},
    pushed_along: {"residual_jvp": 1, "residual_vjp": 1},
    pulled_with: {"residual_vjp": 1, "residual_jvp": 1},
}


@pytest.mark.parametrize("method", UNDER_GRAD, ids=lambda method: method.__name__)
def test_a_derivative_is_read_as_what_it_is(method):
    f = metered()
    readings: list[Any] = []

    def ask(x):
        readings.append(counted(lambda x: jax.grad(partial(method, f))(x))(x)[1])

    jax.eval_shape(ask, X)
    assert {k: n for k, n in named(readings[0]).items() if n} == UNDER_GRAD[method]
