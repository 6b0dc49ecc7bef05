"""Problems as made: checked, certified, and compared with what a plan asks of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jax
from threadpoolctl import threadpool_limits

import optimizers
import problems
from factories import FactoryError, raised_at

from ..config.targets import NO_OPTIMUM, no_held_out, unknown
from ..core.errors import in_a_line
from ..core.metrics import HELD_OUT, VALIDATION, placed
from ..core.spec import Spec
from . import devices
from .budget import listed, rounding
from .evaluator import metric_names


def made(spec: Spec) -> Any:
    """Make and check a trial's problem; call it in the trial's context.

    Raises:
        FactoryError: The factory refuses or raises, or returns something that is not
            a problem; one sentence.
    """
    named = spec.problem
    try:
        problem = problems.make(named.name, dtype=spec.dtype, **named.settings)
    except (FactoryError, MemoryError):
        raise
    except (Exception, SystemExit) as error:  # a user's code may raise anything
        words = f"the problem cannot be made: {in_a_line(error)}{raised_at(error)}"
        raise problems.ProblemError(words) from error
    checked = problems.check_made(problem, spec.dtype)
    if (dtypes := spec.precision) is None:
        return checked
    return problems.in_precision(checked, spec.dtype, dtypes.params, dtypes.compute)


def size(problem: Any) -> dict[str, Any]:
    """Return what a problem's numbers of parameters and examples are, as facts.

    Its metrics' names and its params' arrays follow, and `labels` if labels in a file
    are represented by other numbers.
    """
    point = problems.shapes_at_start(problem)
    params = problems.params_of(point)
    parameters = sum(leaf.size for leaf in jax.tree.leaves(params))
    others = {name: getattr(problem, name, None) for name in (HELD_OUT, VALIDATION)}
    labels = getattr(problem, "labels", ())
    return {
        "parameters": parameters,
        "examples": problem.train.count,
        **{name: 0 if x is None else x.count for name, x in others.items()},
        "metrics": metric_names(problem, point),
        "arrays": optimizers.arrays(params),
        **({"labels": [list(pair) for pair in labels]} if labels else {}),
    }


def least_loss(problem: Any) -> tuple[float | None, Any]:
    """Return a problem's least loss and its certificate, on one BLAS thread.

    Two threads wait for each other if other work occupies a core: 1 s becomes 19 s.
    The last bit does then not depend on the number of cores either.

    Raises:
        ProblemError: As `problems.least_loss`.
    """
    import scipy.linalg  # noqa: F401  only a library that is loaded can be limited

    with threadpool_limits(1, "blas"):
        return problems.least_loss(problem)


def certificate(problem: Any) -> dict[str, Any]:
    """Return what a problem states of its least loss, as facts in plain values.

    Raises:
        ProblemError: As `problems.least_loss`.
    """
    optimum, certified = least_loss(problem)
    plain = None if certified is None else certified._asdict()
    return {"optimum": optimum, "certificate": plain}


def impossible(spec: Spec, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a trial asks that its problem rules out, one sentence each.

    Args:
        spec: The trial.
        facts: Its problem's, as far as known: `examples`, `optimum`, and `uncertified`
            if the certificate did not arrive; `metrics` and `held_out`.
    """
    batch, examples = spec.batch, facts.get("examples", 0)
    yield from _indivisible(spec, facts)
    drawn = batch is None or batch.stream or batch.replace
    if batch is not None and not drawn and 0 < examples < batch.size:
        yield (
            f"a batch of {batch.size} without replacement is more than the {examples} "
            "training examples"
        )
    target, optimum = spec.budget.target, facts.get("optimum")
    if target is not None and target.metric:
        yield from _no_metric(target.metric, facts)
        return
    if target is None or "optimum" not in facts or facts.get("uncertified"):
        return
    if optimum is None:
        if target.needs_optimum:
            yield NO_OPTIMUM
        return
    if spec.best_known is not None:  # a target may be below it
        return
    for loss in listed(target.loss):
        if loss < optimum - rounding(optimum, spec.dtype):
            yield f"the target loss {loss:g} is below the least loss {optimum:.9g}"


def _indivisible(spec: Spec, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield why examples or a batch cannot be divided evenly among the devices."""
    count = spec.devices
    if count > 1 and "examples" in facts:
        yield from filter(None, [devices.indivisible(facts["examples"], count)])
    if spec.batch is not None and spec.batch.size % count:
        yield f"devices = {count}: a batch of {spec.batch.size} is no multiple of it"


def _no_metric(column: str, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield why a problem cannot be evaluated for a column that is a target."""
    if why := unknown(column, facts.get("metrics")):
        yield why
    elif placed(column)[0] == HELD_OUT and facts.get("held_out") == 0:
        yield no_held_out(column)


def unmatched(trials: Iterable[tuple[Spec, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield a line for each optimizer with a pattern that fits no problem of a run.

    Where it fits some of them, the trials on the others end `skipped`.

    Args:
        trials: Each with its problem's facts, in which `arrays` may be missing.
    """
    words: dict[str, dict[str, None]] = {}
    fits: set[str] = set()
    for spec, facts in trials:
        own = repr(spec.optimizer)
        known = facts.get("arrays")
        found = known and list(optimizers.unmatched(spec.optimizer.settings, known))
        if not found:
            fits.add(own)
        for why in found or ():
            line = f'optimizer "{spec.label}" on problem "{spec.problem_label}": {why}'
            words.setdefault(own, {})[line] = None
    for own, lines in words.items():
        yield from lines if own not in fits else ()
