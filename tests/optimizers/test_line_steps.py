"""Optimizers that look along one gradient."""

from collections import Counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers

H = np.array([0.5, 1.0, 4.0])
START = np.array([1.0, -2.0, 0.3])


def quadratic(x: Any) -> jax.Array:
    return 0.5 * jnp.sum(jnp.asarray(H, x.dtype) * x**2)


def shifted(x: Any) -> jax.Array:
    return quadratic(x) + 100


def line_minimum(x: np.ndarray) -> float:
    g = H * x
    return g @ g / (g @ (H * g))


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("impatience", [0.0, 0.7])
def test_keep_stepping_keeps_all_moves_but_the_worse(
    walk: Any, counted: Any, impatience: float
) -> None:
    x, moves = START, 0
    for _ in range(3):
        g, s, best = H * x, 0.0, np.inf
        for i in range(20):
            longer = s + 0.05 * (1 + impatience * np.sqrt(i))
            moves += 1
            loss = 0.5 * np.sum(H * (x - longer * g) ** 2)
            if loss >= best:
                break
            s, best = longer, loss
        x = x - s * g
    calls = Counter()
    optimizer = optimizers.keep_stepping(0.05, impatience=impatience)
    params = jnp.asarray(START)
    params, _, _ = walk(optimizer, quadratic, params, 3, counted(quadratic, calls))
    np.testing.assert_allclose(params, x, rtol=1e-12)
    assert calls == {"forward": moves}


@pytest.mark.parametrize("name", ["keep_stepping", "keep_vaulting"])
@pytest.mark.parametrize("rate", [1e-4, 0.3, 50.0])
def test_the_repaired_loops_never_rise(walk: Any, name: str, rate: float) -> None:
    def wavy(x: Any) -> jax.Array:
        return jnp.sum(jnp.sin(3 * x) + 0.1 * x**2)

    optimizer = optimizers.make(name, learning_rate=rate)
    _, _, losses = walk(optimizer, wavy, jnp.asarray(START, "float32"), 15)
    assert np.all(np.diff(losses) <= 1e-6)


def test_keep_stepping_stands_still_where_the_first_move_is_worse(walk: Any) -> None:
    start = jnp.asarray(START, "float32")
    params, _, _ = walk(optimizers.keep_stepping(10.0), quadratic, start, 2)
    np.testing.assert_array_equal(params, start)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("rate", [0.01, 5.0])
@pytest.mark.parametrize("f", [quadratic, shifted])
def test_keep_vaulting_finds_a_quadratic_line_minimum_in_two_looks(
    walk: Any, counted: Any, f: Any, rate: float
) -> None:
    calls = Counter()
    optimizer = optimizers.keep_vaulting(rate)
    params, _, _ = walk(optimizer, f, jnp.asarray(START), 1, counted(f, calls))
    expected = START - line_minimum(START) * H * START
    np.testing.assert_allclose(params, expected, rtol=1e-9)
    assert calls == {"jvp": 2}


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("rate", [1e-3, 0.3, 30.0])
def test_keep_vaulting_brackets_a_minimum_that_is_no_parabola(
    walk: Any, rate: float
) -> None:
    def f(x: Any) -> jax.Array:  # concave at first along -x, flat far away
        return jnp.sum(-jnp.exp(-((x - 3) ** 2) / 2))

    optimizer = optimizers.keep_vaulting(rate, tolerance=1e-6)
    params, _, _ = walk(optimizer, f, jnp.asarray([0.5]), 1)
    np.testing.assert_allclose(params, [3.0], atol=1e-4)


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize("look", [0.02, 0.2, 3.0])
def test_calculated_step_is_the_exact_line_minimum(
    walk: Any, counted: Any, look: float
) -> None:
    calls = Counter()
    optimizer = optimizers.calculated_step(look)
    start = jnp.asarray(START)
    params, _, _ = walk(optimizer, quadratic, start, 1, counted(quadratic, calls))
    s = np.clip(line_minimum(START), look / 10, look * 10)
    np.testing.assert_allclose(params, START - s * H * START, rtol=1e-9)
    assert calls == {"forward": 1}


@pytest.mark.usefixtures("x64")
def test_calculated_step_looks_where_it_last_went() -> None:
    looked: list[float] = []
    x = jnp.asarray(START)
    optimizer = optimizers.calculated_step(0.1)
    state = optimizer.init(x)
    for _ in range(4):
        value, grad = jax.value_and_grad(quadratic)(x)

        def look(there: Any, x: Any = x, grad: Any = grad) -> jax.Array:
            looked.append(float((x - there)[0] / grad[0]))
            return quadratic(there)

        updates, state = optimizer.update(grad, state, x, value=value, value_fn=look)
        looked.append(float(-updates[0] / grad[0]))
        x = x + updates
    np.testing.assert_allclose(looked[::2], [0.1, *looked[1:-1:2]], rtol=1e-9)


