"""Methods of SciPy that run beside the optimizers, as independent baselines."""

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

import numpy as np
from annotated_types import Ge, Gt

from factories import FactoryError, check, nearest

from ..core.spec import SCIPY


def l_bfgs_b(*, maxcor: Annotated[int, Ge(1)] = 10) -> dict[str, Any]:
    """Return the options of L-BFGS-B with all tolerances at 0."""
    return {"maxcor": maxcor, "ftol": 0.0, "gtol": 0.0, "maxfun": 10**9}


def to_rounding() -> dict[str, Any]:
    """Return the options of a method with all tolerances at 0."""
    return {"gtol": 0.0}


def of_least_squares(scale: Any) -> Callable[[], dict[str, Any]]:
    """Return a method's options, with tolerances of a rounding error.

    MINPACK takes none below, and the others would warn.

    Args:
        scale: SciPy's own `x_scale` for the method.
    """

    def options() -> dict[str, Any]:
        rounding = float(np.finfo(float).eps)
        return {"x_scale": scale, **dict.fromkeys(("ftol", "xtol", "gtol"), rounding)}

    return options


def nelder_mead(*, adaptive: bool = False) -> dict[str, Any]:
    """Return the options of Nelder-Mead with all tolerances at 0."""
    return {"adaptive": adaptive, "xatol": 0.0, "fatol": 0.0, "maxfev": 10**9}


def cobyla(*, rhobeg: Annotated[float, Gt(0)] = 1.0) -> dict[str, Any]:
    """Return the options of COBYLA; its trust region may become as small as rounding.

    Its tolerance is the least radius, which has to be above 0.
    """
    return {"rhobeg": rhobeg, "tol": min(rhobeg, sys.float_info.epsilon)}


class Method(NamedTuple):
    """A method of `scipy.optimize.minimize`, or of its `least_squares`.

    Attributes:
        options: From an entry's settings to the method's options.
        second: The second derivatives that it uses: none, `hess` or `hessp`.
        of_residuals: Whether it is one of `least_squares`.
        gradient: Whether it uses gradients; if not, its calls are values alone.
    """

    options: Callable[..., dict[str, Any]]
    second: str = ""
    of_residuals: bool = False
    gradient: bool = True


METHODS = {
    "BFGS": Method(to_rounding),
    "COBYLA": Method(cobyla, gradient=False),
    "L-BFGS-B": Method(l_bfgs_b),
    "Nelder-Mead": Method(nelder_mead, gradient=False),
    "least_squares-dogbox": Method(of_least_squares(1.0), of_residuals=True),
    "least_squares-lm": Method(of_least_squares("jac"), of_residuals=True),
    "least_squares-trf": Method(of_least_squares(1.0), of_residuals=True),
    "trust-exact": Method(to_rounding, "hess"),
    "trust-krylov": Method(to_rounding, "hessp"),
    "trust-ncg": Method(to_rounding, "hessp"),
}


def find(name: str, settings: Mapping[str, Any]) -> tuple[str, Method]:
    """Return the method with this name.

    Raises:
        FactoryError: There is none, or it refuses a setting.
    """
    word = name.removeprefix(SCIPY)
    if word not in METHODS:
        hint = nearest(word, METHODS, SCIPY)
        raise FactoryError(f'"{name}" is not a supported method of SciPy.{hint}')
    check(METHODS[word].options, settings)
    return word, METHODS[word]
