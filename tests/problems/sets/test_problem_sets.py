"""What a set states of its problems is what the made ones are."""

import math

import jax
import pytest

import problems
from problems.sets import CLASSES, SETS

EVERY = pytest.mark.parametrize("name", SETS)
CERTIFIED = "certified"
QUICK = 100  # parameters; a certificate of 650 takes many seconds


def members(name):
    return SETS[name].members(None)


@EVERY
def test_the_problems_of_a_set_have_names_and_settings_of_their_own(name):
    names = [member.name for member in members(name)]
    assert len(set(names)) == len(names)
    for member in members(name):
        problems.check(member.problem, member.settings)
        assert member.kind in CLASSES
        assert member.source


@EVERY
def test_sizes_and_least_losses_are_those_of_the_made_problems(name):
    for member in members(name):
        made = problems.make(member.problem, **member.settings)
        start = jax.eval_shape(made.init, jax.random.key(0))
        count = sum(leaf.size for leaf in jax.tree.leaves(start))
        assert count == member.parameters, member.name
        assert made.train.count in (0, member.terms), member.name
        if member.source == CERTIFIED and count <= QUICK:
            assert math.isclose(made.optimum(), member.least, rel_tol=1e-6), member.name


@EVERY
def test_a_dimension_chooses_problems_of_that_dimension(name):
    sizes = {member.parameters for member in members(name)}
    for size in sizes:
        chosen = SETS[name].members(size)
        assert chosen
        assert {member.parameters for member in chosen} == {size}
