"""The check of a problem, as a factory made it, against the contract of problems."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .blocks import in_one_block
from .certify.certificate import Certificate
from .data.examples import Examples
from .data.finite import not_finite
from .data.fresh import wrong_draw
from .data.mapped import MappedTree
from .data.tree import TreeExamples, check_examples, check_like
from .errors import ProblemError, called, has, joined, said, short
from .from_class import CLOSED_FORMS, FromClass, adapted
from .state_contract import without_state
from .tree_problem import TreeProblem

MEMBERS = ("init", "loss", "train")
_METHODS = ("init", "loss", "optimum", "certificate", "metrics", "evaluate")
_FLOATS = ("float32", "float64")
_REGISTER = (
    "make it a frozen dataclass and register it with jax.tree_util.register_dataclass"
)


def check_kind(problem: Any) -> None:
    """Check that an object has a start and a loss.

    Raises:
        ProblemError: It has not.
    """
    if missing := [name for name in ("init", "loss") if not has(problem, name)]:
        words = f"{short(problem)} is not a problem: it has no {joined(missing)}"
        raise ProblemError(words)


def _check_members(problem: Any) -> None:
    check_kind(problem)
    if missing := [name for name in MEMBERS if not has(problem, name)]:
        raise ProblemError(f"the problem has no {joined(missing)}")
    for name in _METHODS:
        method = getattr(problem, name) if has(problem, name) else None
        if method is not None and not callable(method):
            raise ProblemError(f"{name} is not a method")


def check_made(problem: Any, dtype: str | None = None) -> Any:
    """Check a made problem, before anything is compiled for it, and return it.

    The start is drawn twice, and loss and metrics are traced but not computed, except
    the loss at the start if examples are not finite. The certificate is not touched;
    see `least_loss`.

    Args:
        problem: What a factory returned.
        dtype: That of the run; None for either of float32 and float64.

    Returns:
        The problem as programs take it, one of a user's class adapted.

    Raises:
        ProblemError: The first thing that is wrong, in one sentence.
    """
    own = problem.own if isinstance(problem, FromClass) else problem
    _check_members(own)
    _check_tree(own)
    problem = adapted(problem)
    _check_kinds(problem)
    known = {"train": problem.train, "held_out": problem.held_out}
    known |= {"validation": getattr(problem, "validation", None)}
    some = {name: examples for name, examples in known.items() if examples is not None}
    for name, examples in some.items():
        _check_examples(name, examples, problem.train)
    if words := wrong_draw(problem):
        raise ProblemError(words)
    ordinary, params = without_state(problem, _start(problem))
    _check_params(params, dtype)
    called("init(key), traced,", jax.eval_shape, problem.init, jax.random.key(0))
    for name in some:
        _check_functions(ordinary, params, name)
        _check_finite(ordinary, params, name)
    return problem


def least_loss(problem: Any) -> tuple[float | None, Certificate | None]:
    """Return what a problem states of its least training loss, in plain numbers.

    Raises:
        ProblemError: `optimum` or `certificate` raises or returns something else, or
            they contradict each other.
    """
    stated = getattr(problem, "optimum", None)
    optimum = None if stated is None else checked_optimum(called("optimum()", stated))
    certify = getattr(problem, "certificate", lambda: None)
    certificate = _certificate(called("certificate()", certify))
    if certificate is None:
        return optimum, None
    if stated is None:
        return certificate.loss, certificate
    if optimum is None or not math.isclose(
        optimum, certificate.loss, rel_tol=1e-9, abs_tol=1e-12
    ):
        raise ProblemError(
            f"certificate() states the least loss {certificate.loss:g} and optimum() "
            f"{optimum if optimum is None else format(optimum, 'g')}"
        )
    return optimum, certificate


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
                f"the field {place} holds {short(leaf)}, which is no array: declare "
                'it with field(metadata={"static": True})'
            )


def _is_numbers(leaf: Any) -> bool:
    if isinstance(leaf, jax.Array | int | float | complex):
        return True
    kinds = isinstance(leaf, np.ndarray | np.generic)
    return kinds and leaf.dtype.kind in "biufcV"  # V: bfloat16 and the like


def _check_kinds(problem: Any) -> None:
    """Check that a loss takes the examples, and has closed forms only without a key."""
    if not isinstance(problem, TreeProblem):
        return
    if not problem.signature.batch and problem.train.count:
        first = "params, state" if problem.stateful else "params"
        raise ProblemError(f"loss takes ({first}) alone: ({first}, batch) is wanted")
    known = [name for name in CLOSED_FORMS if hasattr(problem, name)]
    if problem.takes_key and known:
        raise ProblemError(
            f"the problem has {joined(known)}, which take no key, and its loss takes "
            "one: leave them out"
        )


def _check_examples(name: str, examples: Any, train: Any) -> None:
    if isinstance(examples, Examples):
        _check_shapes(name, *map(np.shape, examples))
    elif isinstance(examples, TreeExamples | MappedTree):
        if isinstance(examples, TreeExamples):
            check_examples(name, examples)
        check_like(name, examples, train)
    elif not isinstance(getattr(examples, "count", None), int):
        raise ProblemError(
            f"{name} is {short(examples)}: problems.Examples(inputs, targets) is "
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
    params, again = (called("init(key)", problem.init, key) for _ in range(2))
    try:
        leaves, structure = jax.tree.flatten(params)
        others, other = jax.tree.flatten(again)
    except Exception as error:
        words = f"init(key) returns a tree that JAX cannot flatten, {said(error)}"
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
    if not isinstance(one, jax.Array | np.ndarray):
        return True  # no params, as the next check states
    if jnp.shape(one) != jnp.shape(other):
        return False
    return _bits(one) == _bits(other)


def _bits(leaf: Any) -> bytes:
    if jnp.issubdtype(jnp.result_type(leaf), jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf).tobytes()


def _check_params(params: Any, dtype: str | None) -> None:
    placed = jax.tree_util.tree_leaves_with_path(params)
    if not sum(np.size(leaf) for _, leaf in placed):
        raise ProblemError("init(key) returns no numbers, so nothing can be moved")
    dtypes = {}
    for path, leaf in placed:
        place = f"params{jax.tree_util.keystr(path)}"
        if not isinstance(leaf, jax.Array | np.ndarray):
            hint = "jnp.asarray makes one of a number, and functions are no params"
            words = f"init(key) returns {short(leaf)} as {place}, which is no array"
            raise ProblemError(f"{words}: {hint}")
        dtypes.setdefault(leaf.dtype, place)
    wanted = [dtype] if dtype else list(_FLOATS)
    found = _misfit(list(dtypes), wanted)
    if found is not None:
        kept = "a factory with an argument `dtype` receives it"
        if not jnp.issubdtype(found, jnp.floating):
            kept = "an optimizer moves real numbers"
        raise ProblemError(
            f"init(key) returns {dtypes[found]} in {found}, and the dtype of the run "
            f"is {' or '.join(wanted)}: {kept}"
        )


def _misfit(dtypes: Sequence[Any], wanted: Sequence[str]) -> Any:
    """Return a dtype that params cannot have, if there is one.

    The widest must be the run's; others may be narrower floats.
    """
    most = max(jnp.finfo(name).bits for name in wanted)
    for each in dtypes:
        if not jnp.issubdtype(each, jnp.floating) or jnp.finfo(each).bits > most:
            return each
    return None if any(str(each) in wanted for each in dtypes) else dtypes[0]


def _check_functions(problem: Any, params: Any, which: str) -> None:
    """Trace the functions of some examples, and check what they return."""
    methods = ["loss"]
    if getattr(problem, "evaluates_apart", False) and hasattr(problem, "evaluate"):
        methods.append("evaluate")
    with in_one_block():
        for name in methods:
            _check_loss(problem, params, name, which)
        _check_metrics(problem, params, which)


def _check_loss(problem: Any, params: Any, name: str, which: str) -> None:
    returned: list[Any] = []

    def traced(problem: Any, params: Any) -> Any:
        returned.append(getattr(problem, name)(params, getattr(problem, which)))
        return returned[0] if isinstance(returned[0], jax.Array) else ()

    what = f"{name}(params, {which})"
    program = called(what, jax.make_jaxpr(traced), problem, params)
    (loss,) = returned
    if not isinstance(loss, jax.Array):
        raise ProblemError(
            f"{what} returns {short(loss)}, which is no JAX scalar computed from the "
            "params"
        )
    dtype = jnp.result_type(*jax.tree.leaves(params))
    if loss.shape != () or loss.dtype not in (dtype, jnp.promote_types(dtype, "f4")):
        raise ProblemError(f"{what} returns {_typed(loss)}, and {dtype}[] is wanted")
    if not _depends(program.jaxpr, len(jax.tree.leaves(params))):
        raise ProblemError(f"{what} returns a number that no parameter changes")


def _check_finite(problem: Any, params: Any, which: str) -> None:
    """Check that examples that are not finite leave the loss at the start finite.

    They may be in the place of what the loss leaves out.
    """
    words = not_finite(which, getattr(problem, which))
    if not words:
        return
    what = f"loss(params, {which})"
    compute = jax.jit(lambda problem: problem.loss(params, getattr(problem, which)))
    loss = float(called(what, compute, problem))
    if not math.isfinite(loss):
        raise ProblemError(f"{words}, and {what} is {loss:g} at the start")


def _typed(array: Any) -> str:
    return f"{array.dtype}[{','.join(map(str, array.shape))}]"


_TAKEN = ("train_", "held_out_", "validation_")
"""How the columns of metrics begin, so that no metric may be called like that."""


def _check_metrics(problem: Any, params: Any, which: str) -> None:
    returned: list[Any] = []

    def traced(problem: Any, params: Any) -> None:
        returned.append(problem.metrics(params, getattr(problem, which)))

    if getattr(problem, "metrics", None) is None:
        return
    what = f"metrics(params, {which})"
    called(what, jax.eval_shape, traced, problem, params)
    (found,) = returned
    if not isinstance(found, Mapping):
        wanted = "a dict of scalars by name is wanted"
        raise ProblemError(f"{what} returns {short(found)}: {wanted}")
    for name, value in found.items():
        _check_metric(what, name, value)


def _check_metric(what: str, name: Any, value: Any) -> None:
    plain = isinstance(name, str) and name.isascii() and name.isidentifier()
    if not plain or name == "loss" or name.startswith(_TAKEN):
        raise ProblemError(
            f"{what} names a metric {name!r}: a name has letters, digits and _, is not "
            f"loss, and does not begin with {joined(_TAKEN)}"
        )
    numbers = isinstance(value, int | float) or (
        isinstance(value, jax.Array | np.ndarray | np.generic)
        and value.dtype.kind in "biufV"
        and value.shape == ()
    )
    if not numbers:
        is_array = isinstance(value, jax.Array | np.ndarray)
        found = _typed(value) if is_array else short(value)
        raise ProblemError(f"{what} returns {found} as {name}, and float[] is wanted")


def _depends(program: Any, last: int) -> bool:
    """Return whether a traced result depends on any of the last arguments."""
    needed = {id(atom) for atom in program.outvars}
    for equation in reversed(program.eqns):
        if any(id(variable) in needed for variable in equation.outvars):
            needed.update(map(id, equation.invars))
    return any(id(variable) in needed for variable in program.invars[-last:])


def checked_optimum(value: Any, what: str = "optimum() returns") -> float | None:
    """Return a stated least loss as a Python number; None if it is not known."""
    if value is None:
        return None
    number = _number(value)
    if number is None or not math.isfinite(number):
        wanted = "a finite number is wanted, or None where it is not known"
        raise ProblemError(f"{what} {short(value)}: {wanted}")
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
        raise ProblemError(f"certificate() returns {short(value)}: {wanted}")
    try:
        solvers = {str(name): _number(x) for name, x in dict(value.solvers).items()}
    except (TypeError, ValueError) as error:
        words = f"certificate().solvers is {short(value.solvers)}, which is no dict"
        raise ProblemError(words) from error
    plain: dict[str, Any] = {
        name: None if x is None else _number(x)
        for name, x in value._asdict().items()
        if name != "solvers"
    }
    for name in ("loss", "gradient_norm"):
        if plain[name] is None or not math.isfinite(plain[name]):
            words = f"certificate().{name} is {short(getattr(value, name))}"
            raise ProblemError(f"{words}: a finite number is wanted")
    return Certificate(**plain, solvers=solvers)  # pyright: ignore[reportArgumentType]
