"""Losses that optax's documentation prints, in the trials of this project.

The optimizers that need only the gradient share one trial: each has its own part of the
params, the loss is the sum over the parts, and a metric of each part is its loss.
"""

from decimal import Decimal

import jax
import jax.numpy as jnp
import pytest

import optimizers
import problems
from bench import measure

from .optax_docstrings import BY_GRADIENT, BY_VALUE, LINE_SEARCHES

ROUNDING = 1e-5
"""Relative error of float32 in a few steps, beside that of the digits printed."""


def square(x):
    return jnp.sum(jnp.square(x))


def of_all_parts(params, examples):
    del examples
    return sum(map(square, jax.tree.leaves(params)), jnp.asarray(0.0))


def of_each_part(params, examples):
    del examples
    return {name: square(x) for name, x in params.items()}


def problem(names):
    """Return Σ x² over a part for each name, with metrics on an example that is none.

    Held-out metrics are evaluated at the optimizer's answer after each step.
    """
    none = jnp.zeros((1,))
    return problems.from_functions(
        init=lambda key: {name: jnp.array([1.0, 2.0, 3.0]) for name in names},
        loss=of_all_parts,
        metrics=of_each_part,
        train=none,
        held_out=none,
    )


def key_of(name):
    return name.replace(".", "_")


def hold(losses, printed):
    """Assert that losses are those printed, within half a unit of their last digit."""
    assert len(losses) == len(printed)
    for loss, text in zip(losses, printed, strict=True):
        exponent = Decimal(text).as_tuple().exponent
        known = float(text)
        if abs(known) < 1e-9:  # rounding of what is zero by theory
            assert 0 <= loss < 1e-9
            continue
        last_digit = 10.0 ** int(exponent)
        bound = 0.5 * last_digit + ROUNDING * known
        assert loss == pytest.approx(known, rel=0, abs=bound), (losses, printed)


@pytest.fixture(scope="module")
def parts():
    """Return the trace of the trial that all optimizers by gradient share."""
    made = [
        {"name": name, "where": {"only": [key_of(name)]}} | example.settings
        for name, example in BY_GRADIENT.items()
    ]
    optimizer = optimizers.make("partition", partition=made)
    return measure(problem([*map(key_of, BY_GRADIENT)]), optimizer, steps=5)


@pytest.mark.parametrize("name", BY_GRADIENT)
def test_a_step_by_the_gradient_is_that_of_the_documentation(parts, name):
    column = f"held_out_{key_of(name)}"
    hold(list(parts[column]), BY_GRADIENT[name].losses)
    assert list(parts["gradient"]) == list(range(6))


@pytest.mark.parametrize("name", BY_VALUE)
def test_a_step_by_the_value_is_that_of_the_documentation(name):
    settings, printed = BY_VALUE[name]
    optimizer = optimizers.make(name, **settings)
    trace = measure(problem(["x"]), optimizer, steps=len(printed) - 1)
    hold(list(trace["held_out_x"]), printed)


@pytest.mark.parametrize("name", LINE_SEARCHES)
def test_a_line_search_is_that_of_the_documentation(name):
    search, settings, printed = LINE_SEARCHES[name]
    chain = [{"name": "optax.sgd", "learning_rate": 1.0}, {"name": search} | settings]
    optimizer = optimizers.make("chain", chain=chain)
    trace = measure(problem(["x"]), optimizer, steps=5)
    losses = list(trace["held_out_x"])
    hold(losses, printed[: len(losses)])
    assert all(float(rest) == 0 for rest in printed[len(losses) :])
