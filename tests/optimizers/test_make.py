"""From names and settings to optimizers, and the sentences where that fails."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers

RATE = {"name": "sgd", "learning_rate": 0.1}


def square(x: Any) -> jax.Array:
    return 0.5 * jnp.vdot(x, x)


@pytest.mark.parametrize(
    ("name", "settings", "sentence", "key"),
    [
        ("sgdd", {}, 'unknown name "sgdd". Did you mean "sgd"?', None),
        ("optax.adm", {}, 'has no factory "adm". Did you mean "optax.adam"?', None),
        ("optax.l2_loss", {"predictions": 1.0}, "does not make an optimizer", None),
        ("sgd", {}, 'setting "learning_rate" is missing', None),
        ("adam", {"learning_rate": 0.1, "b3": 1}, 'unknown setting "b3".', "b3"),
        ("sgd", {"learning_rate": -1.0}, "-1.0: should be greater than 0", "*"),
        ("sgd", {"learning_rate": True}, "should be a number", "*"),
        ("sgd", {"learning_rate": float("inf")}, "should be a finite number", "*"),
        ("newton", {"damping": -0.5}, "-0.5: should be at least 0", "damping"),
        (
            "momentum",
            {"learning_rate": 0.1, "form": "ball"},
            "should be 'heavy_ball' or 'average'",
            "form",
        ),
        (
            "momentum",
            {"learning_rate": 0.1, "form": "average", "nesterov": True},
            'nesterov = True: needs form = "heavy_ball"',
            "nesterov",
        ),
        (
            "keep_stepping",
            {"learning_rate": 0.1, "max_steps": 2.5},
            "max_steps = 2.5: should be a whole number",
            "max_steps",
        ),
        (
            "optax.contrib.mechanize",
            {"base": RATE | {"learning_rate": 0}},
            "base.learning_rate = 0",
            "base.learning_rate",
        ),
        (
            "sgd",
            {"learning_rate": {"schedule": "one_over_j", "init_value": 0.1}},
            'unknown name "one_over_j". Did you mean "one_over_k"?',
            "learning_rate",
        ),
        (
            "sgd",
            {"learning_rate": {"schedule": "one_over_k", "init_value": 0.1, "tau": 0}},
            "tau = 0: should be greater than 0",
            "learning_rate.tau",
        ),
    ],
)
def test_errors_name_the_value_the_range_and_the_key(
    name: str, settings: dict[str, Any], sentence: str, key: str | None
) -> None:
    with pytest.raises(optimizers.FactoryError) as error:
        optimizers.check(name, settings)
    assert sentence in str(error.value)
    assert error.value.key == ("learning_rate" if key == "*" else key)


@pytest.mark.parametrize(
    "call",
    [
        lambda: optimizers.sgd(0.0),
        lambda: optimizers.sgd(np.float32(-1)),
        lambda: optimizers.momentum(0.1, 1.0),
        lambda: optimizers.trust_region_step(jnp.asarray(-2.0)),
        lambda: optimizers.one_over_k(0.1, -1.0),
    ],
)
def test_a_factory_called_by_hand_checks_its_numbers(call: Any) -> None:
    with pytest.raises(ValueError, match="should be"):
        call()


def test_schedules_and_optimizers_nest(walk: Any) -> None:
    one_over_k = {"schedule": "one_over_k", "init_value": 0.5, "tau": 4.0}
    optimizer = optimizers.make("sgd", learning_rate=one_over_k)
    params, _, _ = walk(optimizer, square, jnp.ones(2), 3)
    expected = (1 - 0.5) * (1 - 0.5 * 4 / 5) * (1 - 0.5 * 4 / 6)
    np.testing.assert_allclose(params, expected, rtol=1e-6)
    wrapped = optimizers.make(
        "optax.apply_if_finite", base=RATE, max_consecutive_errors=3
    )
    params, _, _ = walk(wrapped, square, jnp.ones(2), 3)
    np.testing.assert_allclose(params, 0.9**3, rtol=1e-6)


def test_a_schedule_of_optax_goes_by_its_bare_name(walk: Any) -> None:
    decay = {"schedule": "exponential_decay", "init_value": 0.5}
    decay |= {"transition_steps": 1, "decay_rate": 0.5}
    optimizer = optimizers.make("optax.sgd", learning_rate=decay)
    params, _, _ = walk(optimizer, square, jnp.ones(2), 2)
    np.testing.assert_allclose(params, 0.5 * 0.75, rtol=1e-6)


def test_optimizers_nest_by_the_name_of_a_group(walk: Any) -> None:
    optimizer = optimizers.make(
        "optax.partition",
        transforms={"fast": RATE | {"learning_rate": 0.5}, "slow": RATE},
        param_labels={"a": "fast", "b": "slow"},
    )
    f = lambda p: square(p["a"]) + square(p["b"])  # noqa: E731
    start = {"a": jnp.ones(2), "b": jnp.ones(2)}
    params, _, _ = walk(optimizer, f, start, 1)
    np.testing.assert_allclose(params["a"], 0.5)
    np.testing.assert_allclose(params["b"], 0.9)


def test_a_factory_in_a_file_of_ones_own(tmp_path: Path, walk: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import jax, optax\n"
        "def halve(share: float = 0.5):\n"
        "    def update(updates, state, params=None):\n"
        "        return jax.tree.map(lambda x: -share * x, params), state\n"
        "    return optax.GradientTransformation(lambda p: (), update)\n"
    )
    optimizers.check(f"{file}:halve", {"share": 0.25})
    optimizer = optimizers.make(f"{file}:halve", share=0.25)
    params, _, _ = walk(optimizer, square, jnp.ones(2), 2)
    np.testing.assert_allclose(params, 0.75**2)
    with pytest.raises(optimizers.FactoryError, match='Did you mean "halve"'):
        optimizers.factory(f"{file}:halv")
    with pytest.raises(optimizers.FactoryError, match='Did you mean "share"'):
        optimizers.check(f"{file}:halve", {"shar": 0.25})


def test_all_that_is_wrong_in_a_nested_table_is_told() -> None:
    inner = {"name": "momentum", "learning_rate": -1.0, "momentum": 2.0}
    with pytest.raises(optimizers.FactoryError) as caught:
        optimizers.make("keep_stepping", base=inner)
    keys = [error.key for error in (caught.value, *caught.value.more)]
    assert keys == ["base.learning_rate", "base.momentum"]


def test_a_nested_table_without_a_name_is_named() -> None:
    base = {"learning_rate": 0.1}
    with pytest.raises(optimizers.FactoryError, match='"name" is missing') as caught:
        optimizers.check("optax.contrib.mechanize", {"base": base})
    assert caught.value.key == "base.name"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("schedule_free", {"base": RATE, "learning_rate": 0.1}),
        ("schedule_free_sgd", {"learning_rate": 0.1}),
        ("schedule_free_adamw", {"learning_rate": 0.1}),
    ],
)
def test_the_answer_of_schedule_free_is_not_its_params(
    walk: Any, name: str, settings: dict[str, Any]
) -> None:
    optimizer = optimizers.make(f"optax.contrib.{name}", **settings)
    assert isinstance(optimizer, optimizers.WithAnswer)
    params, state, _ = walk(optimizer, square, jnp.ones(2), 8)
    answer = optimizer.answer(state, params)
    expected = optax.contrib.schedule_free_eval_params(state, params)
    np.testing.assert_allclose(answer, expected)
    assert np.all(np.abs(answer - params) > 1e-4)
