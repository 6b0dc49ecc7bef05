"""Problems by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax

import factories

from .autoencoder import autoencoder
from .best_known import BEST_KNOWN, BestKnown, check_best_known
from .contract import check_kind, check_made
from .convnet import convnet
from .from_class import adapted
from .heavy_tailed_softmax import heavy_tailed_softmax
from .himmelblau import himmelblau
from .huber_regression import huber_regression
from .kowalik_osborne import kowalik_osborne
from .linear_regression import linear_regression
from .logistic_regression import logistic_regression
from .matrix_factorisation import matrix_factorisation
from .mlp import mlp
from .mnist1d import mnist1d
from .pinn import pinn
from .poisson_regression import poisson_regression
from .problem import Problem
from .quadratic import quadratic
from .recurrent import recurrent
from .rosenbrock import rosenbrock
from .sets.bbob import bbob
from .sets.cutest import cutest
from .sets.landscapes import landscapes
from .sets.more_garbow_hillstrom import more_garbow_hillstrom
from .sets.more_wild import more_wild
from .sets.nist_strd import nist_strd
from .softmax_regression import softmax_regression
from .stress import STRESS, check_stress, in_words, stressed
from .transformer import transformer

Factory = Callable[..., Problem]

REGISTRY: Mapping[str, Callable[..., Any]] = {
    "linear_regression": linear_regression,
    "logistic_regression": logistic_regression,
    "softmax_regression": softmax_regression,
    "huber_regression": huber_regression,
    "poisson_regression": poisson_regression,
    "heavy_tailed_softmax": heavy_tailed_softmax,
    "matrix_factorisation": matrix_factorisation,
    "mlp": mlp,
    "convnet": convnet,
    "mnist1d": mnist1d,
    "autoencoder": autoencoder,
    "transformer": transformer,
    "recurrent": recurrent,
    "pinn": pinn,
    "quadratic": quadratic,
    "rosenbrock": rosenbrock,
    "himmelblau": himmelblau,
    "kowalik_osborne": kowalik_osborne,
    "bbob": bbob,
    "cutest": cutest,
    "more_garbow_hillstrom": more_garbow_hillstrom,
    "more_wild": more_wild,
    "nist_strd": nist_strd,
    "landscapes": landscapes,
}


PARAMETERS: Mapping[str, int] = {
    "linear_regression": 20,
    "logistic_regression": 20,
    "softmax_regression": 650,
    "huber_regression": 20,
    "poisson_regression": 20,
    "heavy_tailed_softmax": 2550,
    "matrix_factorisation": 14888,
    "mlp": 331,
    "convnet": 13706,
    "mnist1d": 5210,
    "autoencoder": 4744,
    "transformer": 13632,
    "recurrent": 977,
    "pinn": 901,
    "quadratic": 20,
    "rosenbrock": 2,
    "himmelblau": 2,
    "kowalik_osborne": 4,
    "bbob": 10,
    "cutest": 2,
    "more_garbow_hillstrom": 10,
    "more_wild": 6,
    "nist_strd": 2,
    "landscapes": 2,
}
"""The number of parameters of each problem with its defaults.

It stands here because making all problems takes seconds; a test makes them.
"""


COMMON: Mapping[str, Callable[[Any], None]] = {
    STRESS: check_stress,
    BEST_KNOWN: check_best_known,
}
"""The settings that any problem takes, with their checks."""


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
    build, (settings, common) = factory(name), split_common(name, settings)
    for key, stated in common.items():
        COMMON[key](stated)
    factories.check(build, settings)
    if resolve := getattr(build, "resolve", None):
        resolve(**settings)


def split_common(
    name: str, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a factory's own settings, and those of `COMMON` that are stated.

    A factory that has a setting of that name keeps it. Paths lead to their files.
    """
    own = factories.with_paths(settings)
    kept = inspect.signature(factory(name)).parameters
    common = {key: own.pop(key, None) for key in COMMON if key not in kept}
    return own, {key: value for key, value in common.items() if value is not None}


def without_optimum(name: str, settings: Mapping[str, Any]) -> bool:
    """Return whether a problem is known to have no certificate before it is made.

    Args:
        name: As in `factory`; without a declaration of the factory the answer is False.
        settings: Settings that `check` accepts.
    """
    known = getattr(factory(name), "without_optimum", None)
    own, common = split_common(name, settings)
    return BEST_KNOWN not in common and known is not None and known(**own)


def without_held_out(name: str, settings: Mapping[str, Any]) -> bool:
    """Return whether a problem is known to have no held-out examples.

    Args:
        name: As in `factory`; of one without a setting `held_out` it is not known.
        settings: Settings that `check` accepts.
    """
    build, (settings, _) = factory(name), split_common(name, settings)
    resolve = getattr(build, "resolve", None) or (lambda **settings: settings)
    stated = {**factories.defaults(build), **resolve(**settings)}
    return stated.get("held_out") == 0


def metric_names(name: str, settings: Mapping[str, Any]) -> list[str] | None:
    """Return the names of a problem's metrics, if they are known before it is made.

    Args:
        name: As in `factory`; without a declaration of the factory it is None.
        settings: Settings that `check` accepts.
    """
    known = getattr(factory(name), "metrics", None)
    return None if known is None else known(**split_common(name, settings)[0])


def remark(name: str, settings: Mapping[str, Any]) -> str:
    """Return what a problem's label says in every table and plot; empty for nothing.

    Args:
        name: As in `factory`.
        settings: Settings that `check` accepts.
    """
    own, common = split_common(name, settings)
    of = getattr(factory(name), "remark", None)
    stress = common.get(STRESS)
    said = (of(**own) if of else "", in_words(stress) if stress else "")
    return ", ".join(filter(None, said))


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
        **settings: The factory's own, and those of `COMMON`: `stress`, a table of
            `stress.table`, and `best_known`, as of `BestKnown`.

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
    build, (settings, common) = factory(name), split_common(name, settings)
    if "dtype" in inspect.signature(build).parameters:
        factories.check(build, {**settings, "dtype": dtype})
        settings["dtype"] = dtype
    made = build(**settings)
    check_kind(made)
    if not common:
        return adapted(made)
    made = check_made(made)
    if BEST_KNOWN in common:
        made = BestKnown(made, float(common[BEST_KNOWN]))
    return stressed(made, common[STRESS]) if STRESS in common else made
