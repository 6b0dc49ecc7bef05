"""Params of a model that give the same curve."""

from collections.abc import Mapping
from typing import NamedTuple


class Exchange(NamedTuple):
    """A change of params that leaves a model's values as they are.

    Attributes:
        order: Where each param is taken from.
        negated: The params that change their sign.
    """

    order: tuple[int, ...]
    negated: tuple[int, ...] = ()

    def of(self, params: tuple[float, ...]) -> tuple[float, ...]:
        """Return the changed params."""
        return tuple(
            -params[source] if place in self.negated else params[source]
            for place, source in enumerate(self.order)
        )


EXCHANGES: Mapping[str, tuple[Exchange, ...]] = {
    "three_decays": (Exchange((2, 3, 0, 1, 4, 5)), Exchange((0, 1, 4, 5, 2, 3))),
    "constant_and_two_decays": (Exchange((0, 2, 1, 4, 3)),),
    "decay_and_two_peaks": (
        Exchange((0, 1, 5, 6, 7, 2, 3, 4)),
        Exchange((0, 1, 2, 3, 4, 5, 6, 7), (4,)),
    ),
    "peak": (Exchange((0, 1, 2), (0, 1)),),
    "three_cycles": (
        Exchange((0, 1, 2, 6, 7, 8, 3, 4, 5)),
        Exchange((0, 1, 2, 3, 4, 5, 6, 7, 8), (3, 5)),
    ),
}
"""By the name of the model; the others have none."""


def equivalents(model: str, params: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Return the params that give the same curve as these, which come first."""
    known = [params]
    for one in known:  # grows as it is walked, until no exchange gives a new one
        changed = (exchange.of(one) for exchange in EXCHANGES.get(model, ()))
        known += [other for other in changed if other not in known]
    return tuple(known)
