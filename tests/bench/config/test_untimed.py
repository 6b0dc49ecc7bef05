"""Trials that are not timed end by calls, never by the clock."""

import pytest

from bench.config.read import checked
from bench.config.untimed import UNTIMED_SECONDS, untimed
from bench.core.errors import ConfigError

from ..configs import SMALL

OWN = "[optimizers.budget]\nseconds = 0.1\n"


def test_an_untimed_config_is_a_run_of_its_own_without_seconds():
    made = untimed(checked(SMALL + OWN))
    assert (made.name, made.timed) == ("small-counts", False)
    assert made.budget.seconds == UNTIMED_SECONDS
    assert made.budget.steps == 10
    assert [e.budget and e.budget.seconds for e in made.optimizers] == [
        None,
        UNTIMED_SECONDS,
    ]


def test_seconds_alone_end_no_trial_that_is_not_timed():
    text = SMALL.replace("steps = 10", "seconds = 0.1")
    with pytest.raises(ConfigError, match=r'the trials of "sgd".* state one of steps'):
        untimed(checked(text))
    own = text.replace('name = "sgd"', 'name = "sgd"\nbudget = { gradients = 5 }')
    with pytest.raises(ConfigError, match='the trials of "L-BFGS"'):
        untimed(checked(own))
