"""A convnet for digits as users of Flax write it, as plain functions."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from sklearn.datasets import load_digits

import problems

HELD_OUT = 360
SHAPES = {
    "Conv_0": (3, 3, 1, 16),
    "Conv_1": (3, 3, 16, 32),
    "Dense_0": (128, 64),
    "Dense_1": (64, 10),
}
_AXES = ("NHWC", "HWIO", "NHWC")


def init(key: jax.Array) -> Any:
    """Return kernels as LeCun's, and biases of 0, in the layout of Flax."""
    keys = jax.random.split(key, len(SHAPES))
    lecun = jax.nn.initializers.lecun_normal()
    layers = {
        name: {"kernel": lecun(k, shape), "bias": jnp.zeros(shape[-1])}
        for k, (name, shape) in zip(keys, SHAPES.items(), strict=True)
    }
    return {"params": layers}


def scores(params: Any, images: jax.Array) -> jax.Array:
    """Return float[examples, 10] for images float[examples, 8, 8, 1]."""
    x, layers = images, params["params"]
    for name in ("Conv_0", "Conv_1"):
        kernel = layers[name]["kernel"]
        x = jax.lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=_AXES
        )
        x = jax.nn.relu(x + layers[name]["bias"])
        window = (1, 2, 2, 1)
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
    x = x.reshape(len(x), -1)
    x = jax.nn.relu(x @ layers["Dense_0"]["kernel"] + layers["Dense_0"]["bias"])
    return x @ layers["Dense_1"]["kernel"] + layers["Dense_1"]["bias"]


def loss(params: Any, batch: Any) -> jax.Array:
    """Return the mean cross-entropy."""
    each = optax.softmax_cross_entropy_with_integer_labels
    return each(scores(params, batch["images"]), batch["labels"]).mean()


def metrics(params: Any, examples: Any) -> dict[str, jax.Array]:
    """Return the accuracy."""
    found = scores(params, examples["images"]).argmax(-1)
    return {"accuracy": (found == examples["labels"]).mean()}


def problem() -> problems.FromFunctions:
    """Return the net on scikit-learn's digits, the last ones held out."""
    data: Any = load_digits()
    images, labels = (data.images / 16)[..., None].astype("float32"), data.target
    train, held_out = (
        {"images": images[part], "labels": labels[part]}
        for part in (slice(-HELD_OUT), slice(-HELD_OUT, None))
    )
    return problems.from_functions(
        init=init, loss=loss, metrics=metrics, train=train, held_out=held_out
    )
