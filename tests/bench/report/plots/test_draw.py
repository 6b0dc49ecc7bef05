"""The plots of a run: which there are, and that their bytes depend on files alone."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from bench.report.plots.draw import draw
from bench.report.tables.summary import write

from ...synthetic_run import Course, Racer, write_run

ROOT = Path(__file__).parents[4]
RACERS = [
    Racer("slow", 0.98),
    Racer("fast", 0.5, calls={"forward": 3, "gradient": 1}),
    Racer("wild", 2.0),
]


def test_each_problem_gets_its_plots_as_svg_and_png(tmp_path):
    courses = [Course(steps=40), Course("a valley/1", optimum=None, target=None)]
    grid = [Racer("adam", r, settings={"learning_rate": r}) for r in (0.9, 0.7, 0.95)]
    folder = write_run(tmp_path, courses, [*RACERS, *grid], seeds=2)
    before = dict(mpl.rcParams)
    paths = draw(folder)
    assert dict(mpl.rcParams) == before  # the user's own settings are left alone
    names = {path.name for path in paths}
    costs = ("seconds", "gradient", "forward_equivalents", "panel")
    expected = {f"bowl-{kind}" for kind in (*costs, "calls")}
    expected |= {f"a_valley_1-{kind}" for kind in costs}
    expected |= {"bowl-break_even"}  # and no profiles: one problem has a target
    assert names == {f"{n}.{suffix}" for n in expected for suffix in ("svg", "png")}
    assert names == set(os.listdir(folder / "plots"))
    for path in paths[::2]:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_what_is_not_priced_is_not_drawn(tmp_path):
    courses = [Course(steps=40), Course("valley")]
    names = {path.stem for path in draw(write_run(tmp_path, courses, RACERS, priced=0))}
    kinds = ("seconds", "gradient", "panel", "calls")
    expected = {f"{name}-{kind}" for name in ("bowl", "valley") for kind in kinds}
    assert names == {*expected, "profiles"}


def test_a_run_of_which_nothing_is_there_yet_has_no_plots(tmp_path):
    folder = write_run(tmp_path, [Course(steps=40)], RACERS, seeds=1)
    for path in (folder / "trials").iterdir():
        path.unlink()
    assert draw(folder) == []


def test_costs_of_zero_are_drawn_and_tabled(tmp_path):
    """One target is met by every start, the other by none."""
    courses = [Course(steps=9, target=10.0), Course("valley", target=1e-6)]
    folder = write_run(tmp_path, courses, RACERS, seeds=2)
    write(folder)
    assert "0 s" in (folder / "summary.md").read_text()
    stems = {path.stem for path in draw(folder)}
    assert {"bowl-seconds", "bowl-break_even", "valley-seconds", "profiles"} <= stems


CODE = """
import os, sys
from importlib import import_module
from pathlib import Path
module = import_module("bench.report.plots.draw")
os.cpu_count, module.MANY = (lambda: 2), 1  # with a process to help
print(*(path.name for path in module.draw(Path(sys.argv[1]))))
"""


def test_the_bytes_depend_on_nothing_but_the_files(tmp_path):
    folder = write_run(tmp_path, [Course(steps=40)], RACERS, seeds=2)
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 20}):
        ours = {path.name: digest(path) for path in draw(folder)}
    other = os.environ | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", CODE, str(folder)]
    done = subprocess.run(
        command, env=other, cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == list(ours)
    assert {name: digest(folder / "plots" / name) for name in ours} == ours


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("label", "stem"),
    [("a valley/1", "a_valley_1"), ("up .. /°", "up"), ("° °", "problem")],
)
def test_a_problem_s_label_makes_a_file_name(tmp_path, label, stem):
    folder = write_run(tmp_path, [Course(label, steps=5)], RACERS[:1], seeds=1)
    assert f"{stem}-seconds.svg" in {path.name for path in draw(folder)}
