"""What holds of a problem whatever the optimizer: size, certificate, prices."""

from typing import Any

import jax

from .attempt import context
from .lab import Lab
from .prices import prices
from .spec import Spec


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
        priced = prices(problem, params)
    forward = priced[0].seconds
    return {
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(params)),
        "examples": problem.train.count,
        "certificate": _plain(certificate),
        "prices": [
            price._asdict() | {"ratio_to_forward": price.seconds / forward}
            for price in priced
        ],
    }


def _plain(certificate: Any) -> dict[str, Any] | None:
    if certificate is None:
        return None
    return certificate._asdict() | {"solvers": dict(certificate.solvers)}
