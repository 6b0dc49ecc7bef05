"""Trees of examples in memory-mapped files are what the files hold, read in place."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import problems
from bench import measure
from bench.measurement.arrays import digest
from factories import FactoryError
from problems import MappedTree, tree_problem
from problems.data.examples import ALIGNMENT

ROWS = 101
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 255, (ROWS, 5, 3), np.uint8)
"""15 bytes an example: no slice of them begins at a multiple of 64 bytes."""
NUMBERS = RNG.standard_normal((ROWS, 7)).astype(np.float32)
LABELS = RNG.integers(0, 3, ROWS)
MASK = RNG.integers(0, 2, (ROWS, 2)).astype(bool)
ARRAYS = {"image": IMAGES, "x": NUMBERS, "label": LABELS, "mask": MASK}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, array in ARRAYS.items():
        np.save(f"{name}.npy", array)
    np.savez("all.npz", **ARRAYS)  # pyright: ignore[reportArgumentType]
    return tmp_path


def init(key):
    return {"w": jax.random.normal(key, (7, 3)), "b": jnp.zeros(3)}


def loss(params, batch):
    scores = batch["x"] @ params["w"] + params["b"]
    seen = batch["image"].astype(jnp.float32).mean((1, 2))[:, None] / 255
    scores = jnp.where(batch["mask"][:, :1], scores, scores * seen)
    entropies = optax.softmax_cross_entropy_with_integer_labels(scores, batch["label"])
    return entropies.mean() + 0.1 * jnp.sum(params["w"] ** 2)


def problem(train, held_out=None):
    return problems.from_functions(init=init, loss=loss, train=train, held_out=held_out)


def from_npy(name):
    return problems.memory_map(f"{name}.npy")


def from_npz(name):
    return problems.memory_map("all.npz", name)


def by_numpy(name):
    return np.load(f"{name}.npy", mmap_mode="r")


SOURCES = {"npy": from_npy, "npz": from_npz, "numpy": by_numpy}
SLICES = {"all": slice(None), "first": slice(90), "last": slice(60, None)}


@pytest.mark.parametrize("at", SLICES)
@pytest.mark.parametrize("source", SOURCES)
def test_examples_taken_are_the_rows_of_the_files(folder, source, at):
    rows = SLICES[at]
    train = problem({n: SOURCES[source](n)[rows] for n in ARRAYS}).train
    assert isinstance(train, MappedTree)
    assert train.count == len(LABELS[rows])
    chosen = np.array([5, 0, train.count - 1, 5, 17])
    taken = jax.jit(lambda t, at: t.take(at))(train, chosen).tree
    block = jax.jit(lambda t, start: t.block(start, 9))(train, train.count - 9).tree
    for name, array in ARRAYS.items():
        expected = array[rows]
        assert taken[name].dtype == jax.dtypes.canonicalize_dtype(array.dtype)
        np.testing.assert_array_equal(taken[name], expected[chosen])
        np.testing.assert_array_equal(block[name], expected[-9:])
        np.testing.assert_array_equal(train.tree[name], expected)


def pointers(train):
    """Return the addresses that a program reads, of each array."""
    return [x.unsafe_buffer_pointer() for x in jax.tree.leaves(train)]


@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("source", SOURCES)
def test_a_program_reads_the_mapping_and_no_copy(folder, source, first):
    tree = {n: SOURCES[source](n)[first:] for n in ("image", "x")}
    train = problem(tree).train
    begins = [x.ctypes.data // ALIGNMENT * ALIGNMENT for x in tree.values()]
    assert set(begins) <= set(pointers(train))
    for rest in jax.tree.leaves(train):
        assert rest.nbytes < 64 or rest.unsafe_buffer_pointer() in begins


def test_the_full_loss_and_its_gradient_are_those_in_memory(folder, monkeypatch):
    monkeypatch.setattr(tree_problem, "OF_A_TREE", 16)  # 6 blocks and a rest
    mapped, memory = problem({n: from_npz(n) for n in ARRAYS}), problem(dict(ARRAYS))
    params = init(jax.random.key(0))

    @jax.jit
    def both(problem, params):
        return jax.value_and_grad(problem.loss)(params, problem.train)

    ours, theirs = both(mapped, params), both(memory, params)
    close = np.testing.assert_allclose
    jax.tree.map(lambda a, b: close(a, b, 1e-5, 1e-6), ours, theirs)
    v = jax.tree.map(jnp.ones_like, params)
    hvp = jax.jit(lambda p, x: problems.objective(p).hvp(x, v))
    ours, theirs = hvp(mapped, params), hvp(memory, params)
    jax.tree.map(lambda a, b: close(a, b, 1e-4, 1e-5), ours, theirs)


@pytest.mark.parametrize("batch", [None, {"size": 10, "last": "drop"}])
def test_a_trial_is_that_on_the_same_examples_in_memory(folder, batch):
    def trace(of):
        train = {name: of(name)[:80] for name in ARRAYS}
        held_out = {name: of(name)[80:] for name in ARRAYS}
        given = {"steps": 6, "seed": 1, "batch": batch}
        return measure(problem(train, held_out), optax.adam(0.1), **given)

    ours, theirs = trace(from_npz), trace(ARRAYS.__getitem__)
    for column in ("loss", "held_out_loss"):
        np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-5)
    assert list(ours["gradient"]) == list(theirs["gradient"])
    assert list(ours["examples"]) == list(theirs["examples"])


def test_a_digest_changes_with_the_file_and_not_with_its_place(folder):
    def of():
        mapped = problem({name: from_npy(name) for name in ARRAYS})
        return digest(mapped.train)

    first = of()
    assert of() == first
    (folder / "moved").mkdir()
    for name in ARRAYS:
        (folder / f"{name}.npy").rename(folder / "moved" / f"{name}.npy")
    moved = problem({n: problems.memory_map(f"moved/{n}.npy") for n in ARRAYS})
    assert digest(moved.train) == first
    changed = IMAGES.copy()
    changed[70, 2, 1] ^= 1
    for name, array in (ARRAYS | {"image": changed}).items():
        np.save(f"{name}.npy", array)
    assert of() != first


def test_an_accelerator_gets_a_copy(folder, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    train = problem({name: from_npy(name) for name in ARRAYS}).train
    assert isinstance(train, problems.TreeExamples)


def test_arrays_in_memory_may_stand_beside_mapped_ones(folder):
    train = problem({**ARRAYS, "image": from_npy("image")}).train
    taken = train.take(jnp.array([7]))
    np.testing.assert_array_equal(taken.tree["image"], IMAGES[[7]])
    np.testing.assert_array_equal(taken.tree["label"], LABELS[[7]])


WRONG = {
    "near": (lambda: problems.memory_map("imag.npy"), 'Did you mean "image.npy"'),
    "none": (lambda: problems.memory_map("all.npz", "y"), 'no array "y"; it holds im'),
    "which": (lambda: problems.memory_map("all.npz"), "name one of its arrays"),
    "named": (lambda: problems.memory_map("x.npy", "x"), 'none called "x"'),
    "small": (
        lambda: problems.memory_map("small.npz", "x"),
        "compressed and cannot",
    ),
    "text": (lambda: problems.memory_map("a.txt"), "cannot be mapped"),
    "double": (
        lambda: problem({"x": problems.memory_map("double.npy")}),
        r"\['x'\]: float64 cannot be .*: save it as float32",
    ),
    "long": (
        lambda: problem({"x": problems.memory_map("long.npy")}),
        r"\['x'\]: int64 cannot be .*: save it as int32",
    ),
    "columns": (
        lambda: problem({"x": from_npy("x").T[:7]}),
        "do not follow each",
    ),
    "counts": (
        lambda: problem({"x": from_npy("x"), "label": LABELS[:9]}),
        r"\['label'\] has 9 examples and train\['x'\] has 101",
    ),
    "axis": (
        lambda: problems.from_functions(
            init=init, loss=loss, train=from_npy("x"), axis=1
        ),
        "axis = 1",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_mapped_is_one_line(folder, case):
    np.savez_compressed("small.npz", x=NUMBERS)
    np.save("double.npy", NUMBERS.astype(float))
    np.save("long.npy", NUMBERS.astype(int))
    Path("a.txt").write_text("words")
    call, words = WRONG[case]
    with pytest.raises(FactoryError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


SMALL_MEMORY = """
import re, resource
import jax, jax.numpy as jnp, numpy as np
import problems
from bench.core.spec import Batch
from bench.measurement.batches import pick

