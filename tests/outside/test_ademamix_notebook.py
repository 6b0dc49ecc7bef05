"""The losses that optax's notebook on AdEMAMix prints, on Rosenbrock's function.

examples/contrib/rosenbrock_ademamix.ipynb of optax, which draws figure 2 of
Pagliardini, Ablin and Grangier, "The AdEMAMix Optimizer: Better, Faster, Older", 2024.
It prints the losses of Adam, and of AdEMAMix only the first. From b1 = 0.999 on Adam's
path is chaotic in float32, so that only the start of it can be compared.
"""

import jax.numpy as jnp
import pytest

import optimizers
import problems
from bench import measure

START = 1616.0
PRINTED = {
    0.9: {
        1: 1599.2254638671875,
        1001: 11.406792640686035,
        2001: 11.379987716674805,
        3001: 11.344354629516602,
        4001: 11.301033020019531,
        5001: 11.250575065612793,
        6001: 11.193216323852539,
        7001: 11.129084587097168,
    },
    0.99: {
        1: 1599.2254638671875,
        1001: 11.371587753295898,
        2001: 11.315672874450684,
        3001: 11.277731895446777,
        4001: 11.231626510620117,
        5001: 11.177850723266602,
        6001: 11.116741180419922,
        7001: 11.04842472076416,
    },
    0.999: {1: 1599.2254638671875, 1001: 17.629518508911133},
    0.9999: {1: 1599.2281494140625, 1001: 44.154151916503906},
}
"""By b1, the loss after so many steps."""


def losses(name, steps, **settings):
    problem = problems.from_functions(
        init=lambda key: jnp.array([-3.0, 5.0]),
        loss=lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2,
    )
    optimizer = optimizers.make(name, learning_rate=0.003, **settings)
    return measure(problem, optimizer, steps=steps).set_index("step")["loss"]


@pytest.mark.parametrize("b1", PRINTED)
def test_adam_has_the_losses_of_the_notebook(b1):
    printed = PRINTED[b1]
    trace = losses("optax.adam", max(printed), b1=b1, b2=0.9999)
    assert trace[0] == START
    assert [trace[step] for step in printed] == pytest.approx(
        [*printed.values()], rel=1e-4
    )


def test_ademamix_starts_as_in_the_notebook():
    settings = {"b1": 0.99, "b2": 0.999, "b3": 0.9999, "alpha": 0.8}
    trace = losses("optax.contrib.ademamix", 2000, **settings)
    assert trace[0] == START
    assert trace[2000] < PRINTED[0.9][1001]
