"""Tables of a user's are read as they are, and what is wrong is one line."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import problems
from factories import FactoryError
from problems.data.files import FromFiles, from_files

ROWS = 30
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "rooms": RNG.integers(1, 9, ROWS),
        "area": RNG.uniform(20, 200, ROWS),
        "garden": RNG.integers(0, 2, ROWS).astype(bool),
        "price": RNG.uniform(1e5, 9e5, ROWS),
        "kind": RNG.choice(["house", "flat", "barn"], ROWS),
        "sold": RNG.choice(["yes", "no"], ROWS),
        "stars": RNG.integers(1, 4, ROWS),
    }
)
INPUTS = ["area", "rooms", "garden"]
X = FRAME[INPUTS].to_numpy(np.float64)
TABLE = {"dataset": "files", "inputs": INPUTS}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("homes.csv", index=False)
    FRAME.to_csv("homes.tsv.gz", index=False, sep="\t")
    arrays = {name: FRAME[name].to_numpy() for name in ("price", "stars")}
    arrays |= {"x": X, "kind": FRAME["kind"].to_numpy().astype(str)}
    np.savez("homes.npz", **arrays)  # pyright: ignore[reportArgumentType]
    np.savez_compressed("small.npz", **arrays)  # pyright: ignore[reportArgumentType]
    return tmp_path


def parquet():
    pytest.importorskip("pyarrow")
    FRAME.to_parquet("homes.parquet")
    return "homes.parquet", INPUTS


FILES = {
    "csv": lambda: ("homes.csv", INPUTS),
    "tsv": lambda: ("homes.tsv.gz", INPUTS),
    "npz": lambda: ("homes.npz", "x"),
    "compressed": lambda: ("small.npz", "x"),
    "parquet": parquet,
}


@pytest.mark.parametrize("case", FILES)
def test_numbers_and_labels_are_those_of_the_file(folder, case):
    file, inputs = FILES[case]()
    table = problems.read_table(file, inputs=inputs, targets="price")
    np.testing.assert_array_equal(table.inputs, X)
    np.testing.assert_array_equal(table.targets, FRAME["price"])
    assert table.columns == (() if "npz" in file else tuple(INPUTS))
    assert table.labels == ()
    table = problems.read_table(Path(file), inputs=inputs, targets="kind")
    assert table.labels == ("barn", "flat", "house")
    assert [table.labels[code] for code in table.targets] == list(FRAME["kind"])
    table = problems.read_table(file, inputs=inputs, targets="stars", labels=True)
    assert table.labels == (1, 2, 3)
    np.testing.assert_array_equal(table.targets, FRAME["stars"] - 1)
    assert problems.read_table(file, inputs=inputs).targets is None


def test_all_other_columns_are_the_inputs_unless_they_are_named(folder):
    FRAME[[*INPUTS, "price"]].to_csv("numbers.csv", index=False)
    table = problems.read_table("numbers.csv", targets="rooms")
    assert table.columns == ("area", "garden", "price")
    assert table.inputs.shape == (ROWS, 3)


def test_regressions_learn_from_a_table(folder):
    given = {**TABLE, "file": "homes.csv", "held_out": 0.2}
    for name in ("linear_regression", "huber_regression"):
        problem = problems.make(name, targets="price", **given)
        assert (problem.train.count, problem.held_out.count) == (24, 6)
        np.testing.assert_array_equal(problem.train.inputs, X[:24].T.astype("f4"))
        expected = FRAME["price"][24:].to_numpy("f4")
        np.testing.assert_array_equal(problem.held_out.targets, expected)
    problem = problems.make("logistic_regression", targets="sold", **given)
    expected = np.where(FRAME["sold"] == "yes", 1, -1)
    np.testing.assert_array_equal(problem.train.targets, expected[:24])
    assert problem.labels == (("no", -1), ("yes", 1))
    problem = problems.make("softmax_regression", targets="kind", **given)
    expected = [["barn", "flat", "house"].index(kind) for kind in FRAME["kind"]]
    np.testing.assert_array_equal(problem.train.targets, expected[:24])
    np.testing.assert_array_equal(problem.held_out.targets, expected[24:])
    assert problem.classes == 3
    assert problem.labels == (("barn", 0), ("flat", 1), ("house", 2))
    assert problem.train.targets.dtype == np.int32


def test_labels_that_are_their_numbers_are_not_renamed(folder):
    codes = pd.DataFrame({"x": range(6), "y": [0, 1, 2] * 2, "sign": [-1, 1.0] * 3})
    codes.to_csv("codes.csv", index=False)
    given = {"dataset": "files", "file": "codes.csv", "inputs": ["x"]}
    assert problems.make("softmax_regression", targets="y", **given).labels == ()
    assert problems.make("logistic_regression", targets="sign", **given).labels == ()


def test_softmax_and_huber_take_npy_files_too(folder):
    np.save("X.npy", X)
    np.save("kind.npy", FRAME["kind"].to_numpy().astype(str))
    np.save("price.npy", FRAME["price"].to_numpy())
    given = {"dataset": "files", "inputs": "X.npy"}
    problem = problems.make("softmax_regression", targets="kind.npy", **given)
    assert problem.labels == (("barn", 0), ("flat", 1), ("house", 2))
    problem = problems.make("huber_regression", targets="price.npy", delta=9.0, **given)
    np.testing.assert_array_equal(problem.train.inputs, X.T.astype("f4"))


LINEAR = {**TABLE, "file": "homes.csv", "targets": "price"}
WRONG = {
    "missing input": (
        FRAME.assign(area=FRAME["area"].where(~FRAME.index.isin([17, 20]))),
        {},
        'homes.csv": column "area" has no value in row 17, nor in 1 other row',
    ),
    "missing target": (
        FRAME.assign(price=FRAME["price"].where(FRAME.index != 3)),
        {},
        'homes.csv": column "price" has no value in row 3$',
    ),
    "missing label": (
        FRAME.assign(kind=FRAME["kind"].where(FRAME.index != 4)),
        {"targets": "kind"},
        'column "kind" has no value in row 4$',
    ),
    "text": (
        FRAME,
        {"inputs": ["area", "kind"]},
        'column "kind" holds "(house|flat|barn)" in row 0: inputs have to be numb',
    ),
    "mark": (
        FRAME.assign(area=FRAME["area"].astype(object).where(FRAME.index != 9, "?")),
        {},
        'column "area" holds "\\?" in row 9: inputs',
    ),
    "infinite": (
        FRAME.assign(area=FRAME["area"].where(FRAME.index != 9, np.inf)),
        {},
        'column "area" holds inf in row 9: numbers have to be finite',
    ),
    "no number": (FRAME, {"targets": "kind"}, 'the targets hold text, "barn": numbers'),
    "near": (FRAME, {"targets": "prise"}, 'such column .*. Did you mean "price"'),
    "far": (FRAME, {"inputs": ["qq"]}, "such column .*. It has rooms, area, garden"),
    "both": (FRAME, {"inputs": ["price"]}, "is the column of the targets"),
    "file": (FRAME, {"file": "home.csv"}, 'no such file. Did you mean "homes.csv"'),
    "ending": (FRAME, {"file": "homes.xls"}, "should end with .csv, .tsv"),
    "stream": (FRAME, {"stream": True}, "only .npy files can be streamed"),
    "no file": (FRAME, {"file": None}, 'columns are of a table: name it as "file"'),
    "no target": (FRAME, {"targets": None}, 'needs "targets", a column of it'),
    "no names": (pd.DataFrame({"1": [2.0]}), {}, "first line has to name the columns"),
    "empty": (FRAME[:0], {}, "it holds no rows"),
    "long rows": (
        "area,rooms,garden,price\n1,2,1,4,5\n",
        {},
        "cannot be read: Length of",
    ),
    "member": (
        FRAME,
        {"file": "homes.npz", "inputs": "X"},
        r'no such array in "homes.npz"\. Did you mean "x"\?',
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_one_line(folder, case):
    table, settings, words = WRONG[case]
    if isinstance(table, str):
        Path("homes.csv").write_text(table)
    else:
        table.to_csv("homes.csv", index=False)
    with pytest.raises(FactoryError, match=words) as caught:
        problems.make("linear_regression", **{**LINEAR, **settings})
    assert "\n" not in str(caught.value)
    assert caught.value.key in ("file", "inputs", "targets", "stream")


def test_names_are_checked_before_any_row_is_read(folder, monkeypatch):
    monkeypatch.setattr(problems.data.tables, "read_table", None)
    with pytest.raises(FactoryError, match="no such column"):
        problems.check("linear_regression", {**LINEAR, "targets": "cost"})
    problems.check("linear_regression", LINEAR)


LABELS = {
    "logistic_regression": ("kind", "3 labels, barn, flat, house: two are wanted"),
    "softmax_regression": ("one", "1 labels, a: 2 to 1,000 are wanted"),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_wrong_number_of_labels_is_one_line(folder, name):
    column, words = LABELS[name]
    FRAME.assign(one="a").to_csv("homes.csv", index=False)
    with pytest.raises(FactoryError, match=words):
        problems.make(name, **{**LINEAR, "targets": column})


def test_without_pyarrow_parquet_is_refused_in_one_line(folder, monkeypatch):
    Path("homes.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    given = {**LINEAR, "file": "homes.parquet"}
    for call in (problems.check, lambda name, given: problems.make(name, **given)):
        with pytest.raises(FactoryError, match=r'pip install "gradmeter\[files\]"'):
            call("linear_regression", given)


def test_a_damaged_file_is_one_line(folder):
    for name in ("a.csv", "a.npz"):
        Path(name).write_bytes(b"\xff\xfe\x00,\x80\n")
        with pytest.raises(FactoryError, match="cannot be read") as caught:
            problems.read_table(name, targets="y")
        assert "\n" not in str(caught.value)


def test_halves_are_cut_from_the_end(folder):
    made = from_files(INPUTS, "price", 0.5, 0.2, "float32", file="homes.csv")
    assert isinstance(made, FromFiles)
    counts = (made.train.count, made.validation.count, made.held_out.count)
    assert counts == (9, 6, 15)
    parts = (made.train, made.validation, made.held_out)
    together = np.concatenate([part.targets for part in parts])
    whole = from_files(INPUTS, "price", 0.0, 0.0, "float32", file="homes.csv").train
    np.testing.assert_array_equal(together, whole.targets)
