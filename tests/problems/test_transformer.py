"""The transformer against a forward pass in NumPy, and its two data sets."""

import jax
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import problems
from factories import FactoryError

from .gradients import check_gradient, evaluated, start

pytestmark = pytest.mark.usefixtures("x64")
TEXT = "the quick brown fox jumps over the lazy dog. ünïcode ∑ 漢字 " * 9
SMALL = {"layers": 1, "width": 6, "heads": 3}


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_bytes(TEXT.encode())
    return str(path)


def characters(book, **settings):
    return problems.make(
        "transformer",
        dataset="characters",
        file=book,
        dtype="float64",
        **({"context": 5} | SMALL | settings),
    )


def addition(**settings):
    settings = {"modulus": 5} | SMALL | settings
    return problems.make("transformer", dtype="float64", **settings)


def normalised(layer, x):
    out = np.empty_like(x)
    for t, row in enumerate(x):
        deviation = np.sqrt(np.var(row) + 1e-5)
        out[t] = layer["scale"] * (row - np.mean(row)) / deviation + layer["shift"]
    return out


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def attended(layer, x, heads):
    """Attend position by position and head by head, to itself and what is before."""
    projected = x @ layer["queries_keys_values"]["weight"]
    q, k, v = np.split(projected + layer["queries_keys_values"]["bias"], 3, axis=1)
    size = x.shape[1] // heads
    out = np.zeros_like(x)
    for t in range(len(x)):
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            shares = softmax(k[: t + 1, own] @ q[t, own] / np.sqrt(size))
            out[t, own] = shares @ v[: t + 1, own]
    return out @ layer["attended"]["weight"] + layer["attended"]["bias"]


def logits(params, tokens, heads):
    """Return the logits after each token of one sequence, float64[T, vocabulary]."""
    x = np.array([params["tokens"][token] for token in tokens]) + params["positions"]
    for layer in params["layers"]:
        x = x + attended(layer, normalised(layer["before_attention"], x), heads)
        inner = normalised(layer["before_dense"], x)
        inner = gelu(inner @ layer["wide"]["weight"] + layer["wide"]["bias"])
        x = x + inner @ layer["narrow"]["weight"] + layer["narrow"]["bias"]
    return normalised(params["before_logits"], x) @ params["tokens"].T


def spread(problem, key=3):
    """Return params far from the start, where no layer is the identity."""
    leaves, tree = jax.tree.flatten(start(problem, key))
    rng = np.random.default_rng(0)
    moved = [leaf + 0.5 * rng.standard_normal(leaf.shape) for leaf in leaves]
    return jax.tree.map(np.asarray, jax.tree.unflatten(tree, moved))


@pytest.mark.parametrize("make", [characters, addition])
def test_loss_and_metrics_are_those_of_a_pass_in_numpy(make, book):
    problem = make(book, layers=2) if make is characters else make()
    params = spread(problem)
    entropies, hits = [], []
    for sequence in np.asarray(problem.train.tree)[:15]:
        scores = log_softmax(logits(params, sequence[:-1], 3), axis=1)
        scores = scores if make is characters else scores[-1:]
        targets = sequence[-len(scores) :]
        entropies.append(-np.mean(scores[np.arange(len(scores)), targets]))
        hits.append(np.mean(scores.argmax(1) == targets))
    some = problem.train.take(np.arange(15))
    found = evaluated(problem, params, some)
    assert float(found["loss"]) == pytest.approx(np.mean(entropies))
    assert float(found["accuracy"]) == pytest.approx(np.mean(hits))
    assert float(found["perplexity"]) == pytest.approx(np.exp(np.mean(entropies)))


@pytest.mark.parametrize("make", [characters, addition])
def test_gradient_is_that_of_differences(make, book):
    problem = make(book) if make is characters else make()
    check_gradient(problem, spread(problem))


