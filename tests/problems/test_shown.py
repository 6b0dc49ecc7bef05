"""A problem is shown in three lines, without its arrays."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems

EXPECTED = {
    "breast cancer": (
        "LogisticRegression: 31 parameters, float32\n"
        "examples: 398 training, 114 held-out, 57 validation\n"
        "settings: l2 = 0.01, start_scale = 1.0"
    ),
    "quadratic": (
        "Quadratic: 3 parameters, float32\n"
        "examples: none\n"
        "settings: constant = 0.0, start_scale = 1.0, unique = True"
    ),
}
MADE = {
    "breast cancer": ("logistic_regression", {"validation": 0.1, "l2": 0.01}),
    "quadratic": ("quadratic", {"dimension": 3}),
}


@pytest.mark.parametrize("name", MADE)
def test_size_examples_and_settings(name):
    factory, settings = MADE[name]
    if factory == "logistic_regression":
        settings = {**settings, "dataset": "breast_cancer"}
    assert repr(problems.make(factory, **settings)) == EXPECTED[name]


def init(key):
    return {"w": jax.random.normal(key, (4, 2)), "b": jnp.zeros(2, jnp.bfloat16)}


def loss(params, batch):
    return jnp.mean((batch["x"] @ params["w"] + params["b"]) ** 2)


def test_a_problem_from_functions():
    made = problems.from_functions(
        init=init, loss=loss, train={"x": np.ones((5, 4), "float32")}
    )
    lines = repr(made).splitlines()
    assert lines[0].startswith("FromFunctions: 10 parameters, ")
    assert {"float32", "bfloat16"} == {*lines[0].partition("rs, ")[2].split(", ")}
    assert lines[1] == "examples: 5 training"
    assert len(lines) == 3


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Mine:
    """A class of a user's own, with arrays of a million numbers."""

    train: jax.Array

    def init(self, key):
        return jnp.zeros(2)

    def loss(self, params, examples):
        return jnp.sum(params**2) + examples.mean()


def test_a_class_of_a_user_is_shown_by_its_name():
    made = problems.adapted(Mine(jnp.zeros(1_000_000)))
    lines = repr(made).splitlines()
    assert lines[:2] == [
        "Mine: 2 parameters, float32",
        "examples: 1,000,000 training",
    ]
    assert len(repr(made)) < 200


def test_a_start_that_raises_is_said_and_no_error():
    made = problems.from_functions(init=lambda key: 1 / 0, loss=loss, train=None)
    assert repr(made).startswith("FromFunctions: its start cannot be made\n")


@pytest.mark.parametrize("name", ["quadratic", "bbob", "more_wild", "himmelblau"])
def test_three_lines_of_moderate_length(name):
    lines = repr(problems.make(name)).splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) < 150


def test_a_problem_under_stress_names_the_one_inside():
    made = problems.make("quadratic", dimension=3, stress={"rotate": True})
    name, _, settings = repr(made).splitlines()
    assert name == "Stressed: 3 parameters, float32"
    assert settings.startswith("settings: of Quadratic")
