"""The recurrent nets against PyTorch's equations in NumPy, and their data sets."""

import jax
import numpy as np
import pytest
from scipy.special import expit, log_softmax

import problems
from problems.blocks import in_one_block

from .gradients import check_gradient, evaluated, start

pytestmark = pytest.mark.usefixtures("x64")
TEXT = "she sells sea shells by the sea shore. " * 9


def adding(**settings):
    settings = {"rows": 40, "length": 7, "width": 4, "layers": 2} | settings
    return problems.make("recurrent", dtype="float64", **settings)


@pytest.fixture
def reader(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    settings = {"dataset": "characters", "file": str(path), "context": 6, "width": 4}
    return problems.make("recurrent", dtype="float64", **settings)


def states(params, sequence):
    """Return the last layer's states for one sequence, float64[T, width]."""
    for layer in params["layers"]:
        h, found = np.zeros(len(layer["from_state"])), []
        (w_r, w_z, w_n), (u_r, u_z, u_n), (b_r, b_z, b_n), (c_r, c_z, c_n) = (
            np.split(layer[name], 3, axis=-1)
            for name in ("from_input", "from_state", "input_bias", "state_bias")
        )
        for x in sequence:
            r = expit(x @ w_r + b_r + h @ u_r + c_r)
            z = expit(x @ w_z + b_z + h @ u_z + c_z)
            n = np.tanh(x @ w_n + b_n + r * (h @ u_n + c_n))
            h = (1 - z) * n + z * h
            found.append(h)
        sequence = found
    return np.array(sequence)


def at_start(problem, scale=3.0):
    return jax.tree.map(lambda x: scale * np.asarray(x), start(problem, 0))


def test_adding_is_that_of_a_pass_in_numpy():
    problem = adding()
    params = at_start(problem)
    examples = {k: np.asarray(x) for k, x in problem.train.tree.items()}
    outputs = [states(params, x)[-1] @ params["weight"] for x in examples["inputs"]]
    errors = np.ravel(outputs) + params["bias"] - examples["targets"]
    found = evaluated(problem, params, problem.train)
    assert float(found["loss"]) == pytest.approx(np.mean(errors**2), rel=1e-12)
    close = np.abs(errors) < 0.04
    assert 0 < close.mean() < 1
    assert float(found["accuracy"]) == pytest.approx(close.mean())


def test_characters_are_those_of_a_pass_in_numpy(reader):
    params = at_start(reader)
    unit = np.eye(reader.vocabulary)
    entropies, hits = [], []
    for sequence in np.asarray(reader.train.tree):
        outputs = states(params, unit[sequence[:-1]]) @ params["weight"]
        scores = log_softmax(outputs + params["bias"], axis=1)
        entropies.append(-scores[np.arange(6), sequence[1:]])
        hits.append(scores.argmax(1) == sequence[1:])
    found = evaluated(reader, params, reader.train)
    assert float(found["loss"]) == pytest.approx(np.mean(entropies), rel=1e-12)
    assert float(found["accuracy"]) == pytest.approx(np.mean(hits))
    assert float(found["perplexity"]) == pytest.approx(np.exp(np.mean(entropies)))


def test_units_are_torchs():
    torch = pytest.importorskip("torch")
    problem = adding()
    params = at_start(problem, 1.0)
    gru = torch.nn.GRU(2, 4, num_layers=2, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for place, layer in enumerate(params["layers"]):
            for ours, theirs in {
                "from_input": "weight_ih",
                "from_state": "weight_hh",
                "input_bias": "bias_ih",
                "state_bias": "bias_hh",
            }.items():
                weight = torch.tensor(layer[ours].T.copy())
                getattr(gru, f"{theirs}_l{place}").copy_(weight)
    inputs = np.asarray(problem.train.tree["inputs"])
    expected = gru(torch.tensor(inputs))[0].detach().numpy()
    np.testing.assert_allclose([states(params, x) for x in inputs], expected)


@pytest.mark.parametrize("which", ["adding", "characters"])
def test_gradient_is_that_of_differences(which, reader):
    problem = adding() if which == "adding" else reader
    check_gradient(problem, at_start(problem))


def test_start_is_torchs():
    first = start(adding(width=64, layers=1), 0)
    for leaf in jax.tree.leaves(first):
        assert np.abs(leaf).max() <= 1 / 8
    weight = first["layers"][0]["from_state"]
    assert np.std(weight) == pytest.approx(1 / 8 / np.sqrt(3), rel=0.02)


def test_two_numbers_are_marked_one_in_either_half():
    tree = adding(rows=300, held_out=0.0).train.tree
    numbers, marks = np.moveaxis(np.asarray(tree["inputs"]), 2, 0)
    assert set(np.unique(marks)) == {0.0, 1.0}
    assert np.all(marks[:, :3].sum(1) == 1)
    assert np.all(marks[:, 3:].sum(1) == 1)
    np.testing.assert_allclose((numbers * marks).sum(1), tree["targets"])
    # the mean as an answer has the variance of a sum of two uniform numbers
    assert np.var(tree["targets"]) == pytest.approx(2 / 12, rel=0.15)


def test_flops_are_those_of_all_steps():
    problem = adding(layers=1, width=32, length=16)
    params = start(problem, 0)

    def flops():
        lowered = jax.jit(lambda p, x: p.loss(x, p.train)).lower(problem, params)
        cost = lowered.compile().cost_analysis()
        return cost["flops"]

    with in_one_block():
        written_out = flops()
    products = 2 * problem.train.count * 16 * 32 * 96  # of the states
    assert products < written_out < 2 * products
    assert flops() < written_out / 4
