"""A problem's table, and the table of prices beside the roofline."""

from math import nan

import pandas as pd

from bench.report.tables.summary import price_table

MOST = {"most_flops_per_second": 4e9, "most_bytes_per_second": 8e9}


def price(problem, call, seconds, ratio, flops, size):
    """Return a row of prices.csv; nan for what XLA's analysis leaves out."""
    row = {"problem": problem, "call": call, "seconds": seconds, "flops": flops}
    row |= {"bytes": size, "ratio_to_forward": ratio}
    rates = {"flops_per_second": flops / seconds, "bytes_per_second": size / seconds}
    return row | rates | MOST


def test_rates_stand_beside_the_roofline():
    rows = [
        price("bowl", "gradient", 2e-3, 2.0, 1e6, nan),
        price("bowl", "forward", 1e-3, 1.0, 1.5e6, 2e3),
        price("valley", "forward", 5e-6, 1.0, nan, nan),
    ]
    table = price_table(pd.DataFrame(rows))
    assert table.columns == ("problem", "", "forward", "gradient", "roofline")
    assert table.rows == (
        ("bowl", "time", "1.00 ms", "2.00 ms", ""),
        ("", "ratio", "1", "2", ""),
        ("", "FLOP/s", "1.50 G", "500 M", "4.00 G"),
        ("", "bytes/s", "2.00 M", "–", "8.00 G"),
        ("valley", "time", "5.00 µs", "–", ""),
        ("", "ratio", "1", "–", ""),
        ("", "FLOP/s", "–", "–", "4.00 G"),
        ("", "bytes/s", "–", "–", "8.00 G"),
    )
