"""Each loss is the formula in its docstring, written again in NumPy."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp

import problems

pytestmark = pytest.mark.usefixtures("x64")


def at_start(name, **settings):
    """Return the loss at a start point, with the point and the data in NumPy."""
    problem = problems.make(name, dtype="float64", **settings)
    params = problem.init(jax.random.key(3))
    inputs, targets = (np.asarray(a) for a in problem.train)
    loss = float(problem.loss(params, problem.train))
    return loss, jax.tree.map(np.asarray, params), inputs, targets


def test_linear_regression():
    loss, w, x, y = at_start("linear_regression", rows=6_250, l2=0.3)
    assert loss == pytest.approx(np.mean((w @ x - y) ** 2) + 0.15 * w @ w, rel=1e-12)


def test_logistic_regression():
    loss, w, x, y = at_start("logistic_regression", rows=6_250, l2=0.3)
    expected = np.mean(np.log1p(np.exp(-y * (w @ x)))) + 0.15 * w @ w
    assert loss == pytest.approx(expected, rel=1e-12)


def test_logistic_regression_does_not_overflow():
    problem = problems.make("logistic_regression", l2=0.0, rows=100)
    w = 1e6 * problem.init(jax.random.key(0))
    margins = np.asarray(problem.train.targets) * (w @ problem.train.inputs)
    expected = np.mean(np.maximum(0, -np.asarray(margins)))
    assert float(problem.loss(w, problem.train)) == pytest.approx(expected, rel=1e-6)


def test_softmax_regression():
    loss, w, x, y = at_start("softmax_regression", l2=0.3, start_scale=1.0)
    scores = log_softmax(w @ x, axis=0)[y, np.arange(y.size)]
    assert loss == pytest.approx(-scores.mean() + 0.15 * np.sum(w * w), rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "a"),
    [
        ("none", lambda x: x),
        ("relu", lambda x: np.where(x > 0, x, 0)),
        ("tanh", np.tanh),
    ],
)
def test_mlp_regression(activation, a):
    loss, layers, x, y = at_start(
        "mlp", rows=50, columns=3, hidden=[4, 5], activation=activation
    )
    (w1, b1), (w2, b2), (w3, b3) = layers
    nets = [w3 @ a(w2 @ a(w1 @ xi + b1) + b2) + b3 for xi in x.T]
    assert loss == pytest.approx(np.mean((np.ravel(nets) - y) ** 2), rel=1e-12)
    np.testing.assert_allclose(y, x.sum(0), rtol=1e-12)


def test_mlp_classification():
    loss, layers, x, y = at_start("mlp", dataset="digits", hidden=[3])
    (w1, b1), (w2, b2) = layers
    z = w2 @ np.maximum(w1 @ x + b1[:, None], 0) + b2[:, None]
    expected = np.mean(logsumexp(z, axis=0) - z[y, np.arange(y.size)])
    assert loss == pytest.approx(expected, rel=1e-12)


def test_mlp_is_torchs():
    torch = pytest.importorskip("torch")
    loss, layers, x, y = at_start("mlp", rows=200, columns=3, hidden=[4, 5])
    steps = []
    for weight, bias in layers:
        linear = torch.nn.Linear(*weight.shape[::-1], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weight))
            linear.bias.copy_(torch.tensor(bias))
        steps += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*steps[:-1])
    expected = torch.nn.MSELoss()(net(torch.tensor(x.T))[:, 0], torch.tensor(y))
    assert loss == pytest.approx(expected.item(), rel=1e-12)


@pytest.mark.parametrize("rotate", [False, True])
def test_quadratic(rotate):
    spectrum = [4.0, 1.0, 0.25]
    problem = problems.make(
        "quadratic", dtype="float64", spectrum=spectrum, rotate=rotate, constant=-1.5
    )
    x = problem.init(jax.random.key(0))
    hessian = np.asarray(problems.objective(problem).hessian(x))
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian)[::-1], spectrum, rtol=1e-12)
    assert (abs(np.triu(hessian, 1)).max() > 0.01) == rotate
    away = x - problem.minimiser
    expected = 0.5 * away @ hessian @ away - 1.5
    assert float(problem.loss(x, problem.train)) == pytest.approx(float(expected))
    assert problem.optimum() == -1.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("noise", [None, 0.5])
@pytest.mark.usefixtures("x64")
def test_a_quadratics_minimiser_is_at_a_distance_and_has_the_certified_loss(
    dtype, noise
):
    settings: Any = {"dtype": dtype, "rotate": True, "constant": 0.25, "noise": noise}
    near = problems.make("quadratic", **settings)
    far = problems.make("quadratic", **settings, distance=3.0, data_seed=1)
    for problem, distance in ((near, 1.0), (far, 3.0)):
        c = problem.minimiser
        assert c.dtype == dtype
        assert float(jnp.linalg.norm(c)) == pytest.approx(distance, rel=1e-6)
        assert float(problem.loss(c, problem.train)) == problem.optimum() == 0.25
        slope = jax.grad(problem.loss)(c, problem.train)
        np.testing.assert_allclose(slope, 0.0, atol=1e-7)
    assert abs(float(near.minimiser @ far.minimiser)) < 2.9


@pytest.mark.parametrize("rotate", [False, True])
def test_noisy_quadratic(rotate):
    settings = {"spectrum": [4.0, 0.25], "constant": -1.5, "rotate": rotate}
    bare = problems.make("quadratic", dtype="float64", **settings)
    noisy = problems.make("quadratic", dtype="float64", noise=[1.0, 3.0], **settings)
    x = np.asarray(noisy.init(jax.random.key(0)))
    without = float(bare.loss(x, bare.train))
    assert float(noisy.loss(x, noisy.train)) == pytest.approx(without, rel=1e-12)
    some = noisy.draw(jax.random.key(1), 7)
    away = x - np.asarray(noisy.minimiser)
    turned = away if not rotate else np.asarray(noisy.rotation).T @ away
    expected = without + np.mean(turned @ np.asarray(some.inputs))
    assert float(noisy.loss(x, some)) == pytest.approx(expected, rel=1e-12)


def test_rosenbrock():
    from scipy.optimize import rosen

    problem = problems.make("rosenbrock", dtype="float64", dimension=5)
    x = problem.init(jax.random.key(0))
    np.testing.assert_array_equal(x, [-1.2, 1.0, -1.2, 1.0, -1.2])
    expected = rosen(np.asarray(x))
    assert float(problem.loss(x, problem.train)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "minimum",
    [
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ],
)
def test_himmelblau_is_zero_at_its_minima(minimum):
    problem = problems.make("himmelblau", dtype="float64")
    x = np.array(minimum)
    assert float(problem.loss(x, problem.train)) == pytest.approx(0.0, abs=1e-24)
    assert float(problem.loss(0 * x, problem.train)) == 170.0
