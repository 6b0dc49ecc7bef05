"""All claims by source, in the order in which their sources state them."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import bench
from factories import FactoryError, from_file, nearest

from .claim import Claim


class Source(NamedTuple):
    """The sources of claims; each id is a file in the folder of its source."""

    title: str
    ids: str


SOURCES = {
    "blog": Source(
        'Warmerdam, "More Descent, Less Gradient", koaning.io, 2020',
        "gradient-share newton-one-step newton-is-closed-form hessian-grows "
        "keep-stepping keep-vaulting figures-9-13 direction-persists "
        "derivation-signs more-work-per-step",
    ),
    "fd": Source(
        "question and answers on gradient descent by finite differences, 2018",
        "fd-evaluations fd-step fd-memo fd-lbfgs fd-slower fd-toy",
    ),
    "step": Source(
        "question and answers on finite steps against gradients",
        "fixed-length taylor best-finite-step small-gradient large-step "
        "dimension-cost second-order-cost",
    ),
    "notes": Source(
        'tutorial notes, "Introduction to Gradient-Based Learning"',
        "sgd-faster minibatch online momentum-average momentum-as-minibatch "
        "divergence-limit constant-schedule step-too-small minibatch-noise "
        "stationary-points one-over-k backprop-linear",
    ),
}
IDS = {id: name for name, source in SOURCES.items() for id in source.ids.split()}
"""The name of its source, by a claim's id."""


class ClaimError(bench.BenchError):
    """There is no such claim, or its file cannot be used."""


def find(name: str) -> list[Claim]:
    """Return the claim with this id, or all claims of a Python file.

    Raises:
        ClaimError: There is none; the nearest id is named.
    """
    if name in IDS:
        path = f"{__package__}.{IDS[name]}.{name.replace('-', '_')}"
        return _claims(vars(import_module(path)))
    if not name.endswith(".py"):
        if Path(name).exists():
            raise ClaimError(f'"{name}" is neither a claim\'s id nor a Python file')
        raise ClaimError(f'unknown claim "{name}".{nearest(name, IDS)}')
    try:
        found = _claims(vars(from_file(name)))
    except FactoryError as error:
        raise ClaimError(str(error)) from error
    if not found:
        raise ClaimError(f"{name}: no claim in it; make one with @claims.claim")
    return found


def every() -> Iterator[Claim]:
    """Import and yield the claims of the registry."""
    for id in IDS:
        yield from find(id)


def select(names: Sequence[str], all: bool) -> list[Claim]:
    """Return the claims of the names, or all of the registry."""
    return list(every()) if all else [each for name in names for each in find(name)]


def source(claim: Claim) -> str:
    """Return the title of a claim's source."""
    known = SOURCES.get(claim.source)
    return known.title if known else claim.source


def _claims(module: Mapping[str, Any]) -> list[Claim]:
    return [value for value in module.values() if isinstance(value, Claim)]
