"""Examples from a user's files are what the files hold, in memory or streamed."""

import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import problems
from factories import FactoryError
from problems.data import files
from problems.data.examples import MappedExamples

ROWS, FEATURES = 101, 3
FILES = {"dataset": "files", "inputs": "X.npy", "targets": "y.npy"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Go to a folder with X.npy, y.npy (labels) and t.npy (numbers)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "_BLOCK", 40)  # 13 rows, so that there are several
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, FEATURES)).astype(np.float32)
    np.save("X.npy", x)
    np.save("y.npy", np.where(x[:, 0] > 0, 1, -1))
    np.save("t.npy", x.sum(1))
    return x


@pytest.mark.parametrize("stream", [False, True])
def test_examples_are_the_rows_of_the_files_the_last_held_out(folder, stream):
    problem = problems.make("logistic_regression", held_out=0.3, stream=stream, **FILES)
    assert isinstance(problem.train, MappedExamples) == stream
    assert (problem.train.count, problem.held_out.count) == (71, 30)
    x, y = problem.train
    assert (x.dtype, y.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(x, folder[:71].T)
    np.testing.assert_array_equal(y, np.where(folder[:71, 0] > 0, 1, -1))
    x, y = problem.held_out.on_host()
    np.testing.assert_array_equal(x, folder[71:].T)
    np.testing.assert_array_equal(y, np.where(folder[71:, 0] > 0, 1, -1))


@pytest.mark.parametrize("stream", [False, True])
def test_validation_examples_are_the_rows_before_the_held_out_ones(folder, stream):
    shares = {"held_out": 0.3, "validation": 0.2}
    problem = problems.make("logistic_regression", stream=stream, **shares, **FILES)
    ends = {"train": (0, 51), "validation": (51, 71), "held_out": (71, 101)}
    for name, (first, last) in ends.items():
        x, y = getattr(problem, name).on_host()
        np.testing.assert_array_equal(x, folder[first:last].T)
        np.testing.assert_array_equal(y, np.where(folder[first:last, 0] > 0, 1, -1))


def test_blocks_and_chosen_examples_of_a_stream_are_those_in_memory(folder):
    given = {**FILES, "targets": "t.npy", "held_out": 0.3}
    memory, stream = (
        problems.make("linear_regression", stream=s, **given) for s in (False, True)
    )
    chosen = np.array([5, 0, 29, 5])
    for half in ("train", "held_out"):
        ours, theirs = getattr(stream, half), getattr(memory, half)
        for one, other in zip(ours.block(3, 9), theirs.block(3, 9), strict=True):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(ours.take(chosen), theirs.take(chosen), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_stream_converts_what_jax_can_hold(folder):
    np.save("X.npy", folder.astype(np.float16))
    problem = problems.make("logistic_regression", stream=True, **FILES)
    assert problem.train.inputs.dtype == np.float32
    assert problem.train.rows.dtype == np.float16


def test_only_data_that_would_fill_the_memory_are_streamed(folder, monkeypatch):
    class Memory:
        available = 2 * folder.nbytes

    monkeypatch.setattr(files.psutil, "virtual_memory", lambda: Memory)
    for spare, stream in ((0, False), (-1, True)):
        Memory.available = 2 * folder.nbytes + spare
        problem = problems.make("logistic_regression", **FILES)
        assert isinstance(problem.train, MappedExamples) == stream


def save(name, array):
    return lambda: np.save(name, array)


X = np.ones((ROWS, FEATURES), np.float32)
NAN = X.copy()
NAN[50, 1] = np.nan
WRONG = {
    "near": (lambda: None, {"inputs": "Xs.npy"}, "inputs", 'Did you mean "X.npy"'),
    "folder": (lambda: None, {"inputs": "."}, "inputs", "Is a directory"),
    "unsaid": (lambda: None, {"inputs": None}, "inputs", 'needs "inputs", a .npy file'),
    "flat": (save("X.npy", X[:, 0]), {}, "inputs", r"\(101,\), not \(examples, feat"),
    "deep": (save("y.npy", X), {}, "targets", r"\(101, 3\), not \(examples,\)"),
    "short": (save("y.npy", X[:7, 0]), {}, "targets", '7 targets for 101 rows of "X'),
    "words": (save("X.npy", X.astype(str)), {}, "inputs", "it holds <U32, not numbers"),
    "pickle": (
        save("X.npy", X.astype(object)),
        {},
        "inputs",
        "not a .npy file of numb",
    ),
    "empty": (save("X.npy", X[:0]), {}, "inputs", "it holds no numbers"),
    "archive": (lambda: np.savez("X.npz", X), {"inputs": "X.npz"}, "inputs", "name it"),
}
WRONG_WITHIN = {
    "nan": (save("X.npy", NAN), {}, "inputs", "nan in row 50: numbers have to be fin"),
    "large": (
        save("X.npy", 1e300 * X.astype(float)),
        {},
        "inputs",
        "1e\\+300 in row 0 is too large",
    ),
    "label": (save("y.npy", X[:, 0] * 0), {}, "targets", "0 in row 0: labels are -1"),
}


def _see(folder, case, call):
    spoil, settings, key, words = case
    spoil()
    with pytest.raises(FactoryError, match=words) as caught:
        call("logistic_regression", **FILES | settings)
    assert caught.value.key == key
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_one_line_before_anything_is_read(folder, case):
    _see(folder, WRONG[case], lambda name, **given: problems.check(name, given))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("case", WRONG_WITHIN)
def test_a_wrong_number_is_one_line_with_its_row(folder, case, stream):
    if case == "large" and stream:
        pytest.skip("float64 is refused as it is")
    case = WRONG_WITHIN[case]
    _see(folder, case, lambda name, **s: problems.make(name, stream=stream, **s))


def test_a_cut_file_is_one_line(folder):
    with open("X.npy", "r+b") as file:
        file.truncate(500)
    case = (lambda: None, {}, "inputs", "not a .npy file of numbers: mmap length")
    _see(folder, case, lambda name, **given: problems.check(name, given))


STREAMLESS = {
    "double": (save("X.npy", X.astype(float)), {}, "inputs", "float64 .* as float32"),
    "swapped": (save("X.npy", X.astype(">f4")), {}, "inputs", ">f4 cannot be stream"),
    "columns": (save("X.npy", np.asfortranarray(X)), {}, "inputs", "in C order"),
}


@pytest.mark.parametrize("case", STREAMLESS)
def test_what_jax_would_copy_is_not_streamed_but_may_be_loaded(folder, case):
    _see(folder, STREAMLESS[case], lambda n, **s: problems.make(n, stream=True, **s))
    problem = problems.make("logistic_regression", stream=False, **FILES)
    np.testing.assert_array_equal(problem.train.inputs, X.T)


def test_an_accelerator_streams_nothing(folder, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    with pytest.raises(FactoryError, match="only a CPU can stream files") as caught:
        problems.make("logistic_regression", stream=True, **FILES)
    assert caught.value.key == "stream"
    problem = problems.make("logistic_regression", stream=None, **FILES)
    assert not isinstance(problem.train, MappedExamples)


SMALL_MEMORY = """
import re, resource, sys
import jax, numpy as np
import problems

def make(stream):
    return problems.make("linear_regression", dataset="files", inputs="X.npy",
                         targets="y.npy", stream=stream)

objective = problems.objective(make(True))
step = jax.jit(lambda f, w: jax.value_and_grad(problems.objective(f))(w))
w = np.zeros(10, np.float32)
compiled = step.lower(objective.problem, w).compile()
used = int(re.search(r"VmData:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
_, hard = resource.getrlimit(resource.RLIMIT_DATA)
resource.setrlimit(resource.RLIMIT_DATA, (1024 * used + 2**25, hard))
value, gradient = compiled(make(True), w)
print(float(value), *map(float, gradient))
try:
    make(False)
except MemoryError:
    print("no room")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for a limit")
def test_a_file_of_three_times_the_memory_is_streamed(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2_500_000, 10), np.float32)  # 100 MB; there are 32 MiB
    np.save(tmp_path / "X.npy", x)
    np.save(tmp_path / "y.npy", np.ones(len(x), np.float32))
    done = subprocess.run(
        [sys.executable, "-c", SMALL_MEMORY],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(problems.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    numbers, rest = done.stdout.splitlines()
    expected = [1.0, *(-2 * x.mean(0, np.float64))]
    np.testing.assert_allclose([float(n) for n in numbers.split()], expected, atol=1e-6)
    assert rest == "no room"
