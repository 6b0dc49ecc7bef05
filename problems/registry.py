"""Problems by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax

import factories

from . import autoencoder as _autoencoder
from . import himmelblau as _himmelblau
from . import huber_regression as _huber
from . import kowalik_osborne as _kowalik_osborne
from . import linear_regression as _linear
from . import logistic_regression as _logistic
from . import matrix_factorisation as _factorisation
from . import mlp as _mlp
from . import quadratic as _quadratic
from . import regression_data
from . import rosenbrock as _rosenbrock
from . import softmax_regression as _softmax
from .problem import Problem

Factory = Callable[..., Problem]

REGISTRY: Mapping[str, Factory] = {
    "linear_regression": _linear.linear_regression,
    "logistic_regression": _logistic.logistic_regression,
    "softmax_regression": _softmax.softmax_regression,
    "huber_regression": _huber.huber_regression,
    "matrix_factorisation": _factorisation.matrix_factorisation,
    "mlp": _mlp.mlp,
    "autoencoder": _autoencoder.autoencoder,
    "quadratic": _quadratic.quadratic,
    "rosenbrock": _rosenbrock.rosenbrock,
    "himmelblau": _himmelblau.himmelblau,
    "kowalik_osborne": _kowalik_osborne.kowalik_osborne,
}

# What a signature cannot say: which settings go together.
_SETTLED: Mapping[str, Callable[..., Any]] = {
    "linear_regression": regression_data.settled,
    "logistic_regression": _logistic.settled,
    "mlp": _mlp.settled,
    "quadratic": _quadratic.settled,
}

# Of which settings the least loss cannot be certified, whatever the data.
_WITHOUT_OPTIMUM: Mapping[str, Callable[..., bool]] = {
    "logistic_regression": _logistic.without_optimum,
    "softmax_regression": _softmax.without_optimum,
    "mlp": _mlp.without_optimum,
    "autoencoder": _autoencoder.without_optimum,
}


def names() -> list[str]:
    """Return the names of the problems that are built in."""
    return list(REGISTRY)


def factory(name: str) -> Factory:
    """Find a factory by name, `"package.module:factory"` or `"file.py:factory"`.

    Raises:
        FactoryError: There is none; the nearest name is given.
    """
    return factories.find(name, REGISTRY)


def check(name: str, settings: Mapping[str, Any]) -> None:
    """Hold settings against a problem without building its data.

    Raises:
        FactoryError: No such problem, or a setting is unknown, of the wrong type, out
            of range, or does not go with another.
    """
    factories.check(factory(name), settings)
    if name in _SETTLED:
        _SETTLED[name](**settings)


def without_optimum(name: str, settings: Mapping[str, Any]) -> bool:
    """Tell whether a problem is known to have no certified optimum before it is made.

    Args:
        name: As in `factory`; of a user's own nothing is known.
        settings: As they passed `check`.
    """
    return name in _WITHOUT_OPTIMUM and _WITHOUT_OPTIMUM[name](**settings)


def is_problem(thing: Any) -> bool:
    """Tell whether something can be started at, evaluated and counted on."""
    return all(hasattr(thing, name) for name in ("init", "loss"))


def defaults(name: str) -> dict[str, Any]:
    """Return a problem's settings with what they are where nothing is said.

    Raises:
        FactoryError: No such problem.
    """
    settings = factories.defaults(factory(name))
    settings.pop("dtype", None)
    filled = _SETTLED[name]() if name in _SETTLED else {}
    return {**settings, **filled}


def make(name: str, *, dtype: str = "float32", **settings: Any) -> Problem:
    """Make a problem.

    Args:
        name: As in `factory`.
        dtype: "float32" or "float64"; passed on where the factory takes it.
        **settings: The factory's own.

    Raises:
        FactoryError: As in `check`.
        ValueError: float64 is asked for and JAX has it switched off.
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
    if not is_problem(made):
        raise factories.FactoryError(
            f'"{name}" does not make a problem: that has init, loss, train, held_out, '
            "certificate and optimum"
        )
    return made
