import hashlib
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from bench import plots
from bench.report.plots.curves import handles
from bench.report.plots.look import kept, looks
from bench.report.plots.scene import MOST, scenes
from bench.store.run import load

from ..synthetic_run import Course, Racer, write_run

ROOT = Path(__file__).parents[3]
RACERS = [
    Racer("slow", 0.98),
    Racer("fast", 0.5, calls={"forward": 3, "gradient": 1}),
    Racer("wild", 2.0),
]
GRID = [Racer("adam", r, settings={"learning_rate": r}) for r in (0.9, 0.7, 0.95)]


@pytest.fixture
def folder(tmp_path):
    courses = [Course(steps=40), Course("a valley/1", optimum=None, target=None)]
    return write_run(tmp_path, courses, [*RACERS, *GRID], seeds=2)


def scene(folder, place=0):
    return scenes(load(folder))[place]


def test_each_problem_gets_its_plots_as_svg_and_png(folder):
    before = dict(mpl.rcParams)
    paths = [path for _, path in plots.write(folder)]
    assert dict(mpl.rcParams) == before  # the user's own settings are left alone
    found = {path.name for path in paths}
    costs = ("seconds", "gradients", "forward-equivalents", "panel")
    expected = {f"bowl-{kind}" for kind in (*costs, "calls")}
    expected |= {f"a_valley_1-{kind}" for kind in costs}
    expected |= {"bowl-crossings"}  # and no profiles: one problem has a target
    assert found == {f"{n}.{suffix}" for n in expected for suffix in ("svg", "png")}
    assert found == set(os.listdir(folder / "plots"))
    for path in paths[::2]:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_what_is_not_priced_is_not_drawn(tmp_path):
    courses = [Course(steps=40), Course("valley")]
    folder = write_run(tmp_path, courses, RACERS, priced=False)
    names = {path.stem for _, path in plots.write(folder)}
    kinds = ("seconds", "gradients", "panel", "calls")
    expected = {f"{name}-{kind}" for name in ("bowl", "valley") for kind in kinds}
    assert names == {*expected, "profiles"}


def test_the_bytes_depend_on_nothing_but_the_files(tmp_path):
    folder = write_run(tmp_path, [Course(steps=40)], RACERS, seeds=2)
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 20}):
        ours = {path.name: path.read_bytes() for _, path in plots.write(folder)}
    code = "import os, sys; from pathlib import Path; from bench.report.plots import processes as drawing;"
    code += "os.cpu_count, drawing.MANY = (lambda: 2), 1;"  # with a process to help
    code += "print(*(path.name for path in drawing.draw(Path(sys.argv[1]))))"
    command = [sys.executable, "-c", code, str(folder)]
    other = os.environ | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        command, env=other, cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == list(ours)
    for name, content in ours.items():
        again = (folder / "plots" / name).read_bytes()
        assert digest(again) == digest(content), name


def digest(content):
    return hashlib.sha256(content).hexdigest()


def test_curves_end_where_the_trials_did(folder):
    run = load(folder)
    for line in scene(folder).lines:
        for curve, record in zip(
            line.curves["gradients"], line.entry.records, strict=True
        ):
            assert curve.cost[0] == 0
            assert curve.cost[-1] == record["readings"]["gradient"]
            gap = run.trace(record["key"])["suboptimality"].iloc[-1]
            assert curve.value[-1] == max(gap, 10 * 2.0**-24)
            assert curve.left == (record.end == "diverged")


def test_forward_equivalents_weigh_every_call(folder):
    fast = next(line for line in scene(folder).lines if line.name == "fast")
    gradients, weighed = (
        fast.curves[cost][0].cost for cost in ("gradients", "forward-equivalents")
    )
    np.testing.assert_allclose(weighed, gradients * (3 * 1 + 2.5))


def test_of_a_grid_the_best_setting_is_in_colour(folder):
    lines = [line for line in scene(folder).lines if line.family == "adam"]
    best = [line.name for line in lines if line.best]
    assert best == ["adam learning_rate=0.7 (best of 3)"]
    assert len(lines) == 3


def test_what_has_no_curve_is_named(folder):
    for path in (folder / "trials").glob("bowl-wild-*"):
        path.unlink()
    assert scene(folder).absent == ["wild: missing 2"]


def test_of_many_optimizers_the_best_are_drawn_and_the_others_counted(tmp_path):
    racers = [Racer(f"r{i}", 0.9 - 0.02 * i) for i in range(MOST + 3)]  # the last win
    (drawn,) = scenes(load(write_run(tmp_path, [Course(target=1e-6)], racers)))
    assert [line.name for line in drawn.lines] == [r.label for r in racers[3:]]
    assert drawn.absent == ["3 more in summary.csv"]


def test_what_cannot_be_priced_is_said(tmp_path):
    newton = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})
    drawn = scene(write_run(tmp_path, [Course(steps=40)], [newton, *RACERS]))
    style = looks(line.family for line in drawn.lines)
    for cost, expected in (("seconds", False), ("forward-equivalents", True)):
        names = [str(h.get_label()) for h in handles(drawn, [cost], style)]
        assert any("no price" in name for name in names) == expected


def test_no_floor_hides_a_target_or_a_loss_that_ends_at_nought(tmp_path):
    courses = [Course("low", target=1e-9), Course("nought", optimum=0.0, target=None)]
    drawn = scenes(load(write_run(tmp_path, courses, [Racer("fast", 0.5)])))
    assert drawn[0].floor == drawn[0].target == pytest.approx(1e-9, rel=1e-6)
    assert drawn[1].floor < 1e-300


def test_the_target_is_in_the_curves_terms(folder):
    assert scene(folder).target == pytest.approx(1e-6, rel=1e-6)
    assert np.isnan(scene(folder, 1).target)


def test_who_is_new_takes_the_look_of_nobody():
    known = looks(["b", "c"])
    drawn = kept(["new", "c", "other", "b"], known)
    assert (drawn["b"], drawn["c"]) == (known["b"], known["c"])
    assert len(set(drawn.values())) == 4


def test_forty_optimizers_can_be_told_apart():
    found = looks(map(str, range(40)))
    assert len(set(map(str, found.values()))) == 40
