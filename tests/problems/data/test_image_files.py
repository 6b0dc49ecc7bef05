"""Images from files are those that the files hold, and what is wrong is one line."""

import gzip
import struct

import numpy as np
import pytest

import problems
from bench.config.fingerprint import fingerprint
from factories import FactoryError
from problems.data.image_files import read_images

TRAIN, TEST = 60, 20
NAMES = ("train", TRAIN), ("t10k", TEST)


def write_idx(path, array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    data = header + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {
        name: (
            rng.integers(0, 256, (count, 5, 7), np.uint8),
            np.arange(count, dtype=np.uint8) % 3,
        )
        for name, count in NAMES
    }


@pytest.fixture
def folder(arrays, tmp_path, monkeypatch):
    """Go to a folder with idx files in `idx` and the same images in images.npz."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "idx").mkdir()
    for name, (images, labels) in arrays.items():
        ending = ".gz" if name == "train" else ""
        write_idx(tmp_path / "idx" / f"{name}-images-idx3-ubyte{ending}", images)
        write_idx(tmp_path / "idx" / f"{name}-labels-idx1-ubyte{ending}", labels)
    np.savez("images.npz", **archive(arrays))
    return tmp_path


def archive(arrays):
    (x, y), (x_test, y_test) = arrays["train"], arrays["t10k"]
    return {"x_train": x, "y_train": y, "x_test": x_test, "y_test": y_test}


@pytest.mark.parametrize("files", ["idx", "images.npz"])
def test_images_are_those_of_the_files_and_the_test_images_are_held_out(
    folder, arrays, files
):
    problem = problems.make("convnet", dataset="files", files=files, channels=[1])
    for part, name in ((problem.train, "train"), (problem.held_out, "t10k")):
        images, labels = arrays[name]
        assert part.tree["inputs"].dtype == np.float32
        np.testing.assert_allclose(
            part.tree["inputs"], images[..., None] / 255, rtol=1e-6
        )
        np.testing.assert_array_equal(part.tree["targets"], labels)
    assert problem.validation is None
    assert problem.net.classes == 3
    assert problem.net.image == (5, 7, 1)


def test_rows_are_drawn_from_both_in_proportion_and_validation_from_training(folder):
    given = {"dataset": "files", "files": "idx", "channels": [1]}
    problem = problems.make("convnet", rows=40, validation=0.15, **given)
    parts = problem.train, problem.validation, problem.held_out
    assert [part.count for part in parts] == [24, 6, 10]
    whole = problems.make("convnet", **given)
    everything = {x.tobytes() for x in np.asarray(whole.train.tree["inputs"])}
    first, second, _ = (
        {x.tobytes() for x in np.asarray(p.tree["inputs"])} for p in parts
    )
    assert first | second <= everything
    assert not first & second
    again = problems.make("convnet", rows=40, validation=0.15, data_seed=1, **given)
    assert {x.tobytes() for x in np.asarray(again.train.tree["inputs"])} != first


def test_floats_and_channels_are_taken_as_they_are(folder):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((4, 5, 5, 3))
    labels = np.array([0, 1, 0, 1])
    np.savez("own.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    train, held_out = read_images("own.npz", None, 0)
    np.testing.assert_array_equal(train["inputs"], images)
    np.testing.assert_array_equal(held_out["targets"], labels)


def gone(name):
    return lambda folder, arrays: (folder / "idx" / name).unlink()


def idx(name, change):
    def put(folder, arrays):
        part, kind = name.split("-")[:2]
        array = arrays[part][kind == "labels"]
        path = next((folder / "idx").glob(f"{name}*"))
        write_idx(path, change(array))

    return put


def npz(**changes):
    def put(folder, arrays):
        held = {**archive(arrays), **changes}
        kept = {k: v for k, v in held.items() if v is not None}
        np.savez(folder / "images.npz", **kept)

    return put


def cut(folder, arrays):
    path = folder / "images.npz"
    path.write_bytes(path.read_bytes()[:-100])


BAD = {
    "a missing file": ("idx", gone("t10k-labels-idx1-ubyte"), "t10k-labels.*nor"),
    "truncated": (
        "idx",
        lambda folder, arrays: (folder / "idx" / "t10k-images-idx3-ubyte").write_bytes(
            struct.pack(">HBB3I", 0, 8, 3, 20, 5, 7) + bytes(10)
        ),
        "t10k-images-idx3-ubyte.*truncated: 10 bytes",
    ),
    "wrong magic": (
        "idx",
        idx("train-images-idx3-ubyte", lambda x: x[0]),
        "train-images-idx3-ubyte.gz.*0x00000802.*0x00000803",
    ),
    "counts": (
        "idx",
        idx("train-labels-idx1-ubyte", lambda y: y[:-1]),
        "train-labels.*59 labels for 60 images in train-images-idx3-ubyte.gz",
    ),
    "sizes": (
        "idx",
        idx("t10k-images-idx3-ubyte", lambda x: x[:, 1:]),
        "training of 5 x 7 x 1 points, and held-out ones of 4 x 7 x 1",
    ),
    "no images": ("idx", idx("train-images-idx3-ubyte", lambda x: x[:0]), "60 labels"),
    "no such array": (
        "images.npz",
        npz(x_test=None),
        "no x_test but x_train, y_train, y_test",
    ),
    "columns": ("images.npz", npz(x_train=np.ones((60, 35))), r"float64\[60, 35\]"),
    "whole numbers": (
        "images.npz",
        npz(x_train=np.ones((60, 5, 7), int)),
        r"int64\[60, 5, 7\], not uint8 or floats",
    ),
    "one-hot labels": ("images.npz", npz(y_train=np.eye(60)), "y_train is float64"),
    "counts in an archive": (
        "images.npz",
        npz(y_train=np.zeros(3, int)),
        "3 labels in y_train for 60 images in x_train",
    ),
    "negative": ("images.npz", npz(y_test=np.full(20, -1)), "the label -1"),
    "infinite": ("images.npz", npz(x_test=np.full((20, 5, 7), np.inf)), "not finite"),
    "empty": (
        "images.npz",
        npz(x_test=np.zeros((0, 5, 7)), y_test=np.zeros(0, int)),
        "no images",
    ),
    "objects": ("images.npz", npz(y_test=np.full(20, None)), "images.npz"),
    "a cut archive": ("images.npz", cut, "images.npz"),
    "a near name": ("image.npz", lambda *_: None, 'Did you mean "images.npz"'),
    "a text file": (
        "notes.txt",
        lambda folder, _: (folder / "notes.txt").write_text(""),
        "neither a .npz file nor the folder",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_line_with_the_file(folder, arrays, case):
    files, put, words = BAD[case]
    put(folder, arrays)
    with pytest.raises(FactoryError, match=words) as caught:
        problems.make("convnet", dataset="files", files=files)
    assert caught.value.key == "files"
    assert "\n" not in str(caught.value)


def test_more_rows_than_images_are_refused(folder):
    with pytest.raises(FactoryError, match="there are 80 images") as caught:
        problems.make("convnet", dataset="files", files="idx", rows=81)
    assert caught.value.key == "rows"


@pytest.mark.parametrize("files", [None, "nowhere", "x" * 5000, "\0"])
def test_a_check_finds_what_is_not_there(folder, files):
    given = {} if files is None else {"files": files}
    with pytest.raises(FactoryError) as caught:
        problems.check("convnet", {"dataset": "files", **given})
    assert caught.value.key == "files"


@pytest.mark.parametrize(("files", "name"), [("idx", "idx/t10k-labels-idx1-ubyte")])
def test_a_trial_depends_on_every_file_of_the_folder(folder, arrays, files, name):
    def of():
        return fingerprint("convnet", {"dataset": "files", "files": files})

    before = of()
    assert before
    write_idx(folder / name, arrays["t10k"][1] + np.uint8(1))
    assert of() != before
