"""The check of a problem, as a factory made it, against the contract of problems."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from factories import FactoryError

from .certify.certificate import Certificate
from .data.examples import Examples
from .data.fresh import wrong_draw

MEMBERS = ("init", "loss", "train", "held_out", "optimum")
_METHODS = ("init", "loss", "optimum")
_FLOATS = ("float32", "float64")
_REGISTER = (
    "make it a frozen dataclass and register it with jax.tree_util.register_dataclass"
)


class ProblemError(FactoryError):
    """A problem breaks the contract of problems; the message is one sentence."""


def check_kind(problem: Any) -> None:
    """Check that an object has a start and a loss.

    Raises:
        ProblemError: It has not.
    """
    if missing := [name for name in ("init", "loss") if not _has(problem, name)]:
        words = f"{_short(problem)} is not a problem: it has no {_listed(missing)}"
        raise ProblemError(words)


def _check_members(problem: Any) -> None:
    check_kind(problem)
    if missing := [name for name in MEMBERS if not _has(problem, name)]:
        raise ProblemError(f"the problem has no {_listed(missing)}")
    for name in _METHODS:
        if not callable(getattr(problem, name)):
            raise ProblemError(f"{name} is not a method")


def check_made(problem: Any, dtype: str | None = None) -> None:
    """Check a made problem, before anything is compiled for it.

    The start is drawn twice, and the loss is traced but not computed. The certificate
    is not touched; see `least_loss`.

    Args:
        problem: What a factory returned.
        dtype: That of the run; None for either of float32 and float64.

    Raises:
        ProblemError: The first thing that is wrong, in one sentence.
    """
    _check_members(problem)
    _check_tree(problem)
    _check_examples("train", problem.train)
    if problem.held_out is not None:
        _check_examples("held_out", problem.held_out)
    if words := wrong_draw(problem):
        raise ProblemError(words)
    params = _start(problem)
    _check_params(params, dtype)
    _check_loss(problem, params, "train")
    if problem.held_out is not None:
        _check_loss(problem, params, "held_out")


def least_loss(problem: Any) -> tuple[float | None, Certificate | None]:
    """Return what a problem states of its least training loss, in plain numbers.

    Raises:
        ProblemError: `optimum` or `certificate` raises or returns something else, or
            they contradict each other.
    """
    optimum = _optimum(_called("optimum()", problem.optimum))
    certify = getattr(problem, "certificate", lambda: None)
    certificate = _certificate(_called("certificate()", certify))
    if certificate is None:
        return optimum, None
    if optimum is None or not math.isclose(
        optimum, certificate.loss, rel_tol=1e-9, abs_tol=1e-12
    ):
        raise ProblemError(
            f"certificate() states the least loss {certificate.loss:g} and optimum() "
            f"{optimum if optimum is None else format(optimum, 'g')}"
        )
    return optimum, certificate


def _has(problem: Any, name: str) -> bool:
    try:
        return hasattr(problem, name)
    except Exception as error:  # a property of the user's
        raise ProblemError(f"{name} raises {_said(error)}") from error


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _said(error: BaseException) -> str:
    first = " ".join(str(error).strip().partition("\n")[0].split())
    name = type(error).__name__
    return f"{name}: {first}" if first else name


def _called(what: str, call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        raise ProblemError(f"{what} raises {_said(error)}") from error


def _check_tree(problem: Any) -> None:
    """Check that the problem is a pytree of arrays."""
    placed, structure = jax.tree_util.tree_flatten_with_path(problem)
    name = type(problem).__name__
    if jax.tree_util.treedef_is_leaf(structure):
        raise ProblemError(f"the class {name} is not a pytree: {_REGISTER}")
    for path, leaf in placed:
        if not _is_numbers(leaf):
            place = jax.tree_util.keystr(path).lstrip(".")
            raise ProblemError(
                f"the field {place} holds {_short(leaf)}, which is no array: declare "
                'it with field(metadata={"static": True})'
            )


def _is_numbers(leaf: Any) -> bool:
    if isinstance(leaf, jax.Array | int | float | complex):
        return True
    kinds = isinstance(leaf, np.ndarray | np.generic)
    return kinds and leaf.dtype.kind in "biufcV"  # V: bfloat16 and the like


def _check_examples(name: str, examples: Any) -> None:
    if isinstance(examples, Examples):
        _check_shapes(name, *map(np.shape, examples))
    elif not isinstance(getattr(examples, "count", None), int):
        raise ProblemError(
            f"{name} is {_short(examples)}: problems.Examples(inputs, targets) is "
            "wanted, with arrays of no examples where the loss is no mean over any"
        )


def _check_shapes(name: str, inputs: tuple[int, ...], targets: tuple[int, ...]) -> None:
    if not inputs or not targets:
        raise ProblemError(f"{name} has an array without an axis of examples")
    if inputs[-1] != targets[-1]:
        raise ProblemError(
            f"{name} has {inputs[-1]} inputs and {targets[-1]} targets: the examples "
            f"are on the last axis, and inputs have the shape {inputs}, targets "
            f"{targets}"
        )


def _start(problem: Any) -> Any:
    """Return the start of seed 0, drawn twice."""
    key = jax.random.key(0)
    params, again = (_called("init(key)", problem.init, key) for _ in range(2))
    try:
        leaves, structure = jax.tree.flatten(params)
        others, other = jax.tree.flatten(again)
    except Exception as error:
        words = f"init(key) returns a tree that JAX cannot flatten, {_said(error)}"
        keys = "; the keys of a dict must sort, so be of one type"
        raise ProblemError(words + keys) from error
    same = structure == other and all(map(_equal, leaves, others))
    if not same:
        raise ProblemError(
            "init(key) returns two different starts for the same key: draw it with "
            "jax.random from the key alone"
        )
    return params


def _equal(one: Any, other: Any) -> bool:
    if jnp.shape(one) != jnp.shape(other):
        return False
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def _check_params(params: Any, dtype: str | None) -> None:
    placed = jax.tree_util.tree_leaves_with_path(params)
    if not sum(np.size(leaf) for _, leaf in placed):
        raise ProblemError("init(key) returns no numbers, so nothing can be moved")
    dtypes = {}
    for path, leaf in placed:
        place = f"params{jax.tree_util.keystr(path)}"
        if not isinstance(leaf, jax.Array | np.ndarray):
            words = f"init(key) returns {_short(leaf)} as {place}, which is no array"
            raise ProblemError(words)
        dtypes.setdefault(str(leaf.dtype), place)
    wanted = [dtype] if dtype else list(_FLOATS)
    for found, place in dtypes.items():
        if found not in wanted or (len(dtypes) > 1 and not dtype):
            kept = "a factory with an argument `dtype` receives it"
            if "float" not in found:
                kept = "an optimizer moves real numbers"
            raise ProblemError(
                f"init(key) returns {place} in {found}, and the dtype of the run is "
                f"{' or '.join(wanted)}: {kept}"
            )


def _check_loss(problem: Any, params: Any, which: str) -> None:
    """Trace the loss on some examples, and check what it returns."""
    returned: list[Any] = []

    def traced(problem: Any, params: Any) -> Any:
        returned.append(problem.loss(params, getattr(problem, which)))
        return returned[0] if isinstance(returned[0], jax.Array) else ()

    what = f"loss(params, {which})"
    program = _called(what, jax.make_jaxpr(traced), problem, params)
    (loss,) = returned
    if not isinstance(loss, jax.Array):
        raise ProblemError(
            f"{what} returns {_short(loss)}, which is no JAX scalar computed from the "
            "params"
        )
    dtype = next(leaf.dtype for leaf in jax.tree.leaves(params))
    if loss.shape != () or loss.dtype != dtype:
        found = f"{loss.dtype}[{','.join(map(str, loss.shape))}]"
        raise ProblemError(f"{what} returns {found}, and {dtype}[] is wanted")
    if not _depends(program.jaxpr, len(jax.tree.leaves(params))):
        raise ProblemError(f"{what} returns a number that no parameter changes")


def _depends(program: Any, last: int) -> bool:
    """Return whether a traced result depends on any of the last arguments."""
    needed = {id(atom) for atom in program.outvars}
    for equation in reversed(program.eqns):
        if any(id(variable) in needed for variable in equation.outvars):
            needed.update(map(id, equation.invars))
    return any(id(variable) in needed for variable in program.invars[-last:])


def _optimum(value: Any) -> float | None:
    if value is None:
        return None
    number = _number(value)
    if number is None or not math.isfinite(number):
        wanted = "a finite number is wanted, or None where it is not known"
        raise ProblemError(f"optimum() returns {_short(value)}: {wanted}")
    return number


def _number(value: Any) -> float | None:
    """Return a real scalar as a Python number; None if it is something else."""
    if isinstance(value, bool | str | bytes):
        return None
    try:
        array = np.asarray(value)
        if array.ndim or array.dtype.kind not in "iuf":
            return None
        return float(array)
    except (TypeError, ValueError):
        return None


def _certificate(value: Any) -> Certificate | None:
    """Return a certificate with Python's numbers, which can be written as JSON."""
    if value is None:
        return None
    if not isinstance(value, Certificate):
        wanted = "a problems.Certificate is wanted, or None"
        raise ProblemError(f"certificate() returns {_short(value)}: {wanted}")
    try:
        solvers = {str(name): _number(x) for name, x in dict(value.solvers).items()}
    except (TypeError, ValueError) as error:
        words = f"certificate().solvers is {_short(value.solvers)}, which is no dict"
        raise ProblemError(words) from error
    plain: dict[str, Any] = {
        name: None if x is None else _number(x)
        for name, x in value._asdict().items()
        if name != "solvers"
    }
    for name in ("loss", "gradient_norm"):
        if plain[name] is None or not math.isfinite(plain[name]):
            words = f"certificate().{name} is {_short(getattr(value, name))}"
            raise ProblemError(f"{words}: a finite number is wanted")
    return Certificate(**plain, solvers=solvers)  # pyright: ignore[reportArgumentType]
