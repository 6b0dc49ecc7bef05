"""Convolutional nets against a forward pass in loops and SciPy's correlations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from scipy.signal import correlate

import problems
from factories import FactoryError
from problems import convolution
from problems.classifier import Classifier
from problems.convnet import ConvNet
from problems.convolution import convolve, max_pool, same
from problems.data.tree import TreeExamples
from problems.layers import Layer

NETS = {
    "plain": ConvNet((8, 8, 1), 10, "plain", 3, (3, 4), (5,)),
    "odd sides, colours": ConvNet((5, 7, 3), 4, "plain", 3, (2,), ()),
    "2c2d": ConvNet((9, 6, 1), 3, "2c2d", 5, (2, 3), (7,)),
    "no convolution": ConvNet((2, 3, 2), 3, "plain", 3, (), (4,)),
}
COUNT = 6


def correlated(image, layer, pads):
    """Return the outputs of one image [height, width, channels], one map at a time."""
    padded = np.pad(image, (*pads, (0, 0)))
    maps = [correlate(padded, kernel, mode="valid")[..., 0] for kernel in layer.weight]
    return np.stack(maps, -1) + layer.bias


def pooled(image):
    height, width, channels = image.shape
    out = np.empty((-(-height // 2), -(-width // 2), channels))
    for i, j in np.ndindex(out.shape[:2]):
        out[i, j] = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max((0, 1))
    return out


def scored(net, params, image, kept=None):
    """Return the scores of one image, layer by layer."""
    layers = [Layer(*map(np.asarray, layer)) for layer in params]
    pads = (((net.kernel - 1) // 2, net.kernel // 2),) * 2
    x = image
    for layer in layers[: len(net.channels)]:
        x = pooled(np.maximum(correlated(x, layer, pads), 0))
    x = x.transpose(2, 0, 1).ravel()
    for layer in layers[len(net.channels) : -1]:
        x = np.maximum(layer.weight @ x + layer.bias, 0)
    if kept is not None:
        x = kept * x / (1 - net.dropout)
    return layers[-1].weight @ x + layers[-1].bias


def drawn(net):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((COUNT, *net.image))
    targets = rng.integers(0, net.classes, COUNT)
    params = net.init(jax.random.key(0), "float64")
    return params, images, targets


@pytest.mark.usefixtures("x64")
def test_scores_of_other_devices_are_those_of_loops_and_correlations(monkeypatch):
    net = NETS["odd sides, colours"]
    params, images, _ = drawn(net)
    monkeypatch.setattr(convolution.jax, "default_backend", lambda: "gpu")
    scores = jax.jit(net.scores)(params, images)
    expected = [scored(net, params, image) for image in images]
    np.testing.assert_allclose(scores.T, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("stride", "pads"), [(1, (2, 1)), (2, (1, 1)), (3, (0, 0))])
@pytest.mark.usefixtures("x64")
def test_windows_of_any_stride_and_padding_on_one_axis(stride, pads):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 11, 2))
    layer = Layer(rng.standard_normal((4, 5, 3)), rng.standard_normal(4))
    y = convolve(jnp.asarray(x), layer, [pads], stride)
    for example in range(2):
        padded = np.pad(x[..., example].T, (pads, (0, 0)))
        every = [correlate(padded, k, mode="valid")[:, 0] for k in layer.weight]
        expected = np.stack(every)[:, ::stride] + layer.bias[:, None]
        np.testing.assert_allclose(y[..., example], expected, rtol=1e-12)


def test_padding_keeps_the_size_of_an_image():
    assert same(3) == (1, 1)
    assert same(4) == (1, 2)
    assert same(1) == (0, 0)


def test_pooling_keeps_what_is_not_a_number():
    x = jnp.array([1.0, jnp.nan, 3.0]).reshape(1, 1, 3, 1)
    np.testing.assert_array_equal(max_pool(x).ravel(), [np.nan, 3.0])


@jax.jit
def found(problem, params, along):
    """Return scores, loss, accuracy, slope, and the slope by a central difference."""
    flat, unravel = ravel_pytree(params)

    def loss(x):
        return problem.loss(unravel(x), problem.train)

    step = 1e-6 * along
    ahead, behind = jax.lax.map(loss, jnp.stack([flat + step, flat - step]))
    value, gradient = jax.value_and_grad(loss)(flat)
    return (
        problem.net.scores(params, problem.train.tree["inputs"]).T,
        value,
        problem.metrics(params, problem.train)["accuracy"],
        gradient @ along,
        (ahead - behind) / 2e-6,
    )


@pytest.mark.parametrize("name", NETS)
@pytest.mark.usefixtures("x64")
def test_scores_loss_accuracy_and_gradient_are_those_of_loops_and_differences(name):
    net = NETS[name]
    params, images, targets = drawn(net)
    tree = {"inputs": jnp.asarray(images), "targets": jnp.asarray(targets, jnp.int32)}
    problem = Classifier(TreeExamples(tree), None, None, net)
    along = np.random.default_rng(1).standard_normal(ravel_pytree(params)[0].size)
    scores, loss, accuracy, slope, difference = found(problem, params, along)
    expected = np.array([scored(net, params, image) for image in images])
    np.testing.assert_allclose(scores, expected, rtol=1e-10, atol=1e-12)
    together = np.log(np.exp(expected).sum(1))
    mean = np.mean(together - expected[np.arange(COUNT), targets])
    np.testing.assert_allclose(loss, mean, rtol=1e-12)
    assert accuracy == np.mean(expected.argmax(1) == targets)
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-9)


def test_starts_are_those_of_the_sources():
    plain = problems.make("convnet").init(jax.random.key(0))
    for weight, bias in plain:
        bound = np.prod(weight.shape[1:]) ** -0.5
        for array in (weight, bias):
            assert np.abs(array).max() <= bound
        np.testing.assert_allclose(weight.std(), bound / 3**0.5, rtol=0.15)
    published = problems.make("convnet", architecture="2c2d").init(jax.random.key(0))
    shapes = [layer.weight.shape for layer in published]
    assert shapes == [(32, 5, 5, 1), (64, 5, 5, 32), (1024, 256), (10, 1024)]
    weights = np.concatenate([layer.weight.ravel() for layer in published])
    assert np.abs(weights).max() <= 0.1
    # The deviation of a standard normal without what is beyond two.
    np.testing.assert_allclose(weights.std(), 0.05 * 0.8796, rtol=0.01)
    assert all((layer.bias == np.float32(0.05)).all() for layer in published)


@pytest.mark.parametrize(
    ("image", "settings", "count"),
    [
        # DeepOBS on MNIST: 832 + 51,264 + 3,212,288 + 10,250
        ((28, 28, 1), ("2c2d", 5, (32, 64), (1024,)), 3_274_634),
        ((8, 8, 1), ("plain", 3, (16, 32), (64,)), 160 + 4_640 + 8_256 + 650),
    ],
)
def test_parameters_are_counted_without_drawing_them(image, settings, count):
    net = ConvNet(image, 10, *settings)
    shapes = jax.eval_shape(lambda key: net.init(key, "float32"), jax.random.key(0))
    assert sum(x.size for x in jax.tree.leaves(shapes)) == count


def test_sizes_and_widths_are_those_asked_for():
    net = problems.make("convnet", size="gpu", hidden=[3]).net
    assert (net.channels, net.hidden) == ((256, 512), (3,))
    assert problems.defaults("convnet")["channels"] == (16, 32)
    for key, value in (("size", "small"), ("channels", [1]), ("hidden", [1])):
        given = {"architecture": "2c2d", key: value}
        with pytest.raises(FactoryError) as caught:
            problems.check("convnet", given)
        assert str(caught.value) == (
            f'architecture "2c2d" takes no "{key}": "plain" does'
        )
