"""The one door to sif2jax: a problem's own module, without the rest of the package.

`import sif2jax` runs about 1,100 modules, which takes most of a minute, and some of
them switch JAX to float64 for the whole process. Here the packages that hold the
unconstrained problems are set up under another name without their `__init__`, so that
only the module of the wanted problem and what it imports are run.
"""

import contextlib
import importlib
import importlib.metadata
import importlib.util
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp

from factories import FactoryError

_ALIAS = "gradmeter_sif2jax"
_PACKAGES = ("", ".cutest", ".cutest._unconstrained_minimisation")


@dataclass(frozen=True)
class Translated:
    """f(x, data) of a problem of sif2jax, for `Analytic`.

    Attributes:
        module: Of sif2jax, below its unconstrained problems.
        name: Of the class there, CUTEst's name.
        size: The argument that sets the number of parameters, and its value.
        version: Of sif2jax; a kept program is of one version.
    """

    module: str
    name: str
    size: tuple[tuple[str, int], ...]
    version: str

    def start(self) -> tuple[jax.Array, Any]:
        """Return the usual start, float[n], and the data of the function.

        Raises:
            FactoryError: sif2jax is not installed, or has no such problem.
        """
        with _in_this_dtype():
            problem = self._made()
            data = problem.args
            return jnp.asarray(problem.y0), () if data is None else data

    def __call__(self, x: jax.Array, data: Any) -> jax.Array:
        """Return f, float[], in the dtype of x."""
        with _in_this_dtype():
            return self._made().objective(x, data).astype(x.dtype)

    def _made(self) -> Any:
        """Return the problem of sif2jax."""
        made = getattr(_module(self.module), self.name)
        return made(**dict(self.size))


def translated(module: str, name: str, size: Mapping[str, int]) -> Translated:
    """Return a function of sif2jax.

    Args:
        module, name: As of `Translated`.
        size: The argument that sets the number of parameters; empty for the usual.

    Raises:
        FactoryError: sif2jax is not installed.
    """
    check_installed()
    version = importlib.metadata.version("sif2jax")
    return Translated(module, name, tuple(size.items()), version)


def check_installed() -> None:
    """Check that sif2jax is installed, without importing it.

    Raises:
        FactoryError: It is not.
    """
    if importlib.util.find_spec("sif2jax") is None:
        words = 'CUTEst\'s problems need sif2jax: pip install "gradmeter[cutest]"'
        raise FactoryError(words)


def _module(name: str) -> ModuleType:
    """Return a module of the unconstrained problems.

    Raises:
        FactoryError: sif2jax is not installed, or has no such module.
    """
    check_installed()
    spec = importlib.util.find_spec("sif2jax")
    assert spec is not None
    (folder,) = spec.submodule_search_locations or [""]
    for package in _PACKAGES:
        if _ALIAS + package not in sys.modules:
            empty = ModuleType(_ALIAS + package)
            empty.__path__ = [folder + package.replace(".", "/")]
            sys.modules[empty.__name__] = empty
    try:
        with _in_this_dtype():
            return importlib.import_module(f"{_ALIAS}{_PACKAGES[-1]}.{name}")
    except ModuleNotFoundError as error:
        words = f"the installed version of sif2jax has no {name}: {error}"
        raise FactoryError(words) from error


@contextlib.contextmanager
def _in_this_dtype() -> Iterator[None]:
    """Ignore JAX's warning that an array asked for in float64 is one of float32.

    sif2jax asks for float64 by name; a run in float32 computes in float32.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Explicitly requested dtype", UserWarning)
        yield