def make(train):
    return problems.from_functions(
        init=lambda key: jnp.zeros(10),
        loss=lambda w, batch: jnp.mean((batch["x"] @ w - 1) ** 2),
        train=train,
    )

mapped = make({"x": problems.memory_map("data.npz", "x")})
full = jax.jit(lambda p, w: jax.value_and_grad(p.loss)(w, p.train))
taken = jax.jit(lambda p, step: pick(Batch(8), p, jax.random.key(0), step).tree["x"])
w = jnp.zeros(10)
full, taken = full.lower(mapped, w).compile(), taken.lower(mapped, 3).compile()
step = jnp.int32(3)
used = int(re.search(r"VmData:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
_, hard = resource.getrlimit(resource.RLIMIT_DATA)
resource.setrlimit(resource.RLIMIT_DATA, (1024 * used + 2**25, hard))
value, gradient = full(mapped, w)
print(float(value), *map(float, gradient))
print(*map(float, taken(mapped, step)[:, 0]))
try:
    make({"x": np.load("data.npz")["x"]})
except MemoryError:
    print("no room")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for a limit")
def test_a_file_of_three_times_the_memory_is_read_in_place(tmp_path):
    x = np.random.default_rng(0).standard_normal((2_500_000, 10), np.float32)
    np.savez(tmp_path / "data.npz", x=x)  # 100 MB; there are 32 MiB
    done = subprocess.run(
        [sys.executable, "-c", SMALL_MEMORY],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(problems.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    numbers, drawn, rest = done.stdout.splitlines()
    expected = [1.0, *(-2 * x.mean(0, np.float64))]
    np.testing.assert_allclose([float(n) for n in numbers.split()], expected, atol=1e-5)
    assert set(map(float, drawn.split())) <= set(x[:, 0].tolist())
    assert rest == "no room"


def test_a_mapped_tree_is_a_pytree_of_arrays(folder):
    train = problem({name: from_npz(name) for name in ARRAYS}).train
    leaves, structure = jax.tree.flatten(train)
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)
    again = jax.tree.unflatten(structure, leaves)
    assert {f.name for f in dataclasses.fields(again)} >= {"arrays", "count"}
    assert jax.tree.structure(again) == structure
