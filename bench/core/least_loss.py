"""A problem's least training loss, or why there is none."""

from typing import NamedTuple


class LeastLoss(NamedTuple):
    """What is known of a problem's least training loss.

    Attributes:
        loss: As its certificate states it; None if it is not known.
        missing: Why a certificate did not arrive; empty if the problem has none.
    """

    loss: float | None = None
    missing: str = ""
