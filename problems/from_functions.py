"""A problem from functions and arrays: any model, any examples, any metrics."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax

from .contract import checked_optimum
from .data.tree import TreeExamples, tree_examples
from .errors import ProblemError, short
from .problem import Params
from .signature import signature
from .tree_problem import Functions, Metrics, TreeProblem


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class FromFunctions(TreeProblem):
    """A problem whose loss and metrics are functions of a tree of examples.

    Attributes:
        train: The training examples; of none, the tree is None.
        held_out: Examples that no optimizer sees, or None.
        validation: Examples on which settings are chosen, or None.
        functions: Its functions.
        least: The least training loss, or None.
        block: Examples that are in memory at once; None for all.
        stateful: Whether the loss carries a state from pass to pass.
    """

    train: TreeExamples
    held_out: TreeExamples | None
    validation: TreeExamples | None
    functions: Functions = field(metadata={"static": True})
    least: float | None = field(default=None, metadata={"static": True})
    block: int | None = field(default=None, metadata={"static": True})
    stateful: bool = field(default=False, metadata={"static": True})

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        return self.least


def from_functions(
    *,
    init: Callable[[jax.Array], Params],
    loss: Callable[..., jax.Array],
    train: Any = None,
    held_out: Any = None,
    validation: Any = None,
    metrics: Callable[..., Metrics] | None = None,
    evaluate: Callable[..., jax.Array] | None = None,
    axis: int = 0,
    block: int | None = None,
    optimum: float | None = None,
    stateful: bool = False,
) -> FromFunctions:
    """Return the problem f(params) = loss(params, train), the mean over the examples.

    A factory of a config returns it, and `bench.measure` takes it:

        def init(key):
            return {"w": 0.1 * jax.random.normal(key, (64, 10)), "b": jnp.zeros(10)}

        def loss(params, batch):
            scores = batch["x"] @ params["w"] + params["b"]
            losses = optax.softmax_cross_entropy_with_integer_labels(scores, batch["y"])
            return losses.mean()

        problem = problems.from_functions(init=init, loss=loss, train={"x": x, "y": y})

    The arrays of the examples are arguments of every program. An array that a function
    closes over is a constant of it.

    Args:
        init: key -> params: any tree of float arrays, of one or several dtypes.
        loss: (params, batch) -> float[], the mean over the batch. One with a third
            argument, (params, batch, key), is random, as with dropout: all calls of a
            step receive the same key, which follows from the trial's seed and the step
            alone. One of the params alone is enough without examples.
        train: The training examples: any tree of arrays of any dtypes, for example
            {"images": uint8[m, 28, 28], "labels": int[m]}; None for a function that is
            no mean over examples.
        held_out: Examples that no optimizer sees, a tree like `train`.
        validation: Examples on which settings are chosen, a tree like `train`.
        metrics: (params, examples) -> float[] each, by name; never differentiated.
        evaluate: (params, batch) -> float[], the loss that is evaluated off the clock
            and compared with targets, for example without dropout. Without it, that is
            `loss`, with always the same key if it takes one.
        axis: The axis of the examples in every array.
        block: Most examples in memory at once: a mean over more is computed in blocks.
            It is the same mean; a metric becomes the mean over blocks of its values,
            which is the same for a mean over examples (accuracy) and not for others
            (F1). Each block has a key of its own.
        optimum: The least training loss, if it is known.
        stateful: The model has a state beside its params, any tree of arrays, such as
            the running averages of batch normalisation. Then init is key -> (params,
            state), loss (params, state, batch) -> (float[], the next state), with a key
            as last argument if it takes one, and metrics and evaluate are functions of
            (params, state, examples). A `block` is then not possible.

    Raises:
        ProblemError: An argument is wrong, in one sentence.
    """
    functions = Functions(init, loss, metrics, evaluate)
    _check_functions(functions, stateful)
    _check_numbers(axis, block)
    examples = TreeExamples(None, axis)
    if train is not None:
        examples = tree_examples("train", train, axis)
    held, validating = (
        None if tree is None else tree_examples(name, tree, axis, like=examples)
        for name, tree in (("held_out", held_out), ("validation", validation))
    )
    least = checked_optimum(optimum, "optimum is")
    return FromFunctions(examples, held, validating, functions, least, block, stateful)


def _check_functions(functions: Functions, stateful: bool) -> None:
    for name, function in functions._asdict().items():
        if function is None and name not in ("init", "loss"):
            continue
        if not callable(function):
            raise ProblemError(f"{name} is {short(function)}, which is no function")
        try:
            hash(function)
        except TypeError as error:
            words = f"{name} cannot be hashed ({error}): write a function that calls it"
            raise ProblemError(words) from error
    signature(functions.loss, stateful)


def _check_numbers(axis: Any, block: Any) -> None:
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ProblemError(f"axis is {short(axis)}, and a whole number is wanted")
    whole = isinstance(block, int) and not isinstance(block, bool) and block > 0
    if block is not None and not whole:
        raise ProblemError(f"block is {short(block)}: a number of examples is wanted")
