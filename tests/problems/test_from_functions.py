"""Problems of functions and of classes: what they take, and what they refuse."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems
from problems import ProblemError, TreeExamples
from problems.signature import Signature, signature

X = np.random.default_rng(0).normal(size=(11, 3)).astype(np.float32)
LABELS = np.arange(11) % 2


def init(key):
    return {"w": jax.random.normal(key, (3,)), "b": jnp.zeros(())}


def loss(params, batch):
    scores = batch["x"] @ params["w"] + params["b"]
    return jnp.mean((jnp.tanh(scores) - batch["y"]) ** 2)


TRAIN = {"x": X, "y": LABELS}


def made(**more: Any) -> Any:
    given = {"init": init, "loss": loss, "train": TRAIN}
    return problems.from_functions(**given | more)


def metrics(of: Any) -> Any:
    return {"metrics": lambda params, examples: of(params)}


def scalar(_: Any) -> Any:
    return jnp.float32(0.5)


REFUSED = {
    "other counts": (
        {"train": {"x": X, "y": LABELS[:9]}},
        r"train\['x'\] has 11 examples and train\['y'\] has 9, on axis 0",
    ),
    "an axis too many": ({"axis": 1}, r"train\['y'\] has the shape \(11,\): .* axis 1"),
    "no whole axis": ({"axis": 0.5}, "axis is 0.5, and a whole number is wanted"),
    "text": (
        {"train": {"x": X, "y": np.array(["a"] * 11)}},
        r"train\['y'\] is array\(\['a', .*, which is no array: make text",
    ),
    "lists": ({"train": [[1.0, 2.0]]}, r"train\[0\]\[0\] is 1.0, which is no array"),
    "nothing": ({"train": {}}, "train is {}, which holds no array: None states"),
    "large": (
        {"train": TRAIN | {"n": np.full(11, 2**40)}},
        r"train\['n'\] holds 1099511627776, which is no int32",
    ),
    "no examples": (
        {"held_out": {"x": X[:0], "y": LABELS[:0]}},
        r"held_out\[.x.\] has no examples: None states that there are none",
    ),
    "held out": (
        {"held_out": (X, LABELS)},
        r"held_out is \(\*, \*\), and train \{'x': \*, 'y': \*\}",
    ),
    "validation": (
        {"validation": {"x": X, "y": LABELS[:2]}},
        r"validation\['x'\] has 11 examples and validation\['y'\] has 2",
    ),
    "held out alone": ({"train": None, "held_out": TRAIN}, "and train None"),
    "no function": ({"loss": 3.0}, "loss is 3.0, which is no function"),
    "a dict of numbers": ({"metrics": {}}, "metrics is {}, which is no function"),
    "no hash": (
        {"loss": type("F", (), {"__call__": loss, "__hash__": None})()},
        r"loss cannot be hashed \(unhashable type: 'F'\)",
    ),
    "params alone": (
        {"loss": lambda params: params["w"].sum()},
        r"takes \(params\) alone: \(params, batch\) is wanted",
    ),
    "four arguments": (
        {"loss": lambda params, batch, key, rate: 0.0},
        r"loss takes the argument rate too: \(params, batch\) or",
    ),
    "key second": ({"loss": lambda params, key: 0.0}, r"loss takes \(params, key\)"),
    "no arguments": ({"loss": lambda: 0.0}, "loss takes no argument"),
    "block": ({"block": 0}, "block is 0: a number of examples is wanted"),
    "optimum": ({"optimum": "0"}, "optimum is '0': a finite number is wanted"),
    "python numbers": (
        {"init": lambda key: {"w": jnp.ones(3), "b": 0.5}},
        r"returns 0.5 as params\['b'\], which is no array: jnp.asarray makes",
    ),
    "a function as params": (
        {"init": lambda key: {"w": jnp.ones(3), "b": jnp.tanh}},
        r"as params\['b'\], which is no array: .* functions are no params",
    ),
    "traced init": (
        {"init": lambda key: jnp.float32(np.asarray(jax.random.key_data(key)))},
        r"init\(key\), traced, raises TracerArrayConversionError",
    ),
    "narrow params": (
        {"init": lambda key: jax.tree.map(jnp.bfloat16, init(key))},
        r"params\['b'\] in bfloat16, and the dtype of the run is float32",
    ),
    "vector loss": (
        {"loss": lambda params, batch: batch["x"] @ params["w"]},
        r"loss\(params, train\) returns float32\[11\], and float32\[\] is wanted",
    ),
    "vector evaluate": (
        {"evaluate": lambda params, batch: batch["x"] @ params["w"]},
        r"evaluate\(params, train\) returns float32\[11\]",
    ),
    "metrics": (metrics(scalar), "returns .*: a dict of scalars by name is wanted"),
    "vector metric": (
        metrics(lambda params: {"error": params["w"]}),
        r"metrics\(params, train\) returns float32\[3\] as error, and float\[\]",
    ),
    "name": (
        metrics(lambda p: {"top-5": p["b"]}),
        "metric 'top-5': a name has",
    ),
    "number as name": (metrics(lambda p: {5: p["b"]}), "metric 5: a name has"),
    "taken": (metrics(lambda p: {"loss": p["b"]}), "metric 'loss': a name .* not loss"),
    "split": (metrics(lambda p: {"train_f1": p["b"]}), "not begin with train_, held_"),
    "numpy metric": (
        metrics(lambda p: {"error": float(np.mean(p["w"]))}),
        r"metrics\(params, train\) raises ConcretizationTypeError: Abstract",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_in_one_sentence(case):
    given, words = REFUSED[case]
    with pytest.raises(ProblemError, match=words) as error:
        problems.check_made(made(**given), "float32")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 240


def test_a_model_made_right_passes():
    others = {"none": None, "empty": [], "half": jnp.ones((), jnp.bfloat16)}
    mixed = made(
        init=lambda key: init(key) | others,
        held_out=TRAIN,
        metrics=lambda params, examples: {"accuracy": examples["y"].mean()},
        evaluate=loss,
    )
    assert problems.check_made(mixed, "float32") is mixed
    assert problems.check_made(mixed) is mixed
    with pytest.raises(ProblemError, match=r"params.*float32, .* is float64"):
        problems.check_made(mixed, "float64")


def keyed_by_name(params, batch, *, key=None):
    del batch
    return params["b"] + jax.random.normal(key)


def flagged(params, batch, training=True):
    del training
    return loss(params, batch)


SIGNATURES = {
    "two": (loss, Signature()),
    "one": (lambda params: 0.0, Signature(batch=False)),
    "three": (lambda p, x, drawn: 0.0, Signature(key=True)),
    "a default": (flagged, Signature()),
    "a key of none": (lambda p, x, key=None: 0.0, Signature(key=True)),
    "by name": (keyed_by_name, Signature(key=True, named=True)),
    "bound by name": (
        functools.partial(lambda p, x, key, rate: 0.0, rate=0.5),
        Signature(key=True),
    ),
    "bound key": (functools.partial(lambda p, x, key: 0.0, key=1), Signature()),
    "bound first": (functools.partial(lambda net, p, x: 0.0, 1), Signature()),
    "compiled": (jax.jit(lambda p, x, key: 0.0), Signature(key=True)),
    "any": (lambda *given: 0.0, Signature()),
    "built in": (max, Signature()),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_third_argument_is_a_key(case):
    function, expected = SIGNATURES[case]
    assert signature(function) == expected


def test_examples_are_on_the_axis_that_is_named():
    turned = TreeExamples({"x": jnp.asarray(X.T), "y": jnp.asarray(LABELS)[None]}, -1)
    assert turned.count == 11
    for some in (turned.take(jnp.array([3, 1])), turned.block(1, 2)):
        assert some.tree["x"].shape == (3, 2)
    np.testing.assert_array_equal(turned.block(4, 3).tree["y"], LABELS[None, 4:7])
    np.testing.assert_array_equal(turned.take(jnp.array([5, 0])).tree["x"], X[[5, 0]].T)
    assert TreeExamples(None).count == 0


def test_whole_numbers_stay_and_arrays_are_arguments():
    problem = made(train=TRAIN | {"image": np.zeros((11, 2), np.uint8)})
    dtypes = {str(leaf.dtype) for leaf in jax.tree.leaves(problem)}
    assert dtypes == {"float32", "int32", "uint8"}
    params = problem.init(jax.random.key(0))
    traced = jax.make_jaxpr(lambda p, x: problems.objective(p)(x))(problem, params)
    assert len(traced.jaxpr.invars) == 3 + 2
    assert not traced.consts


def test_a_scalar_start_has_a_type_that_no_step_changes():
    problem = made(init=lambda key: {"w": jnp.ones(3), "b": jnp.asarray(0.5)})
    params = problem.init(jax.random.key(0))
    assert not params["b"].weak_type


# In blocks: of 11 examples two whole ones and a rest, whole ones alone, and one.
@pytest.mark.parametrize("block", [4, 11, 1, 40])
def test_a_mean_in_blocks_is_the_mean(block):
    whole, cut = made(metrics=measured), made(metrics=measured, block=block)
    params, v = (whole.init(jax.random.key(seed)) for seed in (0, 1))

    def calls(problem):
        f = problems.objective(problem)
        pair = jax.value_and_grad(f)(params)
        many = jax.tree.map(lambda x: jnp.stack([x, 2 * x]), params)
        scored = problems.evaluation(problem, params, problem.train)
        parts = pair, f.hvp(params, v), f.hessian(params), f.values(many), scored
        return ravel_pytree(parts)[0]

    compiled = jax.jit(calls)
    np.testing.assert_allclose(compiled(cut), compiled(whole), rtol=2e-5, atol=1e-6)


def measured(params, examples):
    hits = (examples["x"] @ params["w"] > 0) == examples["y"]
    return {"accuracy": hits.mean()}


def test_a_metric_that_is_no_mean_becomes_the_mean_of_its_blocks():
    cut = made(metrics=lambda params, x: {"most": x["y"].max()}, block=4)
    labels = np.zeros(11, int)
    labels[-1] = 1
    examples = TreeExamples({"x": X, "y": jnp.asarray(labels)})
    assert float(cut.metrics({}, examples)["most"]) == pytest.approx(3 / 11)


def test_only_a_block_is_in_memory_at_once():
    def shapes(problem):
        program = jax.make_jaxpr(jax.grad(problems.objective(problem)))(init(KEY))
        return str(program)

    assert "f32[11]" in shapes(made())
    assert "f32[11]" not in shapes(made(block=4))
    with problems.in_one_block():  # for the cost analysis, which counts a loop once
        assert "f32[11]" in shapes(made(block=4))


KEY = jax.random.key(0)


def test_each_block_has_a_key_of_its_own_and_calls_the_same_keys():
    def drawn(params, batch, key):
        return params["b"] * jax.random.normal(key) + 0 * batch["x"].sum()

    problem = made(loss=drawn, block=4)
    params, key = {"w": jnp.ones(3), "b": jnp.ones(())}, jax.random.key(5)
    normals = [float(jax.random.normal(jax.random.fold_in(key, b))) for b in range(3)]
    f = problems.objective(problem, key=key)
    value, gradient = jax.value_and_grad(f)(params)
    expected = np.dot(normals, [4, 4, 3]) / 11
    assert float(value) == pytest.approx(expected, rel=1e-5)
    assert float(gradient["b"]) == pytest.approx(expected, rel=1e-5)
    assert float(f(params)) == float(value)


def test_a_loss_has_the_key_that_it_is_given_and_else_always_the_same():
    problem = made(loss=keyed_by_name)
    params = init(KEY)
    normal = float(jax.random.normal(jax.random.key(3)))
    given = problems.objective(problem, key=jax.random.key(3))
    assert float(given(params)) == pytest.approx(normal)
    assert float(problems.objective(problem)(params)) != pytest.approx(normal)
    assert problem.takes_key
    assert not made().takes_key


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Own:
    """A class with trees of examples, on the last axis, and no more than it needs."""

    train: Any
    scale: Any = 1.0
    axis: int = dataclasses.field(default=-1, metadata={"static": True})

    def init(self, key: Any) -> Any:
        return jax.random.normal(key, (3,))

    def loss(self, params: Any, batch: Any) -> Any:
        return self.scale * jnp.mean((params @ batch["x"] - batch["y"]) ** 2)

    def hvp(self, params: Any, v: Any, batch: Any) -> Any:
        x = batch["x"]
        return self.scale * 2 * x @ (x.T @ v) / x.shape[-1] + 0 * params


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Certified(Own):
    def certificate(self) -> Any:
        return problems.Certificate(0.25, 0.0, None, {})


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Keyed(Own):
    def loss(self, params: Any, batch: Any, key: Any) -> Any:
        return super().loss(params, batch) + jax.random.normal(key)


TURNED = {"x": X.T, "y": LABELS}


def test_a_class_is_adapted_once_and_its_arrays_stay_its_own():
    problem = problems.check_made(Own(TURNED, np.float32(2)), "float32")
    assert problem.train.count == 11
    assert (problem.held_out, problem.optimum()) == (None, None)
    assert len(jax.tree.leaves(problem)) == 3
    assert problems.adapted(problem) is problem is problems.check_made(problem)
    params = problem.init(KEY)
    by_hand = 2 * np.mean((X @ np.asarray(params) - LABELS) ** 2)
    f = problems.objective(problem)
    assert float(f(params)) == pytest.approx(by_hand, rel=1e-5)
    exact = jax.hessian(f)(params) @ params
    np.testing.assert_allclose(f.hvp(params, params), exact, rtol=1e-5)
    assert not hasattr(problem, "jvp")


def test_a_class_states_its_optimum_by_a_certificate_alone():
    problem = problems.check_made(Certified(TURNED))
    assert problems.least_loss(problem)[0] == problem.optimum() == 0.25
    assert problems.least_loss(problems.check_made(Own(TURNED))) == (None, None)


WRONG_CLASSES = {
    "closed form": (Keyed(TURNED), "hvp, which take no key, and its loss takes one"),
    "no axis": (Own(TURNED, axis=0), r"train\['x'\] has 3 examples and train\['y'\]"),
    "axis": (dataclasses.replace(Own(TURNED), axis="last"), "axis is 'last', and a"),
    "large": (Own(TURNED | {"n": np.full(11, 2**40)}), r"train\[.n.\] holds 1099511"),
}


@pytest.mark.parametrize("case", WRONG_CLASSES)
def test_a_class_that_is_wrong_is_refused(case):
    problem, words = WRONG_CLASSES[case]
    with pytest.raises(ProblemError, match=words):
        problems.check_made(problem)


def test_built_in_problems_are_not_adapted():
    for name in problems.names():
        problem = problems.make(name)
        assert problems.adapted(problem) is problem
