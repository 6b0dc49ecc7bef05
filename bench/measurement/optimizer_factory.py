"""How a program makes its optimizer, and which of its settings are traced."""

from typing import Any, NamedTuple

import jax

import optimizers

from ..core.spec import Named
from .oracle import Oracle


class TracedFactory(NamedTuple):
    """Makes an optimizer by name: of settings that are traced and those that are not.

    Attributes:
        name: Of the optimizer.
        tree: The structure of its settings.
        static: Those that are compiled in.
        traced: Of each setting, whether it is an argument of the program.
        oracle: What answers the optimizer's calls.
    """

    name: str
    tree: Any
    static: tuple
    traced: tuple[bool, ...]
    oracle: Oracle = Oracle()

    def make(self, numbers: tuple) -> Any:
        """Make the optimizer; `numbers` are its float settings, traced or not."""
        floats, others = iter(numbers), iter(self.static)
        leaves = [next(floats if t else others) for t in self.traced]
        settings = jax.tree.unflatten(self.tree, leaves)
        return optimizers.make(self.name, **settings)


class MadeOptimizer(NamedTuple):
    """An optimizer that has been made already; nothing is traced."""

    optimizer: Any
    oracle: Oracle = Oracle()

    def make(self, numbers: tuple) -> Any:
        """Return the optimizer."""
        del numbers
        return self.optimizer


Factory = TracedFactory | MadeOptimizer


def needs_evaluation(factory: Factory, optimizer: Any) -> bool:
    """Return whether a step's loss is not that of the answer over all examples.

    It is of a batch, or of another point than the optimizer answers with: the loss
    that counts has to be evaluated besides.

    Args:
        factory: What makes the optimizer.
        optimizer: What it made.
    """
    return factory.oracle.batch is not None or hasattr(optimizer, "answer")


def split_settings(
    optimizer: Named, oracle: Oracle, length: float | None, trace: bool
) -> tuple[TracedFactory, tuple[float, ...]]:
    """Split an optimizer's settings into a factory and its traced numbers.

    Args:
        optimizer: Its name and settings; tables nest.
        oracle: What answers its calls.
        length: Of a difference, where the oracle takes one.
        trace: False if the factory requires concrete numbers.
    """
    leaves, tree = jax.tree.flatten(optimizer.settings)
    traced = tuple(trace and type(leaf) is float for leaf in leaves)
    static = tuple(x for x, t in zip(leaves, traced, strict=True) if not t)
    numbers = tuple(x for x, t in zip(leaves, traced, strict=True) if t)
    numbers += () if length is None else (length,)
    return TracedFactory(optimizer.name, tree, static, traced, oracle), numbers
