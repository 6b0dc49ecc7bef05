"""The claims by id, in the order in which they are told."""

import difflib

from ..errors import BenchError
from .claim import Claim

REGISTRY: dict[str, Claim] = {
    claim.id: claim
    for claim in (
        Claim(
            "divergence-limit",
            "notes",
            "Steps larger than twice the largest eigenvalue of the Hessian go upward.",
            "divergence_limit",
        ),
        Claim(
            "momentum-average",
            "notes",
            "Momentum as a running average of gradients, started at zero, is the heavy "
            "ball with the learning rate scaled by 1 - α.",
            "momentum_average",
        ),
        Claim(
            "derivation-signs",
            "blog",
            "The printed t = -(XᵀX)⁻¹Xᵀ(y - Xβ) makes β + t, one Newton step, the "
            "least-squares answer.",
            "derivation_signs",
        ),
        Claim(
            "taylor",
            "step",
            "To second order a function is f + gᵀΔ + HΔ, the ½ and a Δ left out.",
            "taylor",
        ),
        Claim(
            "newton-one-step",
            "blog",
            "One Newton step solves linear regression, whatever the rows and columns.",
            "newton_one_step",
        ),
        Claim(
            "fd-step",
            "fd",
            "A finite difference is ruined by a step too large and by one too small.",
            "fd_step",
        ),
        Claim(
            "fd-toy",
            "fd",
            "For z = b σ(ax): ∂z/∂a = b x σ(ax) (1 - a σ(ax)), ∂z/∂b = b σ(εx)/ε; and "
            "the gradient of the logistic loss is Σ residual θ.",
            "fd_toy",
        ),
    )
}


class UnknownClaim(BenchError):
    """No claim has that id."""


def find(id: str) -> Claim:
    """Return a claim by its id.

    Raises:
        UnknownClaim: There is none; the nearest is named.
    """
    if id in REGISTRY:
        return REGISTRY[id]
    near = difflib.get_close_matches(id, REGISTRY, n=1, cutoff=0.0)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    raise UnknownClaim(f'unknown claim "{id}".{hint}')
