"""The nets of MNIST-1D against forward passes in plain NumPy."""

import jax
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems

from .test_convnet import found

NETS = {"mlp": 7, "conv": 3, "recurrent": 2}
PAPER = {"mlp": 15_210, "conv": 5_210, "recurrent": 5_134}
"""The numbers of parameters of the paper's nets."""


def mlp(params, x):
    first, second, last = params
    g = np.maximum(first.weight @ x + first.bias, 0)
    h = g + np.maximum(second.weight @ g + second.bias, 0)
    return last.weight @ h + last.bias


def conv(params, x):
    *convolutions, last = params
    h = x[:, None]
    for weight, bias in convolutions:
        padded = np.pad(h, ((1, 1), (0, 0)))
        starts = range(0, len(padded) - weight.shape[1] + 1, 2)
        sums = [
            [np.sum(k * padded[s : s + weight.shape[1]]) for k in weight]
            for s in starts
        ]
        h = np.maximum(np.array(sums) + bias, 0)
    assert len(h) == 5
    return last.weight @ h.T.ravel() + last.bias


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def states(gates, x):
    """Return the states after each point, as PyTorch's manual writes them down."""
    h, all_states = np.zeros(gates.from_state.shape[1]), []
    w_r, w_z, w_n = np.split(gates.from_input[:, 0], 3)
    u_r, u_z, u_n = np.split(gates.from_state, 3)
    b_r, b_z, b_n = np.split(gates.input_bias, 3)
    c_r, c_z, c_n = np.split(gates.state_bias, 3)
    for point in x:
        r = sigmoid(w_r * point + b_r + u_r @ h + c_r)
        z = sigmoid(w_z * point + b_z + u_z @ h + c_z)
        n = np.tanh(w_n * point + b_n + r * (u_n @ h + c_n))
        h = (1 - z) * n + z * h
        all_states.append(h)
    return all_states


def recurrent(params, x):
    forward = states(params.forward, x)
    backward = states(params.backward, x[::-1])[::-1]
    flat = np.concatenate([np.r_[f, b] for f, b in zip(forward, backward, strict=True)])
    return params.last.weight @ flat + params.last.bias


FORWARD = {"mlp": mlp, "conv": conv, "recurrent": recurrent}


@pytest.mark.parametrize("architecture", NETS)
@pytest.mark.usefixtures("x64")
def test_scores_and_gradients(architecture):
    problem = problems.make(
        "mnist1d",
        architecture=architecture,
        width=NETS[architecture],
        rows=12,
        dtype="float64",
    )
    params = problem.init(jax.random.key(0))
    along = np.random.default_rng(1).standard_normal(ravel_pytree(params)[0].size)
    scores, _, _, slope, difference = found(problem, params, along)
    host = jax.tree.map(np.asarray, params)
    inputs = np.asarray(problem.train.tree["inputs"])
    expected = [FORWARD[architecture](host, x) for x in inputs]
    np.testing.assert_allclose(scores, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(slope, difference, rtol=1e-6)


@pytest.mark.parametrize("architecture", NETS)
def test_parameters_and_start_are_the_papers(architecture):
    problem = problems.make("mnist1d", architecture=architecture, rows=50)
    params = problem.init(jax.random.key(0))
    assert sum(x.size for x in jax.tree.leaves(params)) == PAPER[architecture]
    last = params.last if architecture == "recurrent" else params[-1]
    bound = last.weight.shape[1] ** -0.5
    for array in last:
        assert 0.5 * bound < np.abs(array).max() <= bound
    if architecture == "recurrent":
        for gates in (params.forward, params.backward):
            arrays = np.concatenate([np.ravel(x) for x in gates])
            assert 0.95 * 6**-0.5 < np.abs(arrays).max() <= 6**-0.5
            np.testing.assert_allclose(arrays.std(), 18**-0.5, rtol=0.1)


def test_sizes():
    small, large = (
        problems.registry.factory("mnist1d").resolve(size=s) for s in ("small", "gpu")
    )
    assert small == {"rows": 5_000, "width": 25}
    assert large == {"rows": 200_000, "width": 256}
