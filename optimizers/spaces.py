"""Where each optimizer's numbers are worth looking for when it is tuned."""

from collections.abc import Mapping
from inspect import signature
from math import log10
from typing import NamedTuple

from .make import factory


class LogUniform(NamedTuple):
    """log x ~ U(log low, log high), 0 < low < high."""

    low: float
    high: float

    @property
    def decades(self) -> float:
        """Return how long it is: log10(high / low)."""
        return log10(self.high / self.low)


Space = Mapping[str, LogUniform]

_OF_GRADIENT = LogUniform(1e-4, 1e1)  # a step is the rate times the gradient
_OF_SIGN = LogUniform(1e-5, 1e0)  # a step is about the rate, whatever the gradient
_DECAY = LogUniform(1e-6, 1e-1)
_DAMPING = LogUniform(1e-8, 1e1)

# Decays of averages stay at their defaults, and so do words, flags and counts. A line
# search finds its own step: an empty space has nothing to tune.
SPACES: Mapping[str, Space] = {
    "adam": {"learning_rate": _OF_SIGN},
    "calculated_step": {"first_look": LogUniform(1e-6, 1e0)},
    "keep_stepping": {"learning_rate": _OF_GRADIENT},
    "keep_stepping_published": {"learning_rate": _OF_GRADIENT},
    "keep_vaulting": {"learning_rate": _OF_GRADIENT},
    "keep_vaulting_published": {"learning_rate": _OF_GRADIENT},
    "lbfgs": {},
    "momentum": {"learning_rate": LogUniform(1e-5, 1e0)},
    "newton": {"damping": _DAMPING},
    "newton_cg": {"damping": _DAMPING},
    "normalized_sgd": {"length": _OF_SIGN},
    "sgd": {"learning_rate": _OF_GRADIENT},
    "trust_region_step": {"radius": LogUniform(1e-3, 1e2)},
    "optax.adamw": {"learning_rate": _OF_SIGN, "weight_decay": _DECAY},
    "optax.contrib.muon": {"learning_rate": _OF_SIGN},
    "optax.contrib.prodigy": {"estim_lr_coef": LogUniform(1e-1, 1e1)},
    "optax.contrib.schedule_free_adamw": {"learning_rate": _OF_SIGN},
    "optax.lbfgs": {},
    "optax.lion": {"learning_rate": _OF_SIGN, "weight_decay": _DECAY},
    "optax.nadamw": {"learning_rate": _OF_SIGN, "weight_decay": _DECAY},
    "optax.polyak_sgd": {"max_learning_rate": _OF_GRADIENT},
    "optax.rmsprop": {"learning_rate": _OF_SIGN},
}

GENERAL: Space = {"learning_rate": LogUniform(1e-5, 1e1)}


def space(name: str) -> Space:
    """Return the settings to tune, each with its range.

    Args:
        name: As for `factory`. One that is not listed here is tuned by its
            `learning_rate`, and by nothing where it takes none.

    Raises:
        FactoryError: Nothing of that name is there.
    """
    if name in SPACES:
        return SPACES[name]
    return GENERAL if "learning_rate" in signature(factory(name)).parameters else {}
