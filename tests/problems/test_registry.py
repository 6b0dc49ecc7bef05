"""What the registry states of its problems is what the made ones are."""

import jax
import pytest

import problems

DEFAULTS = pytest.mark.parametrize("name", problems.names())


@DEFAULTS
def test_the_number_of_parameters_is_that_of_the_default_problem(name):
    problem = problems.make(name)
    shapes = jax.eval_shape(problem.init, jax.random.key(0))
    count = sum(leaf.size for leaf in jax.tree.leaves(shapes))
    assert problems.PARAMETERS.get(name) == count


def test_no_number_is_of_a_problem_that_is_gone():
    assert problems.PARAMETERS.keys() <= problems.REGISTRY.keys()
