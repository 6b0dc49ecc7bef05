"""Images and their classes from a user's files: idx files, or one .npz file."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from factories import FactoryError, nearest

from .idx import read_idx

T = TypeVar("T")
Tree = dict[str, NDArray]
"""Inputs float[examples, height, width, channels], and targets int[examples]."""

KEY = "files"
"""The setting that names the folder or the file."""
IDX = ("train", "t10k")
"""First words of the names of the idx files, for training and for held-out."""
ARRAYS = (("x_train", "y_train"), ("x_test", "y_test"))
"""Names in a .npz file, for training and for held-out."""
WHITE = 255
"""Of an image of unsigned bytes."""


class Pair(NamedTuple):
    """The idx files of images and of their labels."""

    images: Path
    labels: Path


def found(files: str | None) -> Path | tuple[Pair, Pair]:
    """Return the .npz file, or the pairs of idx files, that a setting names.

    Args:
        files: A .npz file, or a folder with the idx files.

    Raises:
        FactoryError: There is no such file, or one is missing in the folder.
    """
    if files is None:
        what = "a folder of idx files or a .npz file"
        raise FactoryError(f'dataset "files" needs "{KEY}", {what}', KEY)
    path = Path(files)
    if os.path.isdir(path):
        train, held_out = (_pair(path, word) for word in IDX)
        return train, held_out
    if not os.path.exists(path):
        near = [str(beside) for beside in path.parent.glob("*")]
        raise _error(path, "no such file or folder.", nearest(files, near))
    if path.suffix != ".npz":
        raise _error(path, "neither a .npz file nor the folder of the idx files")
    return path


def read_images(files: str, rows: int | None, seed: int) -> tuple[Tree, Tree]:
    """Read the training and the held-out images; unsigned bytes are divided by 255.

    Args:
        files: As in `found`.
        rows: The number of images to draw from both, in proportion; None for all.
        seed: Of the draw.

    Returns:
        For training and for held-out, inputs float[examples, height, width, channels]
        and targets int[examples].

    Raises:
        FactoryError: As in `found`; a file is damaged, holds something else, or does
            not go with another; there are fewer than `rows` images.
    """
    source = found(files)
    if isinstance(source, Path):
        halves = _from_archive(source)
    else:
        halves = tuple(_from_idx(pair) for pair in source)
    train, held_out = halves
    one, other = (" x ".join(map(str, x["inputs"].shape[1:])) for x in halves)
    if one != other:
        words = f"images for training of {one} points, and held-out ones of {other}"
        raise _error(Path(files), words)
    count = len(train["targets"]) + len(held_out["targets"])
    if rows is not None and rows > count:
        raise FactoryError(f"there are {count:,} images", "rows", value=str(rows))
    share = 1.0 if rows is None else rows / count
    train, held_out = (_drawn(half, share, seed) for half in halves)
    return train, held_out


def _pair(folder: Path, word: str) -> Pair:
    names = f"{word}-images-idx3-ubyte", f"{word}-labels-idx1-ubyte"
    return Pair(*(_one_of(folder, name) for name in names))


def _one_of(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise _error(folder, f"it holds neither {name} nor {name}.gz")


def _error(path: Path, words: str, hint: str = "") -> FactoryError:
    return FactoryError(words, KEY, value=f'"{path}"', hint=hint)


def _from_idx(pair: Pair) -> Tree:
    images = _read(pair.images, lambda: read_idx(pair.images, 3))
    labels = _read(pair.labels, lambda: read_idx(pair.labels, 1))
    if len(images) != len(labels):
        words = f"{len(labels):,} labels for {len(images):,} images"
        raise _error(pair.labels, f"{words} in {pair.images.name}")
    return _labelled(pair.images, images, labels)


def _read(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except OSError as error:
        raise _error(path, error.strerror or str(error)) from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _error(path, str(error)) from error


def _from_archive(path: Path) -> tuple[Tree, ...]:
    def read() -> list[tuple[NDArray, NDArray]]:
        with np.load(path, allow_pickle=False) as archive:
            if missing := [x for pair in ARRAYS for x in pair if x not in archive]:
                raise ValueError(
                    f"it has no {' and no '.join(missing)} but "
                    f"{', '.join(archive.files) or 'nothing'}"
                )
            return [(archive[images], archive[labels]) for images, labels in ARRAYS]

    pairs = _read(path, read)
    for names, (images, labels) in zip(ARRAYS, pairs, strict=True):
        if reason := _unfit(names, images, labels):
            raise _error(path, reason)
    return tuple(_labelled(path, *pair) for pair in pairs)


def _unfit(names: tuple[str, str], images: NDArray, labels: NDArray) -> str:
    """Return what is wrong with two arrays, or nothing."""
    if images.ndim not in (3, 4) or not _holds(images, "f", "uint8"):
        wanted = "uint8 or floats [examples, height, width] or with channels behind"
        return f"{names[0]} is {images.dtype}{list(images.shape)}, not {wanted}"
    if labels.ndim != 1 or not _holds(labels, "iu"):
        wanted = "whole numbers [examples]"
        return f"{names[1]} is {labels.dtype}{list(labels.shape)}, not {wanted}"
    if len(images) != len(labels):
        counts = f"{len(labels):,} labels in {names[1]} for {len(images):,} images in"
        return f"{counts} {names[0]}"
    return ""


def _holds(array: NDArray, kinds: str, name: str = "") -> bool:
    return array.dtype.kind in kinds or array.dtype.name == name


def _labelled(path: Path, images: NDArray, labels: NDArray) -> Tree:
    if not images.size:
        raise _error(path, "it holds no images")
    if images.dtype.kind == "f" and not np.isfinite(images).all():
        raise _error(path, "a point of an image is not finite")
    if labels.min() < 0:
        raise _error(path, f"the label {labels.min()}: labels are counted from 0")
    if images.dtype == np.uint8:
        images = images.astype(np.float32) / WHITE
    planes = images if images.ndim == 4 else images[..., None]
    return {"inputs": planes, "targets": labels.astype(np.int32)}


def _drawn(half: Tree, share: float, seed: int) -> Tree:
    """Return a share of the images, at least one, in their order."""
    count = len(half["targets"])
    order = np.random.default_rng(seed).permutation(count)
    chosen = np.sort(order[: max(1, round(share * count))])
    return {name: array[chosen] for name, array in half.items()}
