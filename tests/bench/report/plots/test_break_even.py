"""Costs against the price of a gradient cross where the table says."""

from bench.report.plots import break_even
from bench.report.prices import break_even_prices, contests

from ...synthetic_run import RATIOS
from .lines import drawn


def test_costs_cross_where_the_table_says(crossing, styles):
    (contest,) = contests(crossing)
    (pair,) = break_even_prices(crossing).to_dict("records")
    costs, bars = break_even.figure(contest, [pair], styles).axes
    (few,), (many,) = (drawn(costs, styles[n].colour) for n in ("few", "many"))
    cheaper = few[:, 1] < many[:, 1]
    assert not cheaper[few[:, 0] < pair["low"]].any()
    assert cheaper[few[:, 0] > pair["high"]].all()
    (left,), (right,) = (drawn(bars, styles[n].colour) for n in ("many", "few"))
    assert (left[-1, 0], right[0, 0]) == (pair["low"], pair["high"])
    marked = [line.get_xdata()[0] for line in costs.get_lines()]
    assert RATIOS["gradient"] in marked


def test_who_never_cross_have_no_bars(crossing, styles):
    (contest,) = contests(crossing)
    assert len(break_even.figure(contest, [], styles).axes) == 1
