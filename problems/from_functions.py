"""A problem from functions and arrays: any model, any examples, any metrics."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from .contract import checked_optimum
from .data.fresh import Draw, drawn
from .data.mapped import MappedTree, held, is_read_from_file
from .data.tree import TreeExamples, check_examples, check_like, tree_examples
from .errors import ProblemError, short
from .problem import Params
from .signature import signature
from .tree_problem import Drawing, Functions, Metrics, TreeProblem


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class FromFunctions(Drawing, TreeProblem):
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

    train: TreeExamples | MappedTree
    held_out: TreeExamples | MappedTree | None
    validation: TreeExamples | MappedTree | None
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
    draw: Draw | None = None,
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
            {"images": uint8[m, 28, 28], "labels": int[m]}; some may be memory-mapped
            (`memory_map`). None for a function that is no mean over examples. With
            `draw`, a number instead: as many examples are drawn once, and the loss over
            all examples is that over them. The same for the next two.
        held_out: Examples that no optimizer sees, a tree like `train`.
        validation: Examples on which settings are chosen, a tree like `train`.
        metrics: (params, examples) -> float[] each, by name; never differentiated.
        evaluate: (params, batch) -> float[], the loss that is evaluated off the clock
            and compared with targets, for example without dropout. Without it, that is
            `loss`, with always the same key if it takes one.
        draw: (key, size) -> that many fresh examples, a tree like `train`; for batches
            with `stream = true`.
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
    functions = Functions(init, loss, metrics, evaluate, draw)
    _check_functions(functions, stateful)
    _check_numbers(axis, block)
    examples: Any = TreeExamples(None, axis)
    if train is not None:
        examples = _examples("train", train, axis, draw)
    elif draw is not None:
        words = "draw needs train: how many examples the loss over all of them has"
        raise ProblemError(f"{words}, or these examples")
    held_out, validation = (
        None if tree is None else _examples(name, tree, axis, draw, examples)
        for name, tree in (("held_out", held_out), ("validation", validation))
    )
    given = examples, held_out, validation, functions
    least = checked_optimum(optimum, "optimum is")
    return FromFunctions(*given, least, block, stateful)


_PARTS = ("train", "held_out", "validation")


def _examples(
    name: str, given: Any, axis: int, draw: Draw | None, like: Any = None
) -> TreeExamples | MappedTree:
    """Return examples from a tree of arrays, or from how many are to be drawn."""
    if isinstance(given, int | np.integer):
        if draw is None or isinstance(given, bool) or given < 1:
            more = "" if draw else ", and there is no draw"
            raise ProblemError(f"{name} is {given}, which is no tree of arrays{more}")
        return drawn(draw, int(given), _PARTS.index(name), axis)
    if not any(map(is_read_from_file, jax.tree.leaves(given))):
        return tree_examples(name, given, axis, like)
    check_examples(name, TreeExamples(given, axis))
    examples = held(given, axis)
    if like is not None:
        check_like(name, examples, like)
    return examples


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
