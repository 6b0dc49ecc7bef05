"""Problems as made: checked, certified, and compared with what a plan asks of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax
from threadpoolctl import threadpool_limits

import problems
from factories import FactoryError

from ..core.errors import in_a_line
from ..core.spec import Spec
from .budget import listed, rounding

NO_OPTIMUM = (
    "a suboptimality needs a certified optimum, which this problem lacks: give it a "
    "target of its own, { loss = ... }"
)


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
        words = f"the problem cannot be made: {in_a_line(error)}"
        raise problems.ProblemError(words) from error
    return problems.check_made(problem, spec.dtype)


def size(problem: Any) -> dict[str, int]:
    """Return the number of parameters and of training examples."""
    params = problems.params_of(problems.shapes_at_start(problem))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(params))
    return {"parameters": parameters, "examples": problem.train.count}


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
            if the certificate did not arrive.
    """
    batch, examples = spec.batch, facts.get("examples", 0)
    drawn = batch is None or batch.stream or batch.replace
    if batch is not None and not drawn and 0 < examples < batch.size:
        yield (
            f"a batch of {batch.size} without replacement is more than the {examples} "
            "training examples"
        )
    target, optimum = spec.budget.target, facts.get("optimum")
    if target is None or "optimum" not in facts or facts.get("uncertified"):
        return
    if optimum is None:
        if target.suboptimality is not None:
            yield NO_OPTIMUM
        return
    for loss in listed(target.loss):
        if loss < optimum - rounding(optimum, spec.dtype):
            yield f"the target loss {loss:g} is below the least loss {optimum:.9g}"
