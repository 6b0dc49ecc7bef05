"""Chains and partitions from tables, beside optax built by hand."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
from optimizers.make import make

CLIP = {"name": "optax.clip_by_global_norm", "max_norm": 1.0}
DECAY = {"not": ["*bias*"]}
ADAMW = {"name": "adamw", "learning_rate": 0.1, "weight_decay": 0.3}
MUON = {"name": "optax.contrib.muon", "learning_rate": 0.05}
SCHEDULE_FREE = {"name": "optax.contrib.schedule_free_adamw", "learning_rate": 0.1}


def start() -> Any:
    keys = jax.random.split(jax.random.key(0), 2)
    return {
        "first": {"weight": jax.random.normal(keys[0], (3, 4)), "bias": jnp.ones(3)},
        "last": {"weight": jax.random.normal(keys[1], (2, 3)), "bias": jnp.ones(2)},
    }


def loss(params: Any) -> jax.Array:
    x = jax.random.normal(jax.random.key(1), (4, 20))
    hidden = jnp.tanh(params["first"]["weight"] @ x + params["first"]["bias"][:, None])
    y = params["last"]["weight"] @ hidden + params["last"]["bias"][:, None]
    return jnp.mean((y - 3 * x[:2]) ** 2)


def no_bias(params: Any) -> Any:
    return jax.tree_util.tree_map_with_path(
        lambda path, _: path[1].key != "bias", params
    )


def kinds(params: Any) -> Any:
    return jax.tree.map(lambda x: "matrix" if x.ndim == 2 else "rest", params)


def trajectory(optimizer: Any, steps: int = 6) -> Any:
    optimizer = optax.with_extra_args_support(optimizer)

    @jax.jit
    def step(params: Any, state: Any) -> Any:
        value, grad = jax.value_and_grad(loss)(params)
        known = {"value": value, "grad": grad, "value_fn": loss}
        updates, state = optimizer.update(grad, state, params, **known)
        return optax.apply_updates(params, updates), state

    params, state, seen = start(), optimizer.init(start()), []
    for _ in range(steps):
        params, state = step(params, state)
        seen.append(params)
    return jax.tree.map(lambda *x: jnp.stack(x), *seen)


def traced(name: str, path: str, value: float, settings: dict[str, Any]) -> Any:
    """Return an optimizer whose number at a path is a traced one."""
    import factories

    def update(updates: Any, state: Any, params: Any, **extra: Any) -> Any:
        number = jax.lax.optimization_barrier(jnp.asarray(value))
        own = factories.placed(settings, {path: number})
        return make(name, **own).update(updates, state, params, **extra)

    init = make(name, **factories.placed(settings, {path: value})).init
    return optax.GradientTransformationExtraArgs(init, update)


def same(a: Any, b: Any, rtol: float = 1e-5) -> None:
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol, 1e-6), a, b)


adamw = optax.adamw(0.1, weight_decay=0.3, mask=no_bias)
BY_HAND = {
    "clipped": (
        "chain",
        "chain.0.max_norm",
        {"chain": [CLIP, ADAMW | {"decay_mask": DECAY}]},
        optax.chain(optax.clip_by_global_norm(1.0), adamw),
    ),
    "optax's mask": (
        "optax.adamw",
        "learning_rate",
        {"learning_rate": 0.1, "weight_decay": 0.3, "mask": DECAY},
        adamw,
    ),
    "a search at the end": (
        "chain",
        "chain.0.max_norm",
        {"chain": [CLIP, {"name": "optax.lbfgs"}]},
        optax.chain(optax.clip_by_global_norm(1.0), optax.lbfgs()),
    ),
    "muon on matrices": (
        "partition",
        "partition.0.learning_rate",
        {"partition": [MUON | {"where": {"ndim": 2}}, ADAMW]},
        optax.multi_transform(
            {
                "matrix": optax.contrib.muon(0.05),
                "rest": optax.adamw(0.1, weight_decay=0.3),
            },
            kinds,
        ),
    ),
    "by name, one frozen": (
        "partition",
        "partition.1.learning_rate",
        {
            "partition": [
                {"name": "optax.set_to_zero", "where": {"only": ["first/*"]}},
                {"name": "sgd", "learning_rate": 0.1},
            ]
        },
        optax.multi_transform(
            {"frozen": optax.set_to_zero(), "free": optax.sgd(0.1)},
            {"first": "frozen", "last": "free"},
        ),
    ),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_the_steps_are_those_of_optax_built_by_hand(case: str) -> None:
    import factories

    name, path, settings, by_hand = BY_HAND[case]
    made = make(name, **settings)
    expected = trajectory(by_hand)
    same(trajectory(made), expected)
    value = factories.stated(settings, path)
    same(trajectory(traced(name, path, value, settings)), expected)


def test_a_partition_gives_each_array_to_the_first_that_takes_it() -> None:
    first = {"name": "sgd", "learning_rate": 0.1, "where": {"only": ["*weight"]}}
    second = {"name": "sgd", "learning_rate": 0.2, "where": {"only": ["first/*"]}}
    rest = {"name": "sgd", "learning_rate": 0.4}
    moved = trajectory(make("partition", partition=[first, second, rest]), 1)
    slopes = jax.grad(loss)(start())
    rates = {"weight": 0.1, "bias": 0.2}, {"weight": 0.1, "bias": 0.4}
    for layer, by_array in zip(("first", "last"), rates, strict=True):
        for name, rate in by_array.items():
            step = start()[layer][name] - moved[layer][name][0]
            np.testing.assert_allclose(step, rate * slopes[layer][name], 1e-4, 1e-6)


@pytest.mark.parametrize("name", ["chain", "partition"])
def test_the_answer_is_that_of_the_optimizer_inside(name: str) -> None:
    inside: list[Any] = [CLIP, SCHEDULE_FREE]
    if name == "partition":
        inside = [SCHEDULE_FREE | {"where": {"ndim": 2}}, ADAMW]
    optimizer: Any = make(name, **{name: inside})
    params: Any = start()
    state = optimizer.init(params)
    for _ in range(4):
        updates, state = optimizer.update(jax.grad(loss)(params), state, params)
        params = optax.apply_updates(params, updates)
    answer = optimizer.answer(state, params)
    same_bias = bool(jnp.all(answer["first"]["bias"] == params["first"]["bias"]))
    assert same_bias == (name == "partition")
    if name == "chain":
        same(answer, optax.contrib.schedule_free_eval_params(state[1], params))
    assert jnp.abs(answer["first"]["weight"] - params["first"]["weight"]).max() > 1e-4


@pytest.mark.parametrize(
    ("name", "settings", "key", "words"),
    [
        (
            *("chain", {"chain": [CLIP, {"name": "adam", "b1": 2.0}]}),
            *("chain.1.b1", "less than 1"),
        ),
        ("chain", {"chain": []}, "chain", "at least 1 item"),
        ("chain", {"chain": ["adam"]}, "chain.0", "should be an optimizer"),
        ("chain", {"chain": [{"max_norm": 1.0}]}, "chain.0.name", "which optimizer?"),
        ("chain", {"chain": [{"name": "adm"}]}, "chain.0", 'Did you mean "adam"?'),
        (
            *("partition", {"partition": [ADAMW | {"where": {"nt": ["*"]}}]}),
            *("partition.0.where.nt", 'Did you mean "not"?'),
        ),
        (
            *("partition", {"partition": [ADAMW | {"where": {"only": "*"}}]}),
            *("partition.0.where.only", "should be a list of patterns"),
        ),
        (
            *("partition", {"partition": [ADAMW | {"where": "*"}]}),
            *("partition.0.where", "should be a table"),
        ),
        (
            *("adamw", {"learning_rate": 0.1, "decay_mask": {"ndim": 2.5}}),
            *("decay_mask.ndim", "should be a whole number"),
        ),
        (
            *("adamw", {"learning_rate": 0.1, "decay_mask": {"nott": ["*"]}}),
            *("decay_mask.nott", 'Did you mean "not"?'),
        ),
    ],
)
def test_an_error_has_the_path_of_its_setting(
    name: str, settings: dict[str, Any], key: str, words: str
) -> None:
    with pytest.raises(optimizers.FactoryError) as caught:
        optimizers.check(name, settings)
    each = [caught.value, *caught.value.more]
    assert any(e.key == key and words in str(e) for e in each), list(map(str, each))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"not": ["*bais*"]}, '"*bais*" matches none of the parameters, "first/bias"'),
        ({"not": ["last/bais"]}, 'Did you mean "last/bias"?'),
    ],
)
def test_a_pattern_that_matches_nothing_is_named(table: Any, words: str) -> None:
    optimizer = make("adamw", learning_rate=0.1, decay_mask=table)
    with pytest.raises(optimizers.NotApplicable) as caught:
        optimizer.init(start())
    assert words in str(caught.value)


def test_a_partition_that_leaves_an_array_is_refused() -> None:
    optimizer = make("partition", partition=[MUON | {"where": {"ndim": 2}}])
    with pytest.raises(optimizers.NotApplicable, match='give the last one no "where"'):
        optimizer.init(start())


def test_a_mask_inside_a_part_names_what_is_in_the_whole() -> None:
    """The biases are not among the matrices: the pattern is right nevertheless."""
    part = ADAMW | {"decay_mask": DECAY, "where": {"ndim": 2}}
    rest = {"name": "sgd", "learning_rate": 0.1}
    trajectory(make("partition", partition=[part, rest]), 1)


def test_a_tree_of_booleans_is_no_table_of_patterns() -> None:
    mask = {"first": True, "last": False}
    by_table = make("optax.adamw", learning_rate=0.1, weight_decay=0.3, mask=mask)
    same(
        trajectory(by_table), trajectory(optax.adamw(0.1, weight_decay=0.3, mask=mask))
    )


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"ndim": 2}, ""),
        (
            {"only": ["first/*"]},
            "Adam stands in for muon on 1 of 2 arrays, no matrices",
        ),
        ({"ndim": 3}, "muon updates nothing: no parameter is left to it"),
    ],
)
def test_the_words_on_muon_are_of_what_it_gets(where: Any, words: str) -> None:
    parts = {"partition": [MUON | {"where": where}, ADAMW]}
    told = optimizers.stand_in("partition", parts, start())
    assert (told[: len(words)], bool(told)) == (words, bool(words))
    inside = {"chain": [CLIP, {"name": "partition", **parts}]}
    assert optimizers.stand_in("chain", inside, start()) == told


def test_objects_may_stand_beside_tables() -> None:
    mixed = make("chain", chain=[optax.clip_by_global_norm(1.0), ADAMW])
    own = optimizers.adamw(0.1, 0.3)
    alone = optimizers.chain([optax.clip_by_global_norm(1.0), own])
    same(trajectory(mixed), trajectory(alone))
