"""Fresh examples of a function are streamed, and are like those of `train`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import problems
from bench import measure
from bench.core.spec import Batch
from bench.measurement.batches import pick
from factories import FactoryError

KEY = jax.random.key(3)


def draw(key, size):
    of_image, of_label = jax.random.split(key)
    label = jax.random.randint(of_label, (size,), 0, 2)
    image = jax.random.normal(of_image, (size, 2, 3)) + label[:, None, None]
    return {"image": image, "label": label}


def init(key):
    return jnp.zeros(6)


def loss(w, batch):
    scores = batch["image"].reshape(-1, 6) @ w
    return optax.sigmoid_binary_cross_entropy(scores, batch["label"]).mean()


def problem(draw=draw, train=200, **more):
    given = {"init": init, "loss": loss, "train": train, "draw": draw}
    return problems.from_functions(**given, **more)


def test_a_number_of_examples_is_drawn_once_and_for_each_part_anew():
    made, again = (problem(held_out=50, validation=50) for _ in range(2))
    for part, count in (("train", 200), ("held_out", 50), ("validation", 50)):
        ours, theirs = getattr(made, part), getattr(again, part)
        assert ours.count == count
        np.testing.assert_array_equal(ours.tree["image"], theirs.tree["image"])
    parts = [made.train, made.held_out, made.validation]
    images = np.concatenate([part.tree["image"] for part in parts])
    assert len(np.unique(images[:, 0, 0])) == 300


@pytest.mark.parametrize("train", [200, draw(KEY, 40)])
def test_a_stream_feeds_a_trial_and_repeats(train):
    made = problem(train=train, held_out=50)
    problems.check_made(made)
    batch = {"size": 64, "stream": True}
    ours, theirs = (
        measure(made, optax.sgd(0.5), steps=12, batch=batch) for _ in range(2)
    )
    np.testing.assert_array_equal(ours["loss"], theirs["loss"])
    assert ours["loss"].iloc[-1] < 0.8 * ours["loss"].iloc[0]
    assert list(ours["examples"]) == list(64 * ours["step"])
    assert ours["held_out_loss"].notna().all()


def test_no_step_and_no_part_sees_an_example_twice():
    made, batch = problem(held_out=50), Batch(16, stream=True)
    pick_one = jax.jit(lambda step: pick(batch, made, KEY, step).tree["image"])
    fresh = [pick_one(jnp.int32(step)) for step in range(20)]
    images = [*fresh, made.train.tree["image"], made.held_out.tree["image"]]
    numbers = np.concatenate([np.asarray(x)[:, 0, 0] for x in images])
    assert len(np.unique(numbers)) == len(numbers)


def on_axis(key, size):
    return draw(key, size)["image"].transpose(1, 2, 0)


def test_examples_are_drawn_on_the_axis_of_the_problem():
    given = {"init": init, "axis": 2, "draw": on_axis, "train": 30}

    def loss(w, x):
        return jnp.mean((w @ x.reshape(6, -1) - 1) ** 2)

    made = problems.from_functions(loss=loss, **given)
    assert made.train.count == 30
    problems.check_made(made)
    assert made.draw(KEY, 5).tree.shape == (2, 3, 5)


WRONG = {
    "names": (
        lambda key, size: {"images": draw(key, size)["image"]},
        r"draw\(key, 2\) returns \['images'\], and .* holds \['image'\], \['label'\]",
    ),
    "dtype": (
        lambda key, size: {**draw(key, size), "label": jnp.zeros(size)},
        r"returns float32\[2\] as \['label'\], where 2 of train's .* int32\[2",
    ),
    "size": (
        lambda key, size: draw(key, size + 1),
        r"returns float32\[3,2,3\] as \['image'\], where .* float32\[2,2,3",
    ),
    "shape": (
        lambda key, size: {**draw(key, size), "image": jnp.zeros((size, 2, 4))},
        r"float32\[2,2,4\] as \['image'\]",
    ),
    "raises": (
        lambda key, size: 1 / 0,
        r"draw\(key, 2\) raises ZeroDivisionError: div",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_fresh_examples_unlike_those_of_train_are_one_line(case):
    wrong, words = WRONG[case]
    made = problem(wrong, train=draw(KEY, 9))
    with pytest.raises(problems.ProblemError, match=words) as caught:
        problems.check_made(made)
    assert "\n" not in str(caught.value)


def test_an_error_in_a_draw_is_not_taken_for_a_problem_without_one():
    def wrong(key, size):
        return jnp.zeros(size).there_is_no_such_thing

    made = problem(wrong, train=draw(KEY, 9))
    with pytest.raises(AttributeError, match="no_such_thing"):
        pick(Batch(4, stream=True), made, KEY, jnp.int32(0))


NOT_GIVEN = {
    "nothing": ({"train": None}, "draw needs train"),
    "number": (
        {"draw": None},
        "train is 200, which is no tree of arrays, and there is no draw",
    ),
    "zero": ({"train": 0}, "train is 0, which is no tree of arrays"),
}


@pytest.mark.parametrize("case", NOT_GIVEN)
def test_what_is_not_given_is_one_line(case):
    given, words = NOT_GIVEN[case]
    with pytest.raises(FactoryError, match=words):
        problem(**given)
