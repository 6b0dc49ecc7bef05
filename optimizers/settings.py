"""Types, ranges and search spaces of settings, and the check of a call against them."""

import functools
from collections.abc import Callable, Mapping
from inspect import signature
from math import log10
from typing import Annotated, Any, NamedTuple, TypeVar

import jax
import numpy as np
from jax.core import Tracer
from pydantic import Field

import factories

F = TypeVar("F", bound=Callable[..., Any])

Schedule = Callable[[Any], Any]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Rate = Positive | Schedule


class LogUniform(NamedTuple):
    """log x ~ U(log low, log high), 0 < low < high.

    As an annotation of a factory's argument, `Annotated[Rate, LogUniform(1e-4, 1e1)]`,
    it is the range in which the argument is tuned.
    """

    low: float
    high: float

    @property
    def decades(self) -> float:
        """Return log10(high / low)."""
        return log10(self.high / self.low)


_PLAIN = (bool, int, float, str, list, tuple, dict, type(None))


def check_plain(factory: Callable[..., Any], settings: Mapping[str, Any]) -> None:
    """Check the plain values among `settings` against the factory's signature.

    Traced numbers, transformations and schedules have no value to check.

    Raises:
        FactoryError: A setting is unknown, missing or out of its range.
    """
    settings = {key: _plain(value) for key, value in settings.items()}
    known = {k: v for k, v in settings.items() if _is_plain(v)}
    opaque = {k: v for k, v in settings.items() if k not in known}
    names = signature(factory).parameters
    # The settings of a partial count as given; their values are not checked.
    bound = functools.partial(factory, **{k: opaque[k] for k in opaque if k in names})
    unknown = {k: None for k in opaque if k not in names}
    factories.check(bound, known | unknown)


def checked(factory: F) -> F:
    """Make a factory check its own arguments against its signature.

    Raises:
        FactoryError: From the factory: a plain number is out of its range.
    """
    schema = signature(factory)

    @functools.wraps(factory)
    def call(*args: Any, **settings: Any) -> Any:
        check_plain(factory, schema.bind(*args, **settings).arguments)
        return factory(*args, **settings)

    return call  # pyright: ignore[reportReturnType]


def _plain(value: Any) -> Any:
    """Return the number in a scalar of NumPy or JAX, anything else as it is."""
    if isinstance(value, Tracer):
        return value
    scalar = isinstance(value, np.generic | np.ndarray | jax.Array)
    return value.item() if scalar and np.ndim(value) == 0 else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    named = hasattr(value, "_fields")  # a transformation is a tuple
    return isinstance(value, _PLAIN) and not named
