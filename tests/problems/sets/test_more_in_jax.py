"""Both sets as problems: what JAX computes, in one program, against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from problems.sets import SETS

from .in_numpy import numpy_formulas as numpy_formulas
from .in_numpy import of_mgh, of_wild

MEMBERS = [
    *SETS["more_garbow_hillstrom"].members(None),
    # The others are those of the first set.
    *(
        member
        for member in SETS["more_wild"].members(None)
        if member.name
        in ("bdqrtic_12_16", "cube_6_6", "mancino_8_8", "heart8_8_8", "watson_12_31")
    ),
]


@jax.jit
def _evaluated(every, points):
    """Return all losses and gradients."""

    def total(points):
        losses = [p.loss(x, p.train) for p, x in zip(every, points, strict=True)]
        return sum(losses), losses

    gradients, losses = jax.grad(total, has_aux=True)(points)
    return losses, gradients


@pytest.fixture(scope="module")
def evaluated():
    """Return losses and gradients at the starts and at the minimisers."""
    with jax.enable_x64(True):
        every = [
            problems.make(m.problem, **m.settings, dtype="float64") for m in MEMBERS
        ]
        starts = [problem.init(jax.random.key(0)) for problem in every]
        minima = [
            problem.usual if (known := problem.minimisers()) is None else known[-1]
            for problem in every
        ]
        at_start = jax.device_get(_evaluated(every, starts))
        return at_start, jax.device_get(
            _evaluated(every, list(map(jnp.asarray, minima)))
        )


@pytest.mark.usefixtures("numpy_formulas")
def test_losses_at_the_start_are_those_of_numpy(evaluated):
    (losses, gradients), _ = evaluated
    for member, loss, gradient in zip(MEMBERS, losses, gradients, strict=True):
        wild = member.problem == "more_wild"
        one = (of_wild if wild else of_mgh)(member.name)
        assert loss == pytest.approx(one.value(one.start), rel=1e-12), member.name
        assert np.isfinite(gradient).all(), member.name


def test_gradients_vanish_at_the_minimisers(evaluated):
    (_, at_starts), (losses, gradients) = evaluated
    rows = zip(MEMBERS, at_starts, losses, gradients, strict=True)
    for member, at_start, loss, gradient in rows:
        if loss <= 2 * member.least + 1e-15:  # a minimiser is known
            bound = 1e-9 * np.linalg.norm(at_start)
            assert np.linalg.norm(gradient) <= bound, member.name
        else:
            assert member.kind == "convex"


def test_residuals_and_params_have_the_sizes_of_the_members():
    for member in [m for name in SETS for m in SETS[name].members(None)]:
        if member.problem.startswith("more_"):
            problem = problems.make(member.problem, **member.settings)
            x = problem.usual
            made = jax.eval_shape(problem.residuals, x, problem.train)
            assert (made.size, x.size) == (member.terms, member.parameters)
            assert made.dtype == x.dtype == np.float32
            assert problem.optimum() == member.least
