"""A classifier's blocks change nothing, and dropout follows from the key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from problems import classifier

from .test_convnet import scored


@pytest.fixture
def thinned():
    return problems.factory("convnet")(channels=[2], hidden=[6], dropout=0.4)


@pytest.fixture
def params(thinned):
    return thinned.init(jax.random.key(0))


KEY = jax.random.key(7)


def test_blocks_change_neither_loss_gradient_nor_accuracy(thinned, params, monkeypatch):
    def found():
        loss = jax.value_and_grad(lambda p: thinned.loss(p, thinned.train, KEY))
        metrics = thinned.metrics(params, thinned.train)
        return *jax.jit(loss)(params), metrics["accuracy"]

    whole, slopes, accuracy = found()
    monkeypatch.setattr("problems.convnet.fitting", lambda numbers: 500)
    assert thinned.whole.block == 500
    in_blocks, others, again = found()
    np.testing.assert_allclose(whole, in_blocks, rtol=1e-5)
    assert accuracy == again
    for one, other in zip(*map(jax.tree.leaves, (slopes, others)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_dropped_units_are_drawn_from_the_key_and_the_rest_is_raised(thinned, params):
    few = thinned.train.block(0, 8)
    net = thinned.whole.net
    kept = jax.random.bernoulli(KEY, 0.6, (8, net.units))
    images, targets = few.tree["inputs"], np.asarray(few.tree["targets"])
    scores = np.array(
        [scored(net, params, *pair) for pair in zip(images, kept, strict=True)]
    )
    together = np.log(np.exp(scores).sum(1))
    expected = np.mean(together - scores[np.arange(8), targets])
    np.testing.assert_allclose(thinned.loss(params, few, KEY), expected, rtol=1e-5)
    assert thinned.loss(params, few, jax.random.key(8)) != pytest.approx(expected)


def test_what_is_evaluated_drops_nothing(thinned, params):
    whole = problems.make("convnet", channels=[2], hidden=[6])
    assert isinstance(whole, classifier.Classifier)
    plain = float(whole.loss(params, whole.train))
    assert float(thinned.evaluate(params, thinned.train)) == plain
    accuracy = whole.metrics(params, whole.train)["accuracy"]
    assert thinned.metrics(params, thinned.train)["accuracy"] == accuracy


def test_about_the_share_of_units_is_dropped(thinned):
    kept = thinned.kept(2_000, KEY)
    np.testing.assert_allclose(jnp.mean(kept), 0.6, atol=0.02)


def test_losses_at_several_points_and_the_hessian_are_those_of_the_loss():
    problem = problems.make("convnet", channels=[1], hidden=[], held_out=0.98)
    f = problems.objective(problem)
    params = problem.init(jax.random.key(0))
    twice = jax.tree.map(lambda x: jnp.stack([x, 2 * x]), params)
    expected = [f(params), f(jax.tree.map(lambda x: 2 * x, params))]
    np.testing.assert_allclose(f.values(twice), expected, rtol=1e-6)


def test_larger_blocks_on_other_devices(monkeypatch):
    assert classifier.fitting(2**12) == 2**8
    assert classifier.fitting(2**40) == 16
    monkeypatch.setattr(classifier.jax, "default_backend", lambda: "gpu")
    assert classifier.fitting(2**12) == 2**16
