"""What holds of a problem whatever the optimizer: size, certificate, prices."""

from typing import Any

import jax

from ..planning.spec import Spec
from .attempt import context
from .ceilings import Ceilings
from .lab import Lab
from .prices import Price, prices


def facts(lab: Lab, spec: Spec) -> dict[str, Any]:
    """Return a problem's facts as plain values.

    Args:
        lab: Where the problem is kept.
        spec: Any trial on the problem.
    """
    with context(spec, lab.device):
        problem = lab.problem(spec)
        params = problem.init(jax.random.key(spec.seed))
        certificate = problem.certificate()
        found = prices(problem, params)
        most = lab.ceilings(spec)
    forward = found[0].seconds
    return {
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(params)),
        "examples": problem.train.count,
        "certificate": _plain(certificate),
        "prices": [priced(price, forward, most) for price in found],
    }


def priced(price: Price, forward: float, most: Ceilings) -> dict[str, Any]:
    """Return a price with its ratio, and the rates beside the most there can be."""
    rates = {"flops_per_second": price.flops, "bytes_per_second": price.bytes}
    return {
        **price._asdict(),
        "ratio_to_forward": price.seconds / forward,
        **{k: None if n is None else n / price.seconds for k, n in rates.items()},
        **{f"most_{k}": n for k, n in most._asdict().items()},
    }


def _plain(certificate: Any) -> dict[str, Any] | None:
    if certificate is None:
        return None
    return certificate._asdict() | {"solvers": dict(certificate.solvers)}
