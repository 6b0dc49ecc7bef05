"""The names of optax that do not fit the loop: refused, and rightly so."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
import optax.contrib
import pytest

import optimizers
from optimizers.optax_names import CALL_VALUE_FN, NOT_APPLICABLE, WRAPPERS

PARAMS = {"a": jnp.ones(3), "b": jnp.ones((2, 2))}
LBFGS = {"name": "optax.lbfgs"}

MAKERS = {
    "optax.contrib.differentially_private_aggregate": lambda: (
        optax.contrib.differentially_private_aggregate(1.0, 0.1, 0)
    ),
    "optax.contrib.dpsgd": lambda: optax.contrib.dpsgd(
        0.1, l2_norm_clip=1.0, noise_multiplier=0.1, key=0
    ),
    "optax.contrib.hutchinson_estimator_diag_hessian": (
        optax.contrib.hutchinson_estimator_diag_hessian
    ),
    "optax.contrib.sam": lambda: optax.contrib.sam(optax.sgd(0.1), optax.sgd(0.1)),
    "optax.contrib.scale_by_muon": optax.contrib.scale_by_muon,
    "optax.contrib.sophia": lambda: optax.contrib.sophia(0.1),
    "optax.lookahead": lambda: optax.lookahead(optax.sgd(0.1), 5, 0.5),
    "optax.MultiSteps": lambda: optax.MultiSteps(optax.lbfgs(), 2),
    "optax.flatten": lambda: optax.flatten(optax.lbfgs()),
    "optax.multi_transform": lambda: optax.multi_transform(
        {"x": optax.lbfgs(), "y": optax.sgd(0.1)}, {"a": "x", "b": "y"}
    ),
    "optax.partition": lambda: optax.partition(
        {"x": optax.lbfgs(), "y": optax.sgd(0.1)}, {"a": "x", "b": "y"}
    ),
    "partition": lambda: optimizers.partition(
        [(optax.lbfgs(), optimizers.Mask(only=("a",))), optax.sgd(0.1)]
    ),
}


def loss(params: Any) -> jax.Array:
    return sum((jnp.vdot(x, x) for x in jax.tree.leaves(params)), jnp.asarray(0.0))


def trace(optimizer: Any) -> None:
    """Trace one step of the loop; what does not fit raises."""
    optimizer = optax.with_extra_args_support(optimizer)
    value, grad = jax.value_and_grad(loss)(PARAMS)
    state = optimizer.init(PARAMS)
    jax.eval_shape(
        lambda g, s, p: optimizer.update(g, s, p, value=value, grad=g, value_fn=loss),
        grad,
        state,
        PARAMS,
    )


def test_every_refusal_has_its_proof() -> None:
    assert sorted(MAKERS) == sorted([*NOT_APPLICABLE, *WRAPPERS])


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_what_is_refused_would_have_failed(name: str) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        trace(MAKERS[name]())


@pytest.mark.parametrize("name", sorted(NOT_APPLICABLE))
def test_a_refusal_is_one_sentence_with_the_name(name: str) -> None:
    with pytest.raises(optimizers.NotApplicable, match=rf"^{name}: [^\n]+\.$"):
        optimizers.make(name)


@pytest.mark.parametrize("name", sorted(WRAPPERS))
@pytest.mark.parametrize(
    "inside",
    [{"x": LBFGS}, [{"name": "chain", "chain": [LBFGS]}]],
    ids=["dict", "list"],
)
def test_a_wrapper_is_refused_around_what_asks_the_objective(
    name: str, inside: Any
) -> None:
    with pytest.raises(optimizers.NotApplicable, match=f"^{name} around optax.lbfgs"):
        optimizers.check(name, {"transforms": inside})


def test_a_wrapper_is_not_refused_around_what_does_not() -> None:
    inner = {"name": "adam", "learning_rate": 0.1}
    optimizer = optimizers.make("optax.MultiSteps", base=inner, every_k_schedule=2)
    trace(optimizer)


def refused_inside(name: str) -> bool:
    try:
        optimizers.make("optax.MultiSteps", base={"name": name}, every_k_schedule=2)
    except optimizers.NotApplicable as error:
        return f"around {name}: " in str(error)
    except optimizers.FactoryError:  # a setting is missing: it was not refused
        return False
    return False


def test_what_calls_value_fn_is_refused_inside_a_wrapper() -> None:
    """Of the registry: all but those that use the gradient only."""
    by_gradient = {"adam", "adamw", "momentum", "nesterov", "normalized_sgd", "sgd"}
    by_gradient |= {"psgd_kron", "shampoo", "soap"}
    refused = {name for name in optimizers.names() if refused_inside(name)}
    made_of_others = {"chain", "partition", "stages"}
    assert refused == set(optimizers.names()) - by_gradient - made_of_others
    assert all(map(refused_inside, CALL_VALUE_FN))
    assert not refused_inside("optax.adam")


OUT_OF_RANGE = [
    ("optax.adam", {"learning_rate": -0.1}, "learning_rate", "greater than 0"),
    ("optax.sgd", {"learning_rate": 0.0}, "learning_rate", "greater than 0"),
    ("optax.sgd", {"learning_rate": float("inf")}, "learning_rate", "finite"),
    ("optax.sgd", {"learning_rate": 0.1, "momentum": 1.0}, "momentum", "below 1"),
    ("optax.adam", {"learning_rate": 0.1, "b1": 1.5}, "b1", "below 1"),
    ("optax.adamw", {"learning_rate": 0.1, "weight_decay": -1.0}, "weight_decay", "0"),
    (
        "optax.MultiSteps",
        {"base": {"name": "optax.sgd", "learning_rate": -1.0}, "every_k_schedule": 2},
        "base.learning_rate",
        "greater than 0",
    ),
]


@pytest.mark.parametrize(("name", "settings", "key", "words"), OUT_OF_RANGE)
def test_numbers_that_optax_takes_at_any_value_have_ranges(
    name: str, settings: dict, key: str, words: str
) -> None:
    with pytest.raises(optimizers.FactoryError, match=words) as caught:
        optimizers.check(name, settings)
    assert caught.value.key == key


def test_no_default_and_no_schedule_is_out_of_range() -> None:
    schedule = {"schedule": "cosine_decay_schedule", "init_value": 0.1}
    optimizers.check(
        "optax.sgd", {"learning_rate": schedule | {"decay_steps": 9}, "momentum": None}
    )
    optimizers.check("optax.rmsprop", {"learning_rate": 1, "momentum": 0.0})
