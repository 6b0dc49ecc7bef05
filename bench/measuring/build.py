"""How a program makes its optimizer, and which of its settings are traced."""

from typing import Any, NamedTuple

import jax

import optimizers

from ..planning.spec import Named
from .oracle import Oracle


class Build(NamedTuple):
    """How to make the optimizer: settings that are traced and those that are not."""

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


class Given(NamedTuple):
    """An optimizer that is there already, with nothing left to trace."""

    optimizer: Any
    oracle: Oracle = Oracle()

    def make(self, numbers: tuple) -> Any:
        """Return the optimizer."""
        del numbers
        return self.optimizer


def only_seen(build: Build | Given, optimizer: Any) -> bool:
    """Return whether a step's loss is not that of the answer over all examples.

    It is of a batch, or of another point than the optimizer answers with: the loss
    that counts has to be evaluated besides.

    Args:
        build: What makes the optimizer.
        optimizer: What it made.
    """
    return build.oracle.batch is not None or hasattr(optimizer, "answer")


def split(name: str, settings: dict, trace: bool) -> tuple[Build, tuple[float, ...]]:
    """Part an optimizer's settings into a `Build` and its traced float settings.

    Args:
        name: The optimizer.
        settings: Its settings; tables nest.
        trace: False where the factory insists on concrete numbers.
    """
    leaves, tree = jax.tree.flatten(settings)
    traced = tuple(trace and type(leaf) is float for leaf in leaves)
    static = tuple(x for x, t in zip(leaves, traced, strict=True) if not t)
    numbers = tuple(x for x, t in zip(leaves, traced, strict=True) if t)
    return Build(name, tree, static, traced), numbers


def asking(
    optimizer: Named, oracle: Oracle, length: float | None, trace: bool
) -> tuple[Build, tuple[float, ...]]:
    """Part an optimizer's settings, and add what answers its calls.

    Args:
        optimizer: Its name and settings.
        oracle: What answers its calls.
        length: Of a difference, where the oracle takes one.
        trace: As for `split`.
    """
    build, numbers = split(optimizer.name, optimizer.settings, trace)
    more = () if length is None else (length,)
    return build._replace(oracle=oracle), numbers + more
