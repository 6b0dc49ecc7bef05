"""Stages beside a Python loop that switches from one optimizer to the next."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import factories
import optimizers
from optimizers.make import make

SPECTRUM = jnp.array([1.0, 3.0, 10.0])
ADAM = {"name": "adam", "learning_rate": 0.3}
FREE = {"name": "optax.contrib.schedule_free_sgd", "learning_rate": 0.05}
LBFGS = {"name": "lbfgs", "memory_size": 2}
COSINE = {"schedule": "cosine_decay_schedule", "init_value": 0.2, "decay_steps": 4}
SGD = {"name": "sgd", "learning_rate": COSINE}
STAGES = {
    "adam, then lbfgs": [ADAM | {"steps": 3}, LBFGS],
    "three, a schedule in each": [SGD | {"steps": 2}, SGD | {"steps": 1}, SGD],
    "lbfgs, then newton": [LBFGS | {"steps": 2}, {"name": "newton"}],
    "schedule-free first": [FREE | {"steps": 3}, ADAM],
    "schedule-free last, which starts from its params": [ADAM | {"steps": 3}, FREE],
}
STEPS = 7


def loss(params: Any) -> jax.Array:
    x = params["x"]
    return (
        0.5 * jnp.vdot(x * SPECTRUM, x) + 0.1 * jnp.sum(x**4) + (params["b"] - 1) ** 2
    )


def start() -> Any:
    return {"x": jnp.array([1.0, -2.0, 1.5]), "b": jnp.zeros([])}


def stepped(optimizer: Any, params: Any, state: Any) -> Any:
    value, grad = jax.value_and_grad(loss)(params)
    known = {"value": value, "grad": grad, "value_fn": loss}
    updates, state = optimizer.update(grad, state, params, **known)
    return optax.apply_updates(params, updates), state


def by_hand(stages: list[dict[str, Any]]) -> list[Any]:
    """Return the params after each step of a loop that switches optimizers."""
    params, seen = start(), []
    for table in stages:
        settings = {k: v for k, v in table.items() if k not in ("name", "steps")}
        optimizer: Any = make(table["name"], **settings)
        state, step = optimizer.init(params), jax.jit(stepped, static_argnums=0)
        for _ in range(table.get("steps", STEPS - len(seen))):
            params, state = step(optimizer, params, state)
            seen.append(params)
        if "steps" in table and hasattr(optimizer, "answer"):
            params = seen[-1] = optimizer.answer(state, params)
    return seen


def walked(stages: list[dict[str, Any]], rate: Any = None) -> list[Any]:
    """Return the params after each step, with a traced rate in the first stage."""
    path = "stages.0.learning_rate"

    def step(params: Any, state: Any, rate: Any) -> Any:
        settings: dict[str, Any] = {"stages": stages}
        if rate is not None:
            settings = factories.placed(settings, {path: rate})
        return stepped(make("stages", **settings), params, state)

    params, seen, jitted = start(), [], jax.jit(step)
    state: Any = make("stages", stages=stages).init(params)
    for _ in range(STEPS):
        params, state = jitted(params, state, rate)
        seen.append(params)
    assert jitted._cache_size() == 1
    return seen


def same(a: list[Any], b: list[Any]) -> None:
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, 2e-5, 1e-5), a, b)


@pytest.mark.parametrize("case", STAGES)
def test_the_steps_are_those_of_a_loop_that_switches(case: str) -> None:
    same(walked(STAGES[case]), by_hand(STAGES[case]))


def test_a_rate_may_be_traced() -> None:
    slower = [ADAM | {"steps": 3, "learning_rate": 0.1}, LBFGS]
    same(walked(STAGES["adam, then lbfgs"], 0.1), by_hand(slower))


def test_the_answer_is_that_of_the_stage() -> None:
    stages = [FREE | {"steps": 3}, ADAM | {"steps": 1}, FREE]
    optimizer: Any = make("stages", stages=stages)
    params, state, differs = start(), optimizer.init(start()), []
    step: Any = jax.jit(stepped, static_argnums=0)
    for _ in range(6):
        params, state = step(optimizer, params, state)
        answer = optimizer.answer(state, params)
        differs.append(bool(jnp.abs(answer["x"] - params["x"]).max() > 1e-6))
        if differs[-1]:
            of = state.states[0 if len(differs) < 3 else 2]
            expected = optax.contrib.schedule_free_eval_params(of, params)
            np.testing.assert_allclose(answer["x"], expected["x"], rtol=1e-6)
    # the last step of the first stage ends at its answer; one step is no average
    assert differs == [False, True, False, False, False, True]


def test_without_an_answer_inside_the_params_are_the_answer() -> None:
    assert not hasattr(make("stages", stages=[ADAM | {"steps": 1}, LBFGS]), "answer")


@pytest.mark.parametrize(
    ("stages", "key", "words"),
    [
        ([ADAM, LBFGS], "stages.0.steps", "is missing: only the last stage has none"),
        (
            [ADAM | {"steps": 0}, LBFGS],
            "stages.0.steps",
            "= 0: should be a whole",
        ),
        ([ADAM | {"steps": 0.5}, LBFGS], "stages.0.steps", "should be a whole number"),
        ([ADAM | {"steps": 3}], "stages.0.steps", "the last stage goes on"),
        ([ADAM | {"steps": 1, "b3": 1}, LBFGS], "stages.0.b3", "unknown setting"),
        ([], "stages", "at least 1 item"),
    ],
)
def test_an_error_has_the_path_of_its_setting(
    stages: list[Any], key: str, words: str
) -> None:
    with pytest.raises(optimizers.FactoryError) as caught:
        optimizers.check("stages", {"stages": stages})
    assert caught.value.key == key
    assert words in str(caught.value)


def test_a_factory_with_an_argument_of_the_name_is_told_apart(tmp_path: Any) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import optax\ndef mine(steps=3): return optax.sgd(1 / steps)\n")
    mine = {"name": f"{file}:mine", "steps": 5}
    with pytest.raises(optimizers.FactoryError, match="has an argument of that name"):
        optimizers.check("stages", {"stages": [mine, LBFGS]})
    inside = {"name": "chain", "chain": [mine], "steps": 2}
    optimizers.check("stages", {"stages": [inside, LBFGS]})


def test_a_state_whose_types_change_is_refused() -> None:
    def update(updates: Any, state: Any, params: Any = None) -> Any:
        return updates, state + 0.5

    init = lambda params: jnp.zeros([], jnp.int32)  # noqa: E731
    widening = optax.GradientTransformation(init, update)
    optimizer = optimizers.stages([(widening, 1), optimizers.adam(0.1)])
    with pytest.raises(optimizers.NotApplicable, match="int32 into float32"):
        stepped(optimizer, start(), optimizer.init(start()))


def test_brief_settings_pass_through_all_stages_at_once() -> None:
    inner = {"name": "stages", "stages": [ADAM | {"steps": 9}, LBFGS]}
    settings = {"stages": [inner | {"steps": 50}, SGD | {"steps": 10}, ADAM]}
    short, later = optimizers.brief({"chain": [{"name": "stages", **settings}]})
    stages = short["chain"][0]["stages"]
    assert [stage.get("steps") for stage in stages] == [2, 1, None]
    assert stages[0]["stages"][0]["steps"] == 1
    assert (later, stages[1]["learning_rate"]) == (3, COSINE)
