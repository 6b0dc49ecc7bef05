"""A problem's table, and the table of prices beside the roofline."""

from dataclasses import replace
from math import nan

import pandas as pd

from bench.report.groups import Results
from bench.report.tables.prices import price_table
from bench.report.tables.summary import Tables
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

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


def test_a_ratio_has_its_interval_and_doubts_are_said():
    known = [
        ("forward", 1.0, 1.0, 1.0, nan),
        ("gradient", 0.7, 0.6, 0.8, "below forward"),
        ("hvp", 2.0, 1.0, 3.0, "wide"),
    ]
    rows = [
        price("bowl", call, 1e-3, ratio, 1e6, 1e3)
        | {"ratio_low": low, "ratio_high": high, "doubt": doubt}
        for call, ratio, low, high, doubt in known
    ]
    table = price_table(pd.DataFrame(rows))
    ratios = ("", "ratio", "1", "0.700 [0.600, 0.800]", "2 [1, 3]", "")
    assert table.rows[1] == ratios
    said = [note for note in table.notes if "prices" in note or "bowl" in note]
    assert said[0].startswith("1 of 3 prices")
    assert said[1:] == [
        "bowl: gradient took less time than the loss, which it returns too"
    ]


def test_what_devices_exchange_is_a_row_if_there_are_several():
    calls = [("forward", 4.0), ("gradient", 2404.0)]
    rows = [
        price("bowl", call, 1e-3, 1.0, 1e6, 1e3) | {"exchanged_bytes": size}
        for call, size in calls
    ]
    table = price_table(pd.DataFrame(rows))
    assert table.rows[-1] == ("", "exchanged", "4.00 B", "2.40 kB", "")
    assert any(note.startswith("with several devices") for note in table.notes)
    alone = price_table(pd.DataFrame([row | {"exchanged_bytes": 0.0} for row in rows]))
    assert "exchanged" not in str(alone)


def test_a_table_says_where_tuning_chose_the_untuned_settings(tmp_path):
    racers = [
        Racer("few", 0.5, name="sgd", family="few", tuned=True, settings={"rate": 0.5}),
        Racer("few, untuned", 0.6, name="sgd", family="few", tuned=False),
        Racer("many", 0.7, settings={"rate": 0.5}),
    ]
    other = write_run(tmp_path / "a", [Course()], racers, seeds=1)
    racers[1] = replace(racers[1], settings={"rate": 0.5})
    same = write_run(tmp_path / "b", [Course()], racers, seeds=1)
    notes = [Tables(Results(load(folder))).all()[0].notes for folder in (other, same)]
    told = [[note for note in each if "same settings" in note] for each in notes]
    assert told == [[], ["few and few, untuned: the same settings, run apart"]]
