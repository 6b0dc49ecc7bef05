"""One problem over several devices: its examples divided, all else on each of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

import problems

from ..store.environment import enough

AXIS = "examples"
"""The axis of the mesh, along which examples are divided."""
_wanted: ContextVar[tuple[int, str] | None] = ContextVar("wanted", default=None)


@contextmanager
def used(count: int, platform: str) -> Iterator[None]:
    """Let what is made inside be on the first `count` devices of a platform.

    Sums over examples are then traced in one piece: a block of examples would be
    gathered from all devices.
    """
    token = _wanted.set((count, platform) if count > 1 else None)
    try:
        if count > 1:
            with problems.in_one_block():
                yield
        else:
            yield
    finally:
        _wanted.reset(token)


def mesh() -> Mesh | None:
    """Return the devices that are used here; None for a single one.

    Raises:
        DeviceMissing: There are fewer.
    """
    wanted = _wanted.get()
    return None if wanted is None else _mesh(*wanted)


@cache
def _mesh(count: int, platform: str) -> Mesh:
    found = jax.devices(platform)
    return Mesh(np.array(found[: enough(count, len(found), platform)]), (AXIS,))


def on_each(tree: Any) -> Any:
    """Put a tree of arrays on the device, or a copy of it on each of several."""
    here = mesh()
    if here is None:
        return jax.device_put(tree)
    return jax.device_put(tree, NamedSharding(here, PartitionSpec()))


def results() -> dict[str, Any]:
    """Return the arguments of `jax.jit` that leave a copy of results on each device."""
    here = mesh()
    if here is None:
        return {}
    return {"out_shardings": NamedSharding(here, PartitionSpec())}


def placed(make: Callable[[], Any], device: Any) -> Any:
    """Return a problem on a device, or its examples divided among several.

    Held-out and validation examples that do not divide evenly are copied to each
    device, as all else is.

    Args:
        make: Returns the problem.
        device: The device, if it is a single one.

    Raises:
        ProblemError: The training examples cannot be divided; one sentence.
    """
    here = mesh()
    if here is None:
        return jax.device_put(make(), device)
    with jax.default_device(_host(device)):  # a device may be too small for them all
        problem = make()
    if why := _refused(problem, here.size):
        raise problems.ProblemError(why)

    def part_placed(part: Any) -> Any:
        if not _are_examples(part) or not part.count or part.count % here.size:
            return on_each(part)
        return _along(part, here, jax.device_put)

    return jax.tree.map(part_placed, problem, is_leaf=_are_examples)


def _host(device: Any) -> Any:
    """Return the processor as a device; the given one if JAX may not use it."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:  # JAX_PLATFORMS names others
        return device


def divided(examples: Any) -> Any:
    """Divide the examples of a step among the devices, inside a program."""
    here = mesh()
    if here is None or not _are_examples(examples):
        return examples
    return _along(examples, here, jax.lax.with_sharding_constraint)


def _along(examples: Any, over: Mesh, place: Any) -> Any:
    """Place each array of examples, divided along the axis of its examples."""
    axis = getattr(examples, "axis", -1)

    def one(leaf: Any) -> Any:
        parts: list[str | None] = [None] * leaf.ndim
        parts[axis] = AXIS
        return place(leaf, NamedSharding(over, PartitionSpec(*parts)))

    return jax.tree.map(one, examples)


def _are_examples(part: Any) -> bool:
    return isinstance(part, problems.Examples | problems.TreeExamples)


def _refused(problem: Any, count: int) -> str:
    """Return why a problem's examples cannot be divided; empty if they can."""
    train, start = problem.train, f"devices = {count}: "
    if not _are_examples(train):
        return (
            f"{start}only examples in memory are divided; load data that stay in their "
            "files (stream = false, or without memory_map)"
        )
    block = getattr(problem, "block", None) if hasattr(problem, "functions") else None
    if block is not None and block < train.count:
        return (
            f"{start}the problem passes its examples in blocks of {block}, which one "
            "device does; leave its `block` out"
        )
    return indivisible(train.count, count)


MOST_SHOWN = 4


def indivisible(examples: int, count: int) -> str:
    """Return why training examples cannot be divided evenly; empty if they can.

    Args:
        examples: Their number.
        count: Of devices.
    """
    if not examples:
        return f"devices = {count}: the problem has no examples to divide"
    if not examples % count:
        return ""
    others = [n for n in range(2, 4 * count) if not examples % n][:MOST_SHOWN]
    known = f" (but of {', '.join(map(str, others))})" if others else ""
    return (
        f"devices = {count}: {examples} training examples are no multiple of {count}"
        f"{known}; {examples - examples % count} are"
    )
