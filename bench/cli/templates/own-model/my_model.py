"""A model of your own: functions of its params, and arrays of examples."""

import jax
import jax.numpy as jnp
import optax
import sklearn.datasets

import problems


def init(key):
    """Draw the start: any tree of arrays."""
    first, last = jax.random.split(key)
    return {
        "hidden": jax.random.normal(first, (64, 32)) / 8,
        "out": jax.random.normal(last, (32, 10)) / 6,
        "bias": jnp.zeros(10),
    }


def scores(params, images):
    """Return a number for each image and class."""
    hidden = jax.nn.relu(images @ params["hidden"])
    return hidden @ params["out"] + params["bias"]


def loss(params, batch):
    """Return the mean loss of a batch, which has the form of the examples below."""
    found = scores(params, batch["image"])
    each = optax.softmax_cross_entropy_with_integer_labels(found, batch["label"])
    return each.mean()


def metrics(params, examples):
    """Return further numbers by name; they are never differentiated."""
    right = scores(params, examples["image"]).argmax(-1) == examples["label"]
    return {"accuracy": right.mean()}


def my_model():
    """Load the examples, in arrays with the examples on their first axis."""
    images, labels = sklearn.datasets.load_digits(return_X_y=True)
    examples = {"image": images.astype("float32") / 16, "label": labels}
    parts = [
        jax.tree.map(lambda array, part=part: array[part], examples)
        for part in (slice(1500), slice(1500, None))
    ]
    return problems.from_functions(
        init=init, loss=loss, metrics=metrics, train=parts[0], held_out=parts[1]
    )
