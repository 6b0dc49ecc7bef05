"""A trace in a notebook: its end, and its rows without columns of zeros."""

import pandas as pd

from bench.api.trace import Trace

ROWS = {"step": [0, 1], "loss": [2.0, 1.0], "hvp": [0, 0], "held_out_loss": [None] * 2}


def test_it_says_how_the_trial_ended_and_leaves_out_calls_that_were_not_made():
    trace = Trace(ROWS)
    trace.attrs = {"end": "target", "reason": "a < b"}
    shown = trace._repr_html_()
    assert shown.startswith("<p><strong>target: a &lt; b</strong></p>")
    assert "<th>loss</th>" in shown
    assert "hvp" not in shown
    assert "held_out_loss" not in shown
    assert list(trace.columns) == list(ROWS)


def test_a_part_of_it_is_a_plain_table():
    part = Trace(ROWS)[["step", "loss"]]
    assert type(part) is pd.DataFrame
