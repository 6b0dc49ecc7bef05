"""Sums in blocks are the sums of all, and so are their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from problems import blocks
from problems.examples import Examples


def cubes(w, examples: Examples):
    return ((w @ examples.inputs - examples.targets) ** 3).sum()


@pytest.fixture
def data(x64, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4)
    keys = jax.random.split(jax.random.key(0), 3)
    examples = Examples(
        jax.random.normal(keys[0], (2, 19)), jax.random.normal(keys[1], (19,))
    )
    return jax.random.normal(keys[2], (2,)), examples


@pytest.mark.parametrize("count", [3, 7, 8, 16, 19])
def test_all_derivatives_equal_those_of_one_piece(data, count):
    w, examples = data
    some = Examples(examples.inputs[:, :count], examples.targets[:count])
    np.testing.assert_allclose(
        blocks.summed(cubes, w, some), cubes(w, some), rtol=1e-13
    )
    for derivative in (jax.grad, jax.hessian):
        np.testing.assert_allclose(
            derivative(lambda w: blocks.summed(cubes, w, some))(w),
            derivative(lambda w: cubes(w, some))(w),
            rtol=1e-12,
        )


def test_many_examples_run_in_a_loop(data):
    w, examples = data
    text = str(jax.make_jaxpr(lambda w: blocks.summed(cubes, w, examples))(w))
    assert "scan" in text


def test_partial_derivatives_are_those_of_one_piece(data):
    w, examples = data
    pair = (w[0], w[1])

    def two(p, examples):
        return cubes(jnp.stack(p), examples)

    def first(f):
        return jax.grad(lambda x: f((x, pair[1])))(pair[0])

    np.testing.assert_allclose(
        first(lambda p: blocks.summed(two, p, examples)),
        first(lambda p: two(p, examples)),
        rtol=1e-12,
    )


def test_examples_are_not_silently_held_constant(data):
    w, examples = data
    with pytest.raises(TypeError, match="not in examples"):
        jax.grad(lambda e: blocks.summed(cubes, w, e))(examples)


def test_classes_are_no_obstacle(data):
    w, examples = data
    classes = Examples(examples.inputs, jnp.arange(19))
    gradient = jax.grad(lambda w: blocks.summed(cubes, w, classes))(w)
    np.testing.assert_allclose(gradient, jax.grad(cubes)(w, classes), rtol=1e-12)
