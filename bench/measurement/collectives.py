"""The bytes that devices exchange in a compiled program."""

import re
from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

from . import devices

COLLECTIVES = (
    *("all-reduce", "all-gather", "reduce-scatter", "all-to-all"),
    *("collective-permute", "collective-broadcast", "ragged-all-to-all"),
)
"""XLA's operations by which devices exchange numbers."""
_INSTRUCTION = re.compile(
    r"\s*(?:ROOT )?%?([\w.-]+) = (.*?) ([a-z][a-z0-9-]*)\((.*?)\)"
)
_SHAPE = re.compile(r"([a-z]+\d*\w*)\[([^\]]*)\]")
_LAYOUT = re.compile(r"\{[^{}]*\}|/\*.*?\*/")


class _Instruction(NamedTuple):
    """A line of XLA's text: `name = type operation(operands)`."""

    name: str
    type: str
    operation: str
    operands: str


def exchanged_bytes(compiled: Any) -> int | None:
    """Return the bytes that a device sends into collectives in one run of a program.

    They are those of the operands. The body of a loop, and each branch, counts once.

    Args:
        compiled: For the devices that are used here.

    Returns:
        0 for a single device, None if the platform does not show the program.
    """
    if devices.mesh() is None:
        return 0
    try:
        return of_text(compiled.as_text())
    except Exception:  # of platforms without a text JAX does not say how they fail
        return None


def of_text(text: str) -> int:
    """Return the bytes of the operands of all collectives in the text of a program.

    Args:
        text: XLA's, after optimisation and for one of the devices.
    """
    found = list(_instructions(text))
    sizes = {each.name: _size(each.type) for each in found}
    return sum(
        sizes.get(name, 0)
        for each in found
        if each.operation.removesuffix("-start") in COLLECTIVES
        for name in _names(each.operands)
    )


def _instructions(text: str) -> Iterator[_Instruction]:
    for line in text.splitlines():
        if match := _INSTRUCTION.match(_without_layouts(line)):
            yield _Instruction(*match.groups())


def _without_layouts(line: str) -> str:
    """Remove layouts, which hold brackets of their own: `f32[8]{0:T(256)}`."""
    while (shorter := _LAYOUT.sub("", line)) != line:
        line = shorter
    return line


def _names(operands: str) -> Iterator[str]:
    """Yield the names of operands, which may stand behind their types."""
    for operand in _SHAPE.sub("", operands).split(","):
        if words := operand.split():
            yield words[-1].removeprefix("%")


def _size(kind: str) -> int:
    """Return the bytes of a type, or of all types of a tuple."""
    shapes = _SHAPE.findall(kind)
    return sum(_bits(name) * _numbers(dims) for name, dims in shapes) // 8


def _numbers(dims: str) -> int:
    return prod(int(n) for n in re.findall(r"\d+", dims))


def _bits(name: str) -> int:
    """Return the bits of a number: of f32, bf16, pred, f8e4m3fn."""
    known = re.match(r"[a-z]+?(\d+)", name)
    return 8 if name == "pred" else int(known[1]) if known else 0
