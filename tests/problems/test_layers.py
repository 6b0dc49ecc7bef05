"""Layers without activations between them, multiplied before they meet the examples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems
from problems.layers import outputs


def layer_by_layer(problem):
    """Return the loss as it is written: every example through every layer."""
    x, y = problem.train

    def loss(layers):
        return jnp.mean(jnp.square(outputs("none", layers, x)[0] - y))

    return loss


def answers(problem, params, v):
    """Return what the objective says, and what the layers one by one say of it."""
    f, plain = problems.objective(problem), layer_by_layer(problem)
    flat, unravel = ravel_pytree(params)
    points = jax.tree.map(lambda a, b: jnp.stack([a, a + b]), params, v)
    curved = jax.jvp(jax.grad(plain), (params,), (v,))[1]
    ours = [f(params), jax.grad(f)(params), f.jvp(params, v), f.hvp(params, v)]
    ours += [f.hessian(params), f.values(points)]
    theirs = [plain(params), jax.grad(plain)(params)]
    theirs += [jax.jvp(plain, (params,), (v,)), curved]
    theirs += [jax.hessian(lambda x: plain(unravel(x)))(flat), jax.vmap(plain)(points)]
    return [ravel_pytree(a)[0] for a in ours], [ravel_pytree(a)[0] for a in theirs]


def test_all_that_may_be_asked_for_is_that_of_the_layers_one_by_one():
    with jax.enable_x64(True):
        settings = {"hidden": [4, 5], "activation": "none", "dtype": "float64"}
        problem = problems.make("mlp", rows=50, columns=3, fold=True, **settings)
        params, v = (problem.init(jax.random.key(seed)) for seed in (0, 1))
        found = jax.jit(answers)(problem, params, v)
    assert problem.folds
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("settings", "folds"),
    [
        ({"columns": 20, "hidden": [10, 10], "activation": "relu"}, False),
        ({"dataset": "digits", "hidden": [4], "activation": "none"}, False),
        ({"dataset": "digits", "hidden": [30], "activation": "none"}, True),
    ],
)
def test_layers_fold_if_asked_for_and_only_where_that_is_cheaper(settings, folds):
    assert problems.make("mlp", fold=True, **settings).folds == folds
    assert not problems.make("mlp", **settings).folds


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"activation": "none", "fold": True}, True),
        ({"activation": "none"}, False),
        ({"activation": "relu", "fold": True}, False),
        ({"activation": "none", "fold": True, "hidden": []}, False),
        ({"activation": "none", "fold": True, "hidden": [1], "columns": 9}, True),
        ({"activation": "none", "fold": True, "dataset": "digits"}, True),
        (
            *(
                {
                    "activation": "none",
                    "fold": True,
                    "dataset": "digits",
                    "hidden": [2],
                },
            ),
            False,
        ),
    ],
)
def test_a_label_says_that_layers_are_folded(settings, told):
    remark = problems.remark("mlp", settings)
    assert remark == ("layers folded into one" if told else "")
    if settings.get("hidden") != []:
        assert problems.make("mlp", **settings).folds == told


def test_no_other_problem_folds_its_layers():
    assert [name for name in problems.names() if "fold" in problems.defaults(name)] == [
        "mlp"
    ]
    assert not problems.defaults("mlp")["fold"]
    assert not problems.make("autoencoder", activation="none").folds
