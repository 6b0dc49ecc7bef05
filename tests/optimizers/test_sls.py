"""The stochastic line search: the points of its authors' code, and its ends."""

from collections import Counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers

pytestmark = pytest.mark.usefixtures("x64")


def rosenbrock(x: jax.Array) -> jax.Array:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


# Losses and looks of ten steps from (-1.2, 1), by the authors' class Sls in float64:
# github.com/IssamLaradji/sls, sls/sls.py at commit 19346532fc45, with options 0, 1, 2
# and init_step_size = 1, n_batches_per_epoch = 3, c = 0.1. Its first step grows too.
PUBLISHED = {
    ("keep", 1.0, 72): [
        *(15.307523664132027, 5.045387889144442, 4.373247986784067),
        *(4.135977311060488, 4.084217765861945, 4.067077202670706, 4.059576211697984),
        *(4.054253284975223, 4.04946433377614, 4.044797356513888),
    ],
    ("grow", 2 ** (1 / 3), 92): [
        *(11.854117856929708, 6.517771177941642, 5.218529701978448),
        *(4.6875787348882305, 4.366902384548006, 4.187307880004439),
        *(4.1237844958322905, 4.086310986338437, 4.067036452033882, 4.053251953051659),
    ],
    ("max", 1.0, 616): [
        *(15.307523664132027, 11.575424856247633, 7.094812341799635),
        *(5.579206306133475, 4.812145054012688, 4.474066476748485, 4.222079318875695),
        *(4.136903789032399, 4.060764160989571, 4.035693147027384),
    ],
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_losses_and_looks_are_those_of_the_authors_code(
    case: tuple[Any, float, int], walk: Any, counted: Any
) -> None:
    calls: Counter[str] = Counter()
    reset, longest, looks = case
    optimizer = optimizers.sls(longest, reset=reset, steps_per_epoch=3)
    value_fn, start = counted(rosenbrock, calls), jnp.array([-1.2, 1.0])
    _, _, losses = walk(optimizer, rosenbrock, start, 10, value_fn)
    jax.effects_barrier()
    np.testing.assert_allclose(losses[1:], PUBLISHED[case], rtol=1e-9)
    assert calls == {"forward": looks}


def test_no_gradient_is_no_look_and_keeps_the_length(walk: Any, counted: Any) -> None:
    calls: Counter[str] = Counter()
    flat = lambda x: 1 + 0 * jnp.sum(x)  # noqa: E731
    value_fn = counted(flat, calls)
    params, state, _ = walk(optimizers.sls(3.0), flat, jnp.ones(2), 2, value_fn)
    np.testing.assert_array_equal(params, 1)
    assert float(state.length) == 3
    assert not calls


def test_what_is_not_finite_is_too_far_and_the_next_step_goes_on(walk: Any) -> None:
    f = lambda x: jnp.sum(x - jnp.log(x))  # noqa: E731
    optimizer = optimizers.sls(1e6, max_looks=40, reset="keep")
    _, _, losses = walk(optimizer, f, jnp.array([9.0, 0.5]), 30)
    assert losses[1] == losses[0]  # forty looks are too few for the first step
    assert np.all(np.diff(losses) <= 0)
    assert losses[-1] < 2.01


def test_a_plain_function_has_no_second_batch(walk: Any) -> None:
    with pytest.raises(optimizers.NotApplicable, match="a second batch needs"):
        walk(optimizers.sls(second_batch=True), lambda x: x**2, jnp.ones([]), 1)


def test_the_decrease_is_that_of_the_condition(walk: Any) -> None:
    """For f = x²/2 it holds where t <= 2 (1 - c), here 1: at 2 · 0.9⁷, not before."""
    optimizer = optimizers.sls(2.0, decrease=0.5)
    params, state, _ = walk(optimizer, lambda x: x**2 / 2, jnp.ones([]), 1)
    assert float(state.length) == pytest.approx(2 * 0.9**7)
    assert float(params) == pytest.approx(1 - 2 * 0.9**7)
