"""What is packed comes out of the page's script as it went in."""

import numpy as np
import pytest

from bench.report.html.packing import DIFFERENCES, DOUBLE, SINGLE, Pack

from .node import answers

COLUMNS = {
    "step": np.array([0.0, 1.0, 7.0, 2.0**29]),
    "seconds": np.array([0.0, 1e-7, 0.1, 1 / 3]),
    "loss": np.array([0.1, np.pi, np.nan, -1e300]),
    "held_out_loss": np.array([0.5, np.inf, np.nan, -np.inf]),
    "gradient": np.array([5.0, 3.0, 4.0, 2.0**31]),
}


def test_columns_come_out_as_they_went_in():
    pack = Pack()
    places = [pack.add({"step": np.arange(3.0)}), pack.add(COLUMNS), pack.add({})]
    plain = {
        "trials": [{"trace": place} for place in places],
        "schemas": [list(map(list, schema)) for schema in pack.schemas],
        **{k: [] for k in ("optimizers", "problems", "groups", "runs", "hosts")},
        **{k: [] for k in ("units", "kinds")},
    }
    for trial in plain["trials"]:
        trial["targets"] = []
    names = [
        f"Array.from(Report.traces.of(Report.data.trials[1]).{n})" for n in COLUMNS
    ]
    of_others = [
        "Array.from(Report.traces.of(Report.data.trials[0]).step)",
        "Report.traces.of(Report.data.trials[2]).rows",
    ]
    *found, first, rows = answers([*names, *of_others], plain, pack.text())
    for (name, given), got in zip(COLUMNS.items(), found, strict=True):
        exact = given.astype(np.float32) if name == "seconds" else given
        np.testing.assert_array_equal(np.array(got, float), exact)
    assert (first, rows) == ([0, 1, 2], 0)


@pytest.mark.parametrize(
    ("name", "values", "form"),
    [
        ("loss", [0.5, 0.25], SINGLE),
        ("loss", [0.1, 0.25], DOUBLE),
        ("loss", [1.0, np.nan], SINGLE),
        ("seconds", [0.1, 0.2], SINGLE),
        ("step", [0.0, 5.0], DIFFERENCES),
        ("forward", [0.0, 2.0**31 + 1], DOUBLE),
    ],
)
def test_the_form_is_the_least_that_keeps_the_numbers(name, values, form):
    pack = Pack()
    pack.add({name: np.array(values)})
    assert pack.schemas == [((name, form),)]


def test_equal_columns_share_a_schema():
    pack = Pack()
    places = [pack.add({"step": np.arange(n + 1.0)}) for n in (3, 5)]
    assert [place["columns"] for place in places] == [0, 0]
    assert [place["offset"] for place in places] == [0, 16]
