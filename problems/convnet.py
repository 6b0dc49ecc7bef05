"""Convolutional nets on images."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from .classifier import Classifier, WithDropout, classifier, fitting
from .convolution import convolve, max_pool, same
from .data.image_files import found
from .data.images import classes, load_images
from .layers import Layer, Layers
from .random_start import torch_layer, truncated_normal
from .settings import (
    Count,
    DType,
    Fraction,
    Seed,
    data_set_settings,
    declares,
    never,
    reports,
)

DATA_SETS: Mapping[str, Mapping[str, Any]] = {
    "digits": {"held_out": 0.2, "validation": 0.0},
    "files": {"files": None, "rows": None, "validation": 0.0},
}
ARCHITECTURES: Mapping[str, Mapping[str, Any]] = {
    "plain": {"size": "small", "channels": None, "hidden": None},
    "2c2d": {},
}
SIZES: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "small": {"channels": (16, 32), "hidden": (64,)},
    "gpu": {"channels": (256, 512), "hidden": (1024,)},
}
PUBLISHED = {"channels": (32, 64), "hidden": (1024,)}
"""Of 2c2d."""
DEVIATION = BIAS = 0.05
"""Of the weights and the biases of 2c2d's start."""


@dataclass(frozen=True)
class ConvNet:
    """Convolutions with ReLU and 2 x 2 max-pooling, then dense layers with ReLU.

    The params are a tuple of `Layer`: weights float[out, kernel, kernel, in] of the
    convolutions, whose zero padding keeps the image's size, and float[out, in] of the
    dense layers, the first of which reads channels, then rows, then columns.

    Attributes:
        image: Height, width and channels.
        classes: The number of classes.
        architecture: "plain" draws weights and biases from U(±1/√fan_in), "2c2d"
            weights from N(0, 0.05²) without what is beyond ±0.1, and biases are 0.05.
        kernel: Points of a side of the convolutions' windows.
        channels: Of each convolution's output.
        hidden: Widths of the hidden dense layers.
        dropout: The share of the last layer's inputs that a step drops.
    """

    image: tuple[int, int, int]
    classes: int
    architecture: Literal["plain", "2c2d"]
    kernel: int
    channels: tuple[int, ...]
    hidden: tuple[int, ...]
    dropout: float = 0.0

    @property
    def units(self) -> int:
        """Return the number of inputs of the last layer."""
        return self._widths[-2]

    @property
    def block(self) -> int:
        """Return the examples of a block, by the numbers of an example's pass."""
        sides, planes = self._sides, pairwise(self._planes)
        convolved = (
            side[0] * side[1] * (before * self.kernel**2 + after)
            for side, (before, after) in zip(sides, planes, strict=False)
        )
        return fitting(sum(convolved) + sum(self._widths))

    @property
    def _planes(self) -> tuple[int, ...]:
        """Return the channels before the first convolution and behind each."""
        return (self.image[2], *self.channels)

    @property
    def _sides(self) -> list[tuple[int, int]]:
        """Return the image's sides before the first pooling and behind each."""
        sides = [self.image[:2]]
        for _ in self.channels:
            height, width = sides[-1]
            sides.append((-(-height // 2), -(-width // 2)))
        return sides

    @property
    def _widths(self) -> tuple[int, ...]:
        """Return the widths before the first dense layer and behind each."""
        flat = self._planes[-1] * math.prod(self._sides[-1])
        return flat, *self.hidden, self.classes

    def _shapes(self) -> Iterator[tuple[int, ...]]:
        for before, after in pairwise(self._planes):
            yield after, self.kernel, self.kernel, before
        for before, after in pairwise(self._widths):
            yield after, before

    def init(self, key: jax.Array, dtype: DTypeLike) -> Layers:
        """Draw the layers."""
        shapes = list(self._shapes())
        draw = torch_layer if self.architecture == "plain" else _published
        keys = jax.random.split(key, len(shapes))
        return tuple(draw(k, s, dtype) for k, s in zip(keys, shapes, strict=True))

    def scores(
        self, params: Layers, inputs: jax.Array, kept: jax.Array | None = None
    ) -> jax.Array:
        """Return a score for each class, float[classes, examples].

        Args:
            params: Those of `init`.
            inputs: float[examples, height, width, channels].
            kept: Inputs of the last layer that are kept, bool[examples, units].
        """
        convolutions = params[: len(self.channels)]
        *dense, (weight, bias) = params[len(self.channels) :]
        x = jnp.moveaxis(inputs, (0, 3), (3, 0))
        for layer in convolutions:
            # Pooled before ReLU: the same numbers, for a quarter of the ReLUs.
            x = jax.nn.relu(max_pool(convolve(x, layer, [same(self.kernel)] * 2)))
        x = x.reshape(-1, x.shape[-1])
        for layer in dense:
            x = jax.nn.relu(layer.weight @ x + layer.bias[:, None])
        if kept is not None:
            x = jnp.where(kept.T, x / (1 - self.dropout), 0)
        return weight @ x + bias[:, None]


def _published(key: jax.Array, shape: tuple[int, ...], dtype: DTypeLike) -> Layer:
    weight = truncated_normal(key, shape, dtype, DEVIATION)
    return Layer(weight, jnp.full(shape[:1], BIAS, dtype))


def _resolve(
    dataset: str = "digits", architecture: str = "plain", **given: Any
) -> dict[str, Any]:
    """Return the settings of a data set, with defaults for those not given (None).

    Raises:
        FactoryError: The data set or the architecture does not take a setting, or a
            file is missing.
    """
    settings = data_set_settings(DATA_SETS, dataset, given)
    if dataset == "files":
        found(settings["files"])
    net = data_set_settings(ARCHITECTURES, architecture, given, "architecture")
    widths = SIZES[net["size"]] if net else {}
    unset = {key: value for key, value in widths.items() if net[key] is None}
    return settings | net | unset


@declares(resolve=_resolve, without_optimum=never, metrics=reports("accuracy"))
def convnet(
    *,
    dataset: Literal["digits", "files"] = "digits",
    files: str | None = None,
    rows: Count | None = None,
    architecture: Literal["plain", "2c2d"] = "plain",
    size: Literal["small", "gpu"] | None = None,
    channels: list[Count] | tuple[Count, ...] | None = None,
    hidden: list[Count] | tuple[Count, ...] | None = None,
    dropout: Fraction = 0.0,
    held_out: Fraction | None = None,
    validation: Fraction = 0.0,
    data_seed: Seed = 0,
    dtype: DType = "float32",
) -> Classifier | WithDropout:
    """Make a convolutional net that classifies images.

    Convolutions with ReLU and 2 x 2 max-pooling, then dense layers with ReLU; the loss
    is the mean cross-entropy, and the accuracy its metric.

    Args:
        dataset: "digits" (scikit-learn's 1,797 images of 8 x 8 points), or "files",
            images of your own, such as Fashion-MNIST. Points lie between 0 and 1.
        files: A folder with the idx files `train-images-idx3-ubyte`,
            `train-labels-idx1-ubyte` and both of `t10k`, each with `.gz` or without,
            or a .npz file with x_train, y_train, x_test and y_test; files only. The
            test images are held out.
        rows: Total number of images, drawn from training and test images in
            proportion; all if not set; files only.
        architecture: "plain" (3 x 3 windows, and the start of PyTorch's layers,
            U(±1/√fan_in)), or "2c2d" of DeepOBS: 5 x 5 windows, 32 and 64 channels, a
            hidden layer of 1,024; weights from N(0, 0.05²) without what is beyond
            ±0.1, and biases 0.05.
        size: "small" (16 and 32 channels, a hidden layer of 64), or "gpu" (256 and 512
            channels, a hidden layer of 1,024); plain only ("small").
        channels: Of each convolution, instead of those of `size`; plain only.
        hidden: Widths of the hidden dense layers, as `channels`.
        dropout: Share of the last layer's inputs that each step drops.
        held_out: Share of held-out images; digits only (0.2).
        validation: Share of the images on which tuning chooses settings.
        data_seed: Seed of the parts.
        dtype: Of data and params.

    References:
        Schneider, Balles and Hennig, "DeepOBS: a deep learning optimizer benchmark
        suite", 2019.
    """
    settings = _resolve(
        dataset,
        architecture,
        files=files,
        rows=rows,
        size=size,
        channels=channels,
        hidden=hidden,
        held_out=held_out,
        validation=validation,
    )
    parts = load_images(dataset, data_seed, dtype, **settings)
    widths = PUBLISHED if architecture == "2c2d" else settings
    net = ConvNet(
        parts[0].tree["inputs"].shape[1:],
        classes(parts),
        architecture,
        kernel=5 if architecture == "2c2d" else 3,
        channels=tuple(widths["channels"]),
        hidden=tuple(widths["hidden"]),
        dropout=dropout,
    )
    return classifier(parts, net)
