"""Sums in blocks are the sums of all, and so are their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from problems import blocks
from problems.blocks import Sum, summed
from problems.data.examples import Examples


def cubes(w, examples: Examples):
    return ((w @ examples.inputs - examples.targets) ** 3).sum()


def in_blocks(function, cut=True):
    """Return the sum, differentiable in its params."""
    of = Sum(function, jax.value_and_grad(function), cut)
    return lambda params, examples: summed(of, params, examples)


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
    np.testing.assert_allclose(in_blocks(cubes)(w, some), cubes(w, some), rtol=1e-13)
    for derivative in (jax.grad, jax.hessian):
        np.testing.assert_allclose(
            derivative(lambda w: in_blocks(cubes)(w, some))(w),
            derivative(lambda w: cubes(w, some))(w),
            rtol=1e-12,
        )


def test_many_examples_run_in_a_loop(data):
    w, examples = data
    for cut in (True, False):
        loss = in_blocks(cubes, cut)
        text = str(jax.make_jaxpr(lambda w, f=loss: f(w, examples))(w))
        assert ("scan" in text) == cut


def test_blocks_of_many_features_hold_fewer_examples(data, monkeypatch):
    w, examples = data
    monkeypatch.setattr(blocks, "WIDTH", 1)
    loss = in_blocks(cubes)
    text = str(jax.make_jaxpr(lambda w: loss(w, examples))(w))
    assert "length=9" in text  # 19 examples, two of two features where four of one
    np.testing.assert_allclose(loss(w, examples), cubes(w, examples), rtol=1e-13)


def test_partial_derivatives_are_those_of_one_piece(data):
    w, examples = data
    pair = (w[0], w[1])

    def two(p, examples):
        return cubes(jnp.stack(p), examples)

    def first(f):
        return jax.grad(lambda x: f((x, pair[1])))(pair[0])

    np.testing.assert_allclose(
        first(lambda p: in_blocks(two)(p, examples)),
        first(lambda p: two(p, examples)),
        rtol=1e-12,
    )


def test_examples_are_not_silently_held_constant(data):
    w, examples = data
    with pytest.raises(TypeError, match="not in examples"):
        jax.grad(lambda e: in_blocks(cubes)(w, e))(examples)


def test_classes_are_no_obstacle(data):
    w, examples = data
    classes = Examples(examples.inputs, jnp.arange(19))
    gradient = jax.grad(lambda w: in_blocks(cubes)(w, classes))(w)
    np.testing.assert_allclose(gradient, jax.grad(cubes)(w, classes), rtol=1e-12)
