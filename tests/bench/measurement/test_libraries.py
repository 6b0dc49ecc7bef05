"""Nets in Flax and Equinox are trained, evaluated and repeated as stated."""

import equinox as eqx
import flax.linen as nn
import jax
import numpy as np
import optax
import pytest

import problems
from bench.core.spec import Budget
from bench.measurement.clock import Ledger
from bench.measurement.evaluator import Evaluator
from bench.measurement.oracle import Oracle
from bench.measurement.program import MadeOptimizer, Program, ReadyProgram
from bench.measurement.trial import Start, Trial

STEPS = 12
RNG = np.random.default_rng(0)
X = RNG.normal(1.0, 2.0, (60, 3)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.float32)
PARTS = {"train": (X[:40], Y[:40]), "held_out": (X[40:], Y[40:])}


def cross_entropy(scores, y):
    return optax.sigmoid_binary_cross_entropy(scores, y).mean()


def right(scores, y):
    return {"accuracy": ((scores > 0) == y).mean()}


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train):
        x = nn.Dense(8)(x)
        x = nn.BatchNorm(use_running_average=not train, momentum=0.8)(x)
        x = nn.Dropout(0.25, deterministic=not train)(nn.relu(x))
        return nn.Dense(1)(x)[:, 0]


def in_flax():
    def init(key):
        made = Net().init(key, X[:1], train=False)
        return made["params"], made["batch_stats"]

    def apply(params, state, x, **how):
        return Net().apply({"params": params, "batch_stats": state}, x, **how)

    def loss(params, state, batch, key):
        how = {"mutable": ["batch_stats"], "rngs": {"dropout": key}}
        scores, after = apply(params, state, batch[0], train=True, **how)
        return cross_entropy(scores, batch[1]), after["batch_stats"]

    def evaluate(params, state, batch):
        return cross_entropy(apply(params, state, batch[0], train=False), batch[1])

    def metrics(params, state, batch):
        return right(apply(params, state, batch[0], train=False), batch[1])

    functions = {"init": init, "loss": loss, "evaluate": evaluate, "metrics": metrics}
    return problems.from_functions(stateful=True, **functions, **PARTS)


def of_flax(answer, x):
    """Return the scores at an answer, in NumPy."""
    params, state = jax.tree.map(np.asarray, (answer.params, answer.state))
    first, last, normal = (params[n] for n in ("Dense_0", "Dense_1", "BatchNorm_0"))
    running = state["BatchNorm_0"]
    x = x @ first["kernel"] + first["bias"]
    x = (x - running["mean"]) / np.sqrt(running["var"] + 1e-5)
    x = np.maximum(x * normal["scale"] + normal["bias"], 0)
    return (x @ last["kernel"] + last["bias"])[:, 0]


def in_equinox():
    def module(key):
        first, last = jax.random.split(key)
        layers = [
            eqx.nn.Linear(3, 8, key=first),
            eqx.nn.Lambda(jax.nn.relu),
            eqx.nn.Dropout(0.25),
            eqx.nn.Linear(8, "scalar", key=last),
        ]
        return eqx.nn.Sequential(layers)

    _, rest = eqx.partition(module(jax.random.key(0)), eqx.is_inexact_array)

    def apply(params, x, key=None):
        net = eqx.nn.inference_mode(eqx.combine(params, rest), key is None)
        keys = None if key is None else jax.random.split(key, len(x))
        return jax.vmap(lambda x, key: net(x, key=key))(x, keys)

    def loss(params, batch, key=None):
        return cross_entropy(apply(params, batch[0], key), batch[1])

    def metrics(params, batch):
        return right(apply(params, batch[0]), batch[1])

    def init(key):
        return eqx.filter(module(key), eqx.is_inexact_array)

    functions = {"init": init, "loss": loss, "evaluate": loss, "metrics": metrics}
    return problems.from_functions(**functions, **PARTS)


def of_equinox(answer, x):
    """Return the scores at an answer, in NumPy."""
    first, _, _, last = jax.tree.map(np.asarray, answer.layers)
    hidden = np.maximum(x @ first.weight.T + first.bias, 0)
    return hidden @ last.weight[0] + last.bias


NETS = {"flax": (in_flax, of_flax), "equinox": (in_equinox, of_equinox)}


@pytest.fixture(scope="module", params=NETS)
def net(request):
    """Return what runs a trial of a seed, and the net's scores in NumPy."""
    make, scores = NETS[request.param]
    problem = make()
    start = problems.start(problem, jax.random.key(0))
    # on all examples: of a seed, a trial then has the keys of its dropout alone
    factory = MadeOptimizer(optax.adam(0.05), Oracle().on(problem))
    program = Program(factory, (), problem, start)
    program.compile()
    ready, evaluator = ReadyProgram(program, (), factory, static=True), Evaluator()

    def run(seed):
        budget = Budget(seconds=60.0, steps=STEPS)
        conditions = Start(problem, start, ready, seed=seed)
        outcome = Trial(conditions, budget, evaluator, Ledger(), every_step=True).run()
        rows = outcome.trace.rows(None, 40)
        names = ("step", "loss", "held_out_loss", "held_out_accuracy", "examples")
        return [[row[name] for name in names] for row in rows], outcome.params

    return run, scores


def test_a_trial_repeats_bit_for_bit_and_another_seed_does_not(net):
    run, _ = net
    (rows, answer), (again, same), (others, _) = run(0), run(0), run(1)
    assert rows == again
    assert rows[0] == others[0]
    assert rows[1:] != others[1:]
    jax.tree.map(np.testing.assert_array_equal, answer, same)


def test_accuracy_and_loss_are_those_of_numpy_at_the_answer(net):
    run, scores = net
    rows, answer = run(0)
    step, loss, held_out_loss, accuracy, examples = rows[-1]
    assert (step, examples) == (STEPS, STEPS * 40)
    for recorded, (x, y) in (
        (loss, PARTS["train"]),
        (held_out_loss, PARTS["held_out"]),
    ):
        margins = scores(answer, x) * (2 * y - 1)
        assert recorded == pytest.approx(np.logaddexp(0, -margins).mean(), rel=1e-5)
    x, y = PARTS["held_out"]
    assert accuracy == pytest.approx(((scores(answer, x) > 0) == y).mean(), rel=1e-6)
    assert accuracy != rows[0][3]
