"""A problem written a little wrong is right, or one sentence says what is wrong."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from problems import Certificate, Examples, ProblemError

NONE = Examples(jnp.zeros((0, 0)), jnp.zeros(0))


@dataclasses.dataclass(frozen=True, eq=False)
class Plain:
    """f(x) = ||x||² + 1."""

    train: Any = NONE
    held_out: Any = None

    def init(self, key: Any) -> Any:
        return jax.random.normal(key, (3,))

    def loss(self, params: Any, examples: Any) -> Any:
        del examples
        return jnp.sum(params**2) + 1

    def certificate(self) -> Any:
        return None

    def optimum(self) -> Any:
        return 1.0


def odd(train: Any = NONE, held_out: Any = None, **methods: Any) -> Any:
    """Return a plain problem with other methods."""
    kind: Any = type("Odd", (Plain,), methods)
    kind = dataclasses.dataclass(frozen=True, eq=False)(kind)
    return jax.tree_util.register_dataclass(kind)(train, held_out)


class Unregistered(Plain):
    """A problem that is not a pytree."""


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Worded(Plain):
    """A problem with a word among its arrays."""

    word: Any = "a"


class Short:
    """No problem: half of the methods are missing."""

    def init(self, key: Any) -> Any:
        return jax.random.normal(key, (3,))

    def loss(self, params: Any, examples: Any) -> Any:
        return jnp.sum(params**2)


def start(value: Any) -> Any:
    return odd(
        init=lambda self, key: value,
        loss=lambda self, params, examples: jnp.sum(jax.tree.leaves(params)[0]),
    )


def loss(function: Any) -> Any:
    return odd(loss=lambda self, params, examples: function(params))


RAGGED = Examples(jnp.zeros((30, 3)), jnp.zeros(30))  # the examples come first
WRONG = {
    "a number": (lambda: 4, "4 is not a problem: it has no init and loss"),
    "a class": (lambda: Plain, "is not a pytree"),
    "methods": (Short, "the problem has no train"),
    "constant": (lambda: loss(lambda p: jnp.float32(1)), "no parameter changes"),
    "no method": (lambda: odd(optimum=1.0), "optimum is not a method"),
    "no pytree": (Unregistered, "Unregistered is not a pytree: .*register_dataclass"),
    "a word": (lambda: Worded(), "field word holds 'a', which is no array"),
    "a number as examples": (
        lambda: odd(train=3.0),
        r"train is 3.0, which is no array",
    ),
    "a ragged tree": (
        lambda: odd(train={"x": jnp.ones((3, 2)), "y": [jnp.ones(2)]}),
        r"train\[.x.\] has 3 examples and train\[.y.\]\[0\] has 2, on axis 0",
    ),
    "another tree": (
        lambda: odd(train=(jnp.ones(2),), held_out={"x": jnp.ones(2)}),
        r"held_out is \{.x.: \*\}, and train \(\*,\)",
    ),
    "held out": (lambda: odd(held_out=3.0), "held_out is 3.0: problems.Examples"),
    "first axis": (lambda: odd(train=RAGGED), "3 inputs and 30 targets: .* last axis"),
    "held-out axis": (lambda: odd(held_out=RAGGED), "held_out has 3 inputs and 30"),
    "no axis": (
        lambda: odd(train=Examples(jnp.ones(()), jnp.ones(1))),
        "without an ax",
    ),
    "init raises": (lambda: odd(init=lambda self: 1), r"init\(key\) raises TypeError"),
    "no params": (lambda: start([]), "no numbers"),
    "empty params": (lambda: start(jnp.ones(0)), "no numbers"),
    "python params": (
        lambda: start([1.0, 2.0]),
        r"1.0 as params\[0\], which is no arr",
    ),
    "complex": (lambda: start(jnp.ones(3) + 1j), "params in complex64, .* float32"),
    "integer": (lambda: start(jnp.arange(3)), "params in int32, .* float32"),
    "half": (
        lambda: start(jnp.ones(3, jnp.bfloat16)),
        "params in bfloat16, .* float32",
    ),
    "one of two": (
        lambda: start({"a": jnp.ones(3), "b": jnp.ones(2, int)}),
        r"params\['b'] in int32",
    ),
    "keys": (lambda: start({"w": jnp.ones(3), 1: jnp.ones(2)}), "keys of a dict must"),
    "by numpy": (
        lambda: odd(init=lambda s, k: jnp.float32(np.random.standard_normal(3))),
        "two different starts for the same key",
    ),
    "other shapes": (
        lambda: odd(
            init=lambda s, k: jnp.ones(np.random.default_rng().integers(9, 999))
        ),
        "two different starts for the same key",
    ),
    "arguments": (
        lambda: odd(loss=lambda self, params: jnp.sum(params)),
        r"loss\(params, train\) raises TypeError: .* 2 positional arguments but 3",
    ),
    "vector": (lambda: loss(lambda x: x**2), r"returns float32\[3\], and float32\[\]"),
    "python loss": (lambda: loss(lambda x: 3.0), "returns 3.0, which is no JAX scalar"),
    "none": (lambda: loss(lambda x: None), "returns None, which is no JAX scalar"),
    "integer loss": (lambda: loss(lambda x: jnp.int32(x.sum())), r"int32\[\], and"),
    "branch": (lambda: loss(lambda x: x.sum() if x[0] > 0 else 0.0), "raises Tracer"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_problem_made_wrong_is_refused_in_one_sentence(case):
    make, words = WRONG[case]
    with pytest.raises(ProblemError, match=words) as error:
        problems.check_made(make(), "float32")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 240


def test_the_dtype_is_the_runs():
    with pytest.raises(ProblemError, match=r"params in float32, .* is float64"):
        problems.check_made(odd(), "float64")
    problems.check_made(odd())  # without a run's dtype either will do
    with pytest.raises(ProblemError, match="float16"):
        problems.check_made(start(jnp.ones(2, jnp.float16)))


def test_a_problem_made_right_passes():
    problems.check_made(odd(), "float32")
    some = Examples(jnp.zeros((3, 30)), jnp.zeros(30, int))
    problems.check_made(odd(some, some), "float32")
    problems.check_made(start(np.ones(3, np.float32)), "float32")


OPTIMA = {
    "an array": (lambda self: jnp.asarray(1.5), 1.5),
    "a NumPy scalar": (lambda self: np.float32(1.5), 1.5),
    "a whole number": (lambda self: 2, 2.0),
    "none": (lambda self: None, None),
    "NaN": (lambda self: float("nan"), "returns nan: a finite number is wanted"),
    "infinite": (lambda self: -np.inf, "returns -inf: a finite"),
    "a vector": (lambda self: jnp.ones(2), "returns Array"),
    "a word": (lambda self: "1.0", "returns '1.0'"),
    "a flag": (lambda self: True, "returns True"),
    "raises": (lambda self: 1 / 0, r"optimum\(\) raises ZeroDivisionError: division"),
}


@pytest.mark.parametrize("case", OPTIMA)
def test_an_optimum_is_a_number_or_refused(case):
    method, expected = OPTIMA[case]
    problem = odd(optimum=method)
    if isinstance(expected, str):
        with pytest.raises(ProblemError, match=expected):
            problems.least_loss(problem)
    else:
        least, certificate = problems.least_loss(problem)
        assert (least, certificate) == (expected, None)
        assert least is None or type(least) is float


CERTIFICATES = {
    "raises": (lambda self: 1 / 0, r"certificate\(\) raises ZeroDivisionError"),
    "a number": (lambda self: 1.0, r"certificate\(\) returns 1.0: a problems.Cert"),
    "NaN": (lambda self: Certificate(np.nan, 0.0, None, {}), "loss is nan: a finite"),
    "no norm": (
        lambda self: Certificate(1.0, None, None, {}),
        "norm is None: a finite",
    ),  # pyright: ignore
    "solvers": (lambda self: Certificate(1.0, 0.0, None, 3.0), "3.0, which is no dict"),  # pyright: ignore
    "another loss": (
        lambda self: Certificate(0.5, 0.0, None, {}),
        r"states the least loss 0.5 and optimum\(\) 1",
    ),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_that_is_none_is_refused(case):
    method, words = CERTIFICATES[case]
    with pytest.raises(ProblemError, match=words):
        problems.least_loss(odd(certificate=method))


def test_a_certificates_numbers_are_pythons():
    given = Certificate(
        np.float32(1.0), jnp.asarray(0.25), None, {"a": np.float64(1.0)}, np.float32(2)
    )
    _, certificate = problems.least_loss(odd(certificate=lambda self: given))
    assert certificate == Certificate(1.0, 0.25, None, {"a": 1.0}, 2.0)
    assert type(certificate.loss) is type(certificate.gradient_norm) is float


def of_rows(rows: Any, loss: Any, held_out: Any = None) -> Any:
    """Return a problem of one parameter with these examples."""
    given = {"train": {"x": rows}, "held_out": held_out}
    return problems.from_functions(init=lambda key: jnp.ones(1), loss=loss, **given)


def mean_square(params: Any, batch: Any) -> Any:
    return jnp.mean((batch["x"] - params[0]) ** 2)


def mean_of_known(params: Any, batch: Any) -> Any:
    return jnp.nanmean((batch["x"] - params[0]) ** 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_examples_that_make_the_loss_infinite_are_named(bad):
    rows = np.ones((5, 2), np.float32)
    rows[3, 1] = bad
    words = r"train\['x'\] is not finite in example 3, and loss\(params, train\) is"
    with pytest.raises(ProblemError, match=words):
        problems.check_made(of_rows(rows, mean_square))
    rows[4, 0] = bad
    words = r"held_out\['x'\] is not finite in example 3 and 1 more, and loss"
    good = np.ones((4, 2), np.float32)
    with pytest.raises(ProblemError, match=words):
        problems.check_made(of_rows(good, mean_square, {"x": rows}))


def test_examples_on_the_last_axis_are_named_too():
    inputs = jnp.ones((2, 4)).at[1, 2].set(jnp.nan)
    made = odd(
        Examples(inputs, jnp.zeros(4)),
        loss=lambda self, params, examples: jnp.sum(params) * jnp.mean(examples.inputs),
    )
    with pytest.raises(ProblemError, match=r"train.inputs is not finite in example 2,"):
        problems.check_made(made)


def test_numbers_that_the_loss_leaves_out_need_not_be_finite():
    rows = np.full((5, 2), np.nan, np.float32)
    rows[:, 0] = 2
    problems.check_made(of_rows(rows, mean_of_known))
