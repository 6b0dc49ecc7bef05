"""Ratios of seconds, seed by seed."""

from math import inf, nan

import pandas as pd

from claims.fd import fd_slower


def test_a_start_from_which_differences_do_not_arrive_is_slower():
    trials = pd.DataFrame(
        {
            "source": ["autodiff", "forward difference"] * 2,
            "seconds_to_target": [2.0, nan, 4.0, 8.0],
        },
        index=[0, 0, 1, 1],
    )
    seconds = fd_slower._slower(trials, 10, "forward difference")
    assert seconds.seen[1:3] == (2.0, inf)
    assert (seconds.form, seconds.met) == ("as it stands", True)


def test_few_parameters_do_not_decide():
    trials = pd.DataFrame(
        {
            "source": ["autodiff", "central difference"],
            "seconds_to_target": [2.0, 1.0],
        },
        index=[0, 0],
    )
    seconds = fd_slower._slower(trials, 2, "central difference")
    assert (seconds.form, seconds.met) == ("beside", False)
