"""Problems by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax

import factories

from .autoencoder import autoencoder
from .contract import check_kind
from .from_class import adapted
from .himmelblau import himmelblau
from .huber_regression import huber_regression
from .kowalik_osborne import kowalik_osborne
from .linear_regression import linear_regression
from .logistic_regression import logistic_regression
from .matrix_factorisation import matrix_factorisation
from .mlp import mlp
from .problem import Problem
from .quadratic import quadratic
from .rosenbrock import rosenbrock
from .softmax_regression import softmax_regression

Factory = Callable[..., Problem]

REGISTRY: Mapping[str, Factory] = {
    "linear_regression": linear_regression,
    "logistic_regression": logistic_regression,
    "softmax_regression": softmax_regression,
    "huber_regression": huber_regression,
    "matrix_factorisation": matrix_factorisation,
    "mlp": mlp,
    "autoencoder": autoencoder,
    "quadratic": quadratic,
    "rosenbrock": rosenbrock,
    "himmelblau": himmelblau,
    "kowalik_osborne": kowalik_osborne,
}


def names() -> list[str]:
    """Return the names of the registry."""
    return list(REGISTRY)


def factory(name: str) -> Factory:
    """Find a factory by name, `"package.module:factory"` or `"file.py:factory"`.

    Raises:
        FactoryError: There is none; the nearest name is suggested.
    """
    return factories.find(name, REGISTRY)


def check(name: str, settings: Mapping[str, Any]) -> None:
    """Check settings of a problem without building its data.

    Raises:
        FactoryError: No such problem, or a setting is unknown, of the wrong type, out
            of range, or does not go with another.
    """
    build = factory(name)
    factories.check(build, settings)
    if resolve := getattr(build, "resolve", None):
        resolve(**settings)


def without_optimum(name: str, settings: Mapping[str, Any]) -> bool:
    """Return whether a problem is known to have no certificate before it is made.

    Args:
        name: As in `factory`; without a declaration of the factory the answer is False.
        settings: Settings that `check` accepts.
    """
    known = getattr(factory(name), "without_optimum", None)
    return known is not None and known(**settings)


def defaults(name: str) -> dict[str, Any]:
    """Return a problem's settings with their defaults.

    Raises:
        FactoryError: No such problem.
    """
    build = factory(name)
    settings = factories.defaults(build)
    settings.pop("dtype", None)
    resolve = getattr(build, "resolve", None)
    return settings | resolve() if resolve else settings


def make(name: str, *, dtype: str = "float32", **settings: Any) -> Problem:
    """Make a problem.

    Args:
        name: As in `factory`.
        dtype: "float32" or "float64"; passed to the factory if it takes it.
        **settings: The factory's own.

    Raises:
        FactoryError: As in `check`.
        ProblemError: The factory makes something else than a problem, or calls
            `from_functions` with wrong arguments.
        ValueError: The dtype is float64, which JAX has switched off.
    """
    check(name, settings)
    if dtype == "float64" and not jax.config.read("jax_enable_x64"):
        raise ValueError(
            'dtype "float64" needs jax.config.update("jax_enable_x64", True) first'
        )
    build = factory(name)
    if "dtype" in inspect.signature(build).parameters:
        factories.check(build, {**settings, "dtype": dtype})
        settings["dtype"] = dtype
    made = build(**settings)
    check_kind(made)
    return adapted(made)
