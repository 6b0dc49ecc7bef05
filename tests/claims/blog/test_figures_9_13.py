"""Who is below whom at equal cost, and who is ranked where."""

import pandas as pd

from claims.blog import figures_9_13


def curves(adam, **changed):
    """Return curves of two points, the losses at a cost of 10 as given."""
    last = dict.fromkeys(figures_9_13.STEPPING, 1.0) | {"SGD": 2.0, "KV_10": 0.5}
    last |= {"Adam": adam} | changed
    return {k: pd.Series([9.0, v], [1.0, 10.0]) for k, v in last.items()}


def checks(calls, clock):
    found = figures_9_13._figure("figure", calls, clock)
    return {check.what.removeprefix("figure"): check for check in found}


def test_the_worst_is_compared_with_sgd_and_the_best_with_adam():
    calls, clock = curves(4.0, KS_10_2=3.0), curves(0.25)
    found = checks(calls, clock)
    assert [check.form for check in found.values()][:3] == [
        "as it stands",
        "repaired",
        "as it stands",
    ]
    met = {what: (check.seen.median, check.met) for what, check in found.items()}
    assert met[": worst of KS, loss over SGD's"] == (1.5, False)
    assert met[": worst of KS_*_0, loss over SGD's"] == (0.5, True)
    assert met[": best of KS, loss over Adam's"] == (0.25, True)
    assert met[", on the clock: worst of KS_*_0, loss over SGD's"] == (0.5, True)
    assert met[", on the clock: best of KS, loss over Adam's"] == (4.0, False)
