"""Methods of SciPy that run beside the optimizers, as outside references."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from annotated_types import Ge

from factories import FactoryError, check, nearest

from ..core.spec import SCIPY


def l_bfgs_b(*, maxcor: Annotated[int, Ge(1)] = 10) -> dict[str, Any]:
    """Return the options of L-BFGS-B that stop it at rounding alone."""
    return {"maxcor": maxcor, "ftol": 0.0, "gtol": 0.0, "maxfun": 10**9}


def to_rounding() -> dict[str, Any]:
    """Return the options of a method that stop it at rounding alone."""
    return {"gtol": 0.0}


class Method(NamedTuple):
    """A method of `scipy.optimize.minimize`.

    Attributes:
        options: Makes its options of an entry's settings.
        second: What it asks of second derivatives: nothing, `hess` or `hessp`.
    """

    options: Callable[..., dict[str, Any]]
    second: str = ""


METHODS = {
    "BFGS": Method(to_rounding),
    "L-BFGS-B": Method(l_bfgs_b),
    "trust-exact": Method(to_rounding, "hess"),
    "trust-krylov": Method(to_rounding, "hessp"),
    "trust-ncg": Method(to_rounding, "hessp"),
}


def find(name: str, settings: Mapping[str, Any]) -> tuple[str, Method]:
    """Return the method that a name means.

    Raises:
        FactoryError: There is none, or it does not take the settings.
    """
    word = name.removeprefix(SCIPY)
    if word not in METHODS:
        hint = nearest(word, METHODS)
        raise FactoryError(f'"{name}" is no method of SciPy that runs here.{hint}')
    check(METHODS[word].options, settings)
    return word, METHODS[word]