def test_calculated_step_grows_where_rounding_hides_the_bend(walk: Any) -> None:
    """In float32 φ(h) = φ(0) here, and the formula alone would stay at h/2."""
    start = jnp.asarray(START, "float32")
    _, state, _ = walk(optimizers.calculated_step(1e-9), shifted, start, 1)
    np.testing.assert_allclose(state.length, 4e-9, rtol=1e-6)
    _, _, losses = walk(optimizers.calculated_step(1e-9), shifted, start, 40)
    assert losses[-1] < 100.01


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_calculated_step_shrinks_where_the_look_is_not_finite(
    walk: Any, bad: float
) -> None:
    start = jnp.asarray(START, "float32")
    optimizer = optimizers.calculated_step(0.5)
    _, state, _ = walk(optimizer, quadratic, start, 1, lambda x: x[0] * bad)
    np.testing.assert_allclose(state.length, 0.05, rtol=1e-6)


def test_calculated_step_keeps_its_length_where_there_is_no_gradient(
    walk: Any,
) -> None:
    optimizer = optimizers.calculated_step(0.5)
    params, state, _ = walk(optimizer, quadratic, jnp.zeros(3), 200)
    assert state.length == 0.5
    assert not np.any(params)


class Lines:
    """A least-squares objective with a line form, which counts what it is asked for."""

    def __init__(self, calls: Counter[str]):
        x = jax.random.normal(jax.random.key(0), (3, 40), "float64")
        self.x, self.y, self.calls = x, x.sum(0) + 1, calls

    def __call__(self, w: Any) -> jax.Array:
        return jnp.mean((w @ self.x - self.y) ** 2)

    def bump(self, name: str, size: int, seen: Any) -> None:
        jax.debug.callback(lambda _: self.calls.update({name: size}), seen)

    def values(self, points: Any) -> jax.Array:
        self.bump("point", len(points), points)
        return jax.vmap(self)(points)

    def ray(self, w: Any, v: Any) -> Any:
        z, d = w @ self.x, v @ self.x
        self.bump("ray", 1, z)
        return Looks(self, lambda t: jnp.mean((z + t * d - self.y) ** 2))


class Looks:
    """What a line form is asked for."""

    def __init__(self, lines: Lines, at: Any):
        self.lines, self.at = lines, at

    def __call__(self, t: Any) -> jax.Array:
        self.lines.bump("point", 1, t)
        return self.at(t)

    def slope(self, t: Any) -> Any:
        self.lines.bump("slope", 1, t)
        return jax.jvp(self.at, (t,), (jnp.ones_like(t),))

    def values(self, lengths: Any) -> jax.Array:
        self.lines.bump("point", len(lengths), lengths)
        return jax.vmap(self.at)(lengths)


def on_lines(
    walk: Any, name: str, rate: float, plain: bool = False, **settings: Any
) -> Any:
    """Return the params after three steps, and the calls beside their gradients."""
    calls = Counter()
    optimizer = optimizers.make(name, learning_rate=rate, **settings)
    f = Lines(calls)
    asked = (lambda w: f(w)) if plain else f
    params, _, _ = walk(optimizer, f, jnp.asarray(START), 3, asked)
    return np.asarray(params), calls


@pytest.mark.usefixtures("x64")
@pytest.mark.parametrize(
    ("settings", "moves"),
    [({"rate": 0.02, "impatience": 0.7}, 30), ({"rate": 0.1}, 17)],
)
def test_keep_stepping_makes_the_same_moves_however_it_looks(
    walk: Any, settings: Any, moves: int
) -> None:
    """At the shorter rate a walk ends at its most moves, at the longer before."""
    kind = {"name": "keep_stepping", "max_steps": 10, **settings}
    params, asked = on_lines(walk, **kind)
    assert asked == {"ray": 3, "point": moves}
    ahead, _ = on_lines(walk, **kind, plain=True, lookahead=4)
    np.testing.assert_allclose(ahead, params, rtol=1e-12)
    for line_form in (True, False):
        ahead, calls = on_lines(walk, **kind, line_form=line_form, lookahead=4)
        np.testing.assert_allclose(ahead, params, rtol=1e-12)
        assert calls["ray"] == 3 * line_form
        assert calls["point"] % 4 == 0
        assert asked["point"] <= calls["point"] < asked["point"] + 3 * 4
    one_by_one, _ = on_lines(walk, **kind, plain=True)
    np.testing.assert_allclose(one_by_one, params, rtol=1e-12)


@pytest.mark.usefixtures("x64")
def test_keep_vaulting_makes_the_same_jumps_however_it_looks(walk: Any) -> None:
    moves, asked = on_lines(walk, "keep_vaulting", 0.02)
    plainly, _ = on_lines(walk, "keep_vaulting", 0.02, plain=True)
    assert asked["ray"] == 3
    assert asked["slope"] >= 6
    np.testing.assert_allclose(moves, plainly, rtol=1e-10)
