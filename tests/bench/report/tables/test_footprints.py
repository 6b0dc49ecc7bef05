"""The table of what a step needs."""

from math import nan

import pandas as pd

from bench.core.footprint import Footprint
from bench.report.groups import Results
from bench.report.plots import memory
from bench.report.plots.scene import by_problem, scene
from bench.report.plots.style import column_style, line_styles
from bench.report.summary import summarize
from bench.report.tables.footprints import footprint_table
from bench.store.run import load

from ...synthetic_run import Course, Racer, change, plan, write_run

HEAVY = Footprint(12_345, 4_000, 1_000_000, 2_000_000, 5e4, None)
LIGHT = Footprint(0, 4_000, 900_000, 2_000_000, 1e3, 12_000)


def folder_with(tmp_path, of):
    racers = [Racer(name, 0.5) for name in of]
    folder = write_run(tmp_path, [Course(steps=20)], racers, seeds=2)
    for spec in plan(folder):
        change(folder, spec.key, footprint=of[spec.label])
    return folder


def test_each_optimizer_has_its_memory_and_the_work_of_its_update(tmp_path):
    of = {"heavy": HEAVY, "light": LIGHT, "outside": None}
    results = Results(load(folder_with(tmp_path, of)))
    prices = pd.DataFrame(
        [
            {"problem": "bowl", "call": "forward", "flops": 1e6, "bytes": 2e6},
            {"problem": "bowl", "call": "gradient", "flops": 3e6, "bytes": nan},
        ]
    )
    table = footprint_table(summarize(results), prices)
    first, second = (row[1:] for row in table.rows)
    gradient = ("3.00 MFLOP", "–")
    memory = ("12.3 kB", "3.09", "2.00 MB", "1.00 MB")
    assert first == ("heavy", *memory, "50.0 kFLOP", "–", *gradient)
    memory = ("0 B", "0", "2.00 MB", "900 kB")
    assert second == ("light", *memory, "1.00 kFLOP", "12.0 kB", *gradient)


def test_records_of_before_have_no_such_table(tmp_path):
    results = Results(load(folder_with(tmp_path, {"old": None})))
    assert footprint_table(summarize(results), None) is None


def test_bytes_of_state_are_drawn_against_the_time_to_the_target(tmp_path):
    results = Results(load(folder_with(tmp_path, {"heavy": HEAVY, "light": LIGHT})))
    shown = scene(results, by_problem(results)["bowl"])
    styles = line_styles(["heavy", "light"])
    with column_style():
        (axes,) = memory.figure(shown, styles).axes
    marks = {x for line in axes.lines for x in map(float, line.get_xdata())}
    assert marks == {0.0, 12_345.0}
    assert axes.get_xlabel() == "optimizer's state (bytes)"
