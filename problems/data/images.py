"""Images with classes, in parts: scikit-learn's digits, or those of a user's files."""

from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from .image_files import read_images
from .parts import Parts, parts
from .scikit_learn import bundled
from .tree import TreeExamples

INK = 16
"""Black in an image of the digits."""


def load_images(dataset: str, seed: int, dtype: str, **settings: Any) -> Parts:
    """Load images, whose points lie between 0 and 1, and place them on the device.

    Args:
        dataset: "digits" or "files".
        seed: Of the parts.
        dtype: Of the images: float32 or float64.
        **settings: Of the data set: `held_out`, or `files` and `rows`; `validation`.

    Returns:
        Parts {"inputs": float[m, height, width, channels], "targets": int32[m]}.

    Raises:
        FactoryError: A file is not as it should be; see `read_images`.
    """
    share = settings["validation"]
    if dataset == "digits":
        rows, classes = bundled("digits")
        images = rows.reshape(-1, 8, 8, 1) / INK
        return parts(_tree(images, classes, dtype), settings["held_out"], share, seed)
    train, held_out = (
        _tree(half["inputs"], half["targets"], dtype)
        for half in read_images(settings["files"], settings["rows"], seed)
    )
    counts = len(train["targets"]), len(held_out["targets"])
    own = min(share * sum(counts) / counts[0], 1.0)
    first, _, chosen_on = parts(train, 0.0, own, seed)
    return first, TreeExamples(jax.tree.map(jax.device_put, held_out)), chosen_on


def classes(data: Parts) -> int:
    """Return the number of classes: one more than the largest target of any part."""
    targets = [part.tree["targets"] for part in data if part is not None]
    return 1 + max(int(np.max(each)) for each in targets)


def _tree(images: NDArray, targets: NDArray, dtype: str) -> dict[str, NDArray]:
    return {"inputs": images.astype(dtype), "targets": targets.astype(np.int32)}
