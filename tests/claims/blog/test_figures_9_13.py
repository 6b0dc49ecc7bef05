"""Who is below whom at equal cost, and who is ranked where."""

import pandas as pd

from claims.blog import figures_9_13


def curves(adam, **changed):
    """Return curves of two points, the losses at a cost of 10 as given."""
    last = dict.fromkeys(figures_9_13.STEPPING, 1.0) | {"SGD": 2.0, "KV_10": 0.5}
    last |= {"Adam": adam} | changed
    return {k: pd.Series([9.0, v], [1.0, 10.0]) for k, v in last.items()}


def test_the_worst_is_compared_with_sgd_on_every_figure():
    figures = {"a": curves(4.0, KS_10_2=3.0), "b": curves(4.0)}
    found = list(figures_9_13._against_sgd("by calls", figures, decides=True))
    assert [check.form for check in found] == ["as it stands", "repaired"] * 2
    assert [(check.seen.median, check.met) for check in found] == [
        (1.5, False),
        (0.5, True),
        (0.5, True),
        (0.5, True),
    ]


def test_one_figure_is_enough_to_beat_adam_on_some():
    figures = {"a": curves(4.0), "b": curves(0.25)}
    *ratios, won, again = figures_9_13._against_adam("x", figures, decides=True)
    assert [check.seen.median for check in ratios] == [0.25, 4.0]
    assert (won.seen.median, won.met, won.form) == (1, True, "as it stands")
    assert again.form == "repaired"
    never = list(figures_9_13._against_adam("x", {"b": curves(0.25)}, decides=True))
    assert never[-1].met is False


def test_what_does_not_decide_stands_beside():
    found = [
        *figures_9_13._against_sgd("x", {"a": curves(4.0)}, decides=False),
        *figures_9_13._against_adam("x", {"a": curves(4.0)}, decides=False),
    ]
    assert {check.form for check in found} == {"beside"}