def test_blocks_of_sequences_add_up_to_the_whole(book, monkeypatch):
    problem = characters(book)
    params = spread(problem)

    def all_of(problem, params):
        value, gradient = jax.value_and_grad(problem.loss)(params, problem.train)
        jvp = problems.objective(problem).jvp(params, params)
        return value, gradient, jvp, problem.metrics(params, problem.train)

    whole = jax.jit(all_of)(problem, params)
    monkeypatch.setattr("problems.next_token.TOKENS_OF_A_BLOCK", 5 * 7)
    assert problem.train.count % problem.block
    blocks = jax.jit(lambda *arguments: all_of(*arguments))(problem, params)
    for one, other in zip(*map(jax.tree.leaves, (whole, blocks)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_start_is_gpt_2s():
    problem = problems.make("transformer", layers=3, width=64, dtype="float64")
    first = start(problem, 0)
    layer = first["layers"][1]
    for name in ("queries_keys_values", "wide"):
        assert np.std(layer[name]["weight"]) == pytest.approx(0.02, rel=0.05)
        assert not np.any(layer[name]["bias"])
    for name in ("attended", "narrow"):
        expected = 0.02 / np.sqrt(2 * 3)
        assert np.std(layer[name]["weight"]) == pytest.approx(expected, rel=0.05)
    assert np.std(first["tokens"]) == pytest.approx(0.02, rel=0.1)
    assert np.all(np.asarray(layer["before_dense"]["scale"]) == 1)
    # the logits of such a start are nearly equal
    found = evaluated(problem, first, problem.train)
    assert float(found["loss"]) == pytest.approx(np.log(24), 0.02)


def test_modular_addition_has_each_pair_once():
    problem = addition(held_out=0.2, validation=0.1)
    every = np.concatenate(
        [
            np.asarray(e.tree)
            for e in (problem.train, problem.held_out, problem.validation)
        ]
    )
    assert [e.count for e in (problem.train, problem.held_out)] == [18, 5]
    assert len({tuple(row[:2]) for row in every}) == 25
    a, b, equals, c = every.T
    assert np.all(equals == 5)
    assert np.all(c == (a + b) % 5)


def test_characters_are_those_of_the_file_in_order(book):
    problem = characters(book, held_out=0.2, validation=0.1)
    known = sorted(set(TEXT))
    assert problem.vocabulary == len(known)
    every = np.concatenate(
        [
            np.asarray(e.tree)
            for e in (problem.train, problem.validation, problem.held_out)
        ]
    )
    read = "".join(known[token] for row in every for token in row[:-1])
    assert TEXT.startswith(read)
    assert len(TEXT) - len(read) <= 5
    targets = "".join(known[token] for row in every for token in row[1:])
    assert TEXT[1:].startswith(targets)


WRONG = {
    "no file": ({"file": None}, "file", 'needs "file"'),
    "missing": ({"file": "bok.txt"}, "file", 'no such file. Did you mean "book.txt"'),
    "a folder": ({"file": "."}, "file", "directory"),
    "not UTF-8": ({"file": "latin.txt"}, "file", "not UTF-8: byte 0xfc at 3"),
    "too short": (
        {"context": 300, "held_out": 0.5},
        "file",
        "characters are too few: 2 windows of 300",
    ),
    "one character": ({"file": "a.txt", "held_out": 0.0}, "file", "one character"),
    "modulus": ({"modulus": 7}, "modulus", 'takes no "modulus"'),
    "heads": ({"heads": 4}, "width", "no multiple of the 4 heads"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings_are_one_line(case, book, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.txt").write_bytes(b"abc" + "ü".encode("latin-1") + b"d" * 99)
    (tmp_path / "a.txt").write_text("a" * 99)
    settings, key, words = WRONG[case]
    settings = {"dataset": "characters", "file": "book.txt", "context": 5} | settings
    settings = {"width": 6, "heads": 3} | settings
    with pytest.raises(FactoryError, match=words) as caught:
        problems.check("transformer", settings)
    assert caught.value.key == key
    assert "\n" not in str(caught.value)


def test_the_gpu_size_is_a_larger_default_of_what_is_not_stated():
    check = problems.factory("transformer").resolve
    small, large = check(), check(size="gpu")
    assert large["width"] > small["width"]
    assert check(size="gpu", width=8)["width"] == 8
