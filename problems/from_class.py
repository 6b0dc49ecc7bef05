"""A problem from a class of the user's: its examples any tree, its loss with a key."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np

from .data.examples import Examples, MappedExamples
from .data.tree import TreeExamples, placed
from .errors import ProblemError, has, short
from .points import is_stateful
from .signature import signature
from .tree_problem import Functions, TreeProblem
from .wrapped import Wrapped

CLOSED_FORMS = ("jvp", "hvp", "hessian", "values", "ray", "ggn")
_PASSED_ON = (*CLOSED_FORMS, "certificate", "draw", "minimisers")


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class FromClass(TreeProblem):
    """A problem whose functions are the methods of a user's class.

    Attributes:
        own: The object of the user's class, a pytree.
        axis: The axis of the examples in every array of a tree.
        block: Examples that are in memory at once; None for all.
    """

    own: Any
    axis: int = field(default=0, metadata={"static": True})
    block: int | None = field(default=None, metadata={"static": True})

    @property
    def stateful(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Return whether the class carries a state from pass to pass."""
        return is_stateful(self.own)

    @property
    def functions(self) -> Functions:
        """Return the methods of the class."""
        own, others = self.own, ("metrics", "evaluate")
        return Functions(own.init, own.loss, *(getattr(own, x, None) for x in others))

    @property
    def train(self) -> Any:
        """Return the training examples."""
        own = self.own.train
        return own if is_examples(own) else TreeExamples(own, self.axis)

    @property
    def held_out(self) -> Any:
        """Return examples that no optimizer sees, or None."""
        return self._examples(getattr(self.own, "held_out", None))

    @property
    def validation(self) -> Any:
        """Return examples on which settings are chosen, or None."""
        return self._examples(getattr(self.own, "validation", None))

    def given(self, examples: Any) -> Any:
        """Return examples as the class receives them: in the form of its own."""
        return examples if is_examples(self.own.train) else examples.tree

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        own = getattr(self.own, "optimum", None)
        if own is None:
            certified = getattr(self.own, "certificate", lambda: None)()
            return None if certified is None else certified.loss
        return own()

    def __getattr__(self, name: str) -> Any:
        """Return an optional method that the class has."""
        if name not in _PASSED_ON:
            raise AttributeError(name)
        method = getattr(self.own, name)
        if name == "draw":
            return lambda key, size: self._examples(method(key, size))
        return partial(self._closed, method) if name in CLOSED_FORMS else method

    def _closed(self, method: Any, *given: Any) -> Any:
        *points, examples = given
        return method(*points, self.given(examples))

    def _examples(self, own: Any) -> Any:
        if own is None or is_examples(self.own.train):
            return own
        return TreeExamples(own, self.axis)


def is_examples(value: Any) -> bool:
    """Return whether a value holds examples by itself, as `Examples` does."""
    if isinstance(value, Examples | MappedExamples | TreeExamples):
        return True
    return isinstance(getattr(value, "count", None), int)


def adapted(problem: Any) -> Any:
    """Return a problem that has all that the contract asks for.

    An object of a class whose examples are a tree of arrays, whose loss takes a key, or
    that lacks what may be left out, is adapted; any other is returned as it is.

    Args:
        problem: What a factory returned.

    Raises:
        ProblemError: Its loss takes other arguments, or its `axis` or `block` is no
            whole number.
    """
    if isinstance(problem, type | TreeProblem | Wrapped) or not has(problem, "train"):
        return problem
    if jax.tree_util.treedef_is_leaf(jax.tree.structure(problem)):
        return problem  # no pytree, as the check of a problem states
    if not callable(getattr(problem, "loss", None)) or _conforms(problem):
        return problem
    axis, block = _whole(problem, "axis"), _whole(problem, "block")
    own = jax.tree_util.tree_map_with_path(_on_device, problem)
    return FromClass(own, axis or 0, block)


def _conforms(problem: Any) -> bool:
    needed = is_examples(problem.train) and all(
        has(problem, name) for name in ("held_out", "optimum")
    )
    further = has(problem, "evaluate") or is_stateful(problem)
    return needed and not further and not signature(problem.loss).key


def _whole(problem: Any, name: str) -> int | None:
    value = getattr(problem, name, None)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ProblemError(f"{name} is {short(value)}, and a whole number is wanted")
    return value


def _on_device(path: Any, leaf: Any) -> Any:
    place = jax.tree_util.keystr(path).lstrip(".")
    return placed(place, leaf) if isinstance(leaf, np.ndarray) else leaf
