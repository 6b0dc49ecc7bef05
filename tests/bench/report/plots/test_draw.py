"""The plots of a run: which there are, and that their bytes depend on files alone."""

import hashlib
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from bench.report.groups import Results
from bench.report.plots import curves
from bench.report.plots.draw import draw
from bench.report.plots.jobs import EVERY, Wanted, jobs, styles_of
from bench.report.plots.style import column_style
from bench.report.tables.summary import write
from bench.store import landscapes
from bench.store.beside import side_by_side
from bench.store.folder import add_facts
from bench.store.run import load

from ...synthetic_run import Course, Racer, plan, write_run

module = import_module("bench.report.plots.draw")
ROOT = Path(__file__).parents[4]
RACERS = [
    Racer("slow", 0.98),
    Racer("fast", 0.5, calls={"forward": 3, "gradient": 1}),
    Racer("wild", 2.0),
]


def names_of(drawn):
    assert not drawn.failed
    return {path.name for path in drawn.paths}


def test_each_problem_gets_a_panel_and_on_request_all_plots_as_svg_too(tmp_path):
    courses = [Course(steps=40), Course("a valley/1", optimum=None, target=None)]
    grid = [Racer("adam", r, settings={"learning_rate": r}) for r in (0.9, 0.7, 0.95)]
    folder = write_run(tmp_path, courses, [*RACERS, *grid], seeds=2)
    panels = {"bowl-panel.png", "a_valley_1-panel.png"}
    assert names_of(draw(folder)) == panels == set(os.listdir(folder / "plots"))
    before = dict(mpl.rcParams)
    drawn = draw(folder, Wanted(every=True, svg=True))
    assert dict(mpl.rcParams) == before  # the user's own settings are left alone
    costs = ("seconds", "gradient", "forward_equivalents", "panel")
    expected = {f"bowl-{kind}" for kind in (*costs, "calls", "memory")}
    expected |= {f"a_valley_1-{kind}" for kind in costs}
    expected |= {"bowl-break_even"}  # and no profiles: one problem has a target
    files = {f"{n}.{suffix}" for n in expected for suffix in ("svg", "png")}
    assert names_of(drawn) == files == set(os.listdir(folder / "plots"))
    for path in drawn.paths:
        if path.suffix == ".svg":
            assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_every_figure_fits_one_column_and_says_what_was_measured(tmp_path):
    racers = [*RACERS, Racer("thrifty", 0.4, calls={"forward": 9, "gradient": 1})]
    courses = [Course(steps=40), Course("a long label of a valley " * 9, steps=40)]
    run = load(write_run(tmp_path, courses, racers, seeds=2))
    with column_style():
        made = {job.name: job.make() for job in jobs(run)}
    figures = {name: figure for name, figure in made.items() if figure is not None}
    kinds = {name.partition("-")[2] for name in figures}
    assert {"panel", "calls", "break_even", "seconds"} <= kinds
    for name, figure in figures.items():
        assert figure.get_figwidth() == 3.4
        texts = figure.findobj(Text)
        assert {text.get_fontsize() for text in texts if text.get_text()} == {8}
        title, where = (text.get_text() for text in figure.texts[:2])
        label = "over 2 problems" if name == "profiles" else name.partition("-")[0]
        assert label.replace("_", " ")[:20] in title.replace("\n", " ")
        assert where == "float32, cpu: 2 cores, 2 seeds"
        inside = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
        assert inside.x0 >= 0
        assert inside.x1 <= 3.4 + 0.03


def test_what_is_not_priced_is_not_drawn(tmp_path):
    courses = [Course(steps=40), Course("valley")]
    drawn = draw(write_run(tmp_path, courses, RACERS, priced=0), EVERY)
    kinds = ("seconds", "gradient", "panel", "calls", "memory")
    expected = {f"{name}-{kind}.png" for name in ("bowl", "valley") for kind in kinds}
    assert names_of(drawn) == {*expected, "profiles.png"}


def test_a_run_of_which_nothing_is_there_yet_has_no_plots(tmp_path):
    folder = write_run(tmp_path, [Course(steps=40)], RACERS, seeds=1)
    for path in (folder / "trials").iterdir():
        path.unlink()
    assert draw(folder, EVERY) == ([], [])


def test_a_figure_that_fails_costs_itself_and_is_named(tmp_path, monkeypatch):
    folder = write_run(tmp_path, [Course(steps=5), Course("valley")], RACERS[:1])
    whole = curves.figure

    def broken(scene, costs, styles):
        if scene.problem == "bowl" and len(costs) == 1:
            raise ZeroDivisionError("no such number\nmore")
        return whole(scene, costs, styles)

    monkeypatch.setattr(curves, "figure", broken)
    drawn = draw(folder, EVERY)
    kinds = ("seconds", "gradient", "forward_equivalents")
    assert drawn.failed == [
        f"plot bowl-{kind} could not be drawn: ZeroDivisionError: no such number"
        for kind in kinds
    ]
    kept = {path.name for path in drawn.paths}
    assert {"bowl-panel.png", "valley-panel.png", "valley-seconds.png"} <= kept


def test_without_other_processes_one_draws_all(tmp_path, monkeypatch):
    folder = write_run(tmp_path, [Course(steps=5), Course("valley")], RACERS[:1])

    def refuse(*given):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(module, "_processes", lambda folder: 2)
    monkeypatch.setattr(module, "ProcessPoolExecutor", refuse)
    assert len(draw(folder).paths) == 2


def test_costs_of_zero_are_drawn_and_tabled(tmp_path):
    """One target is met by every start, the other by none."""
    courses = [Course(steps=9, target=10.0), Course("valley", target=1e-6)]
    folder = write_run(tmp_path, courses, RACERS, seeds=2)
    write(folder)
    assert "0 s" in (folder / "summary.md").read_text()
    stems = {path.stem for path in draw(folder, EVERY).paths}
    assert {"bowl-seconds", "bowl-break_even", "valley-seconds", "profiles"} <= stems


CODE = """
import os, sys
from importlib import import_module
from pathlib import Path
module = import_module("bench.report.plots.draw")
module.usable_processors, module.MANY = (lambda: {0, 1}), 1  # with a process to help
drawn = module.draw(Path(sys.argv[1]), module.Wanted(True, True))
print(*(path.name for path in drawn.paths))
"""


def test_the_bytes_depend_on_nothing_but_the_files(tmp_path):
    folder = write_run(tmp_path, [Course(steps=40)], RACERS, seeds=2)
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 20}):
        ours = {
            path.name: digest(path) for path in draw(folder, Wanted(True, True)).paths
        }
    other = os.environ | {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", CODE, str(folder)]
    done = subprocess.run(
        command, env=other, cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == list(ours)
    assert {name: digest(folder / "plots" / name) for name in ours} == ours


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_labels_that_make_the_same_words_have_plots_of_their_own(tmp_path):
    courses = [Course(label, steps=3) for label in ("a/b", "a b", "回归", "Регрессия")]
    folder = write_run(tmp_path, courses, RACERS[:1], seeds=1)
    assert len(names_of(draw(folder))) == 4


ORPHAN = """
import time
from importlib import import_module
draw = import_module("bench.report.plots.draw")
draw.LOOK_EVERY = 0.1
draw.end_with(-1)  # the parent of no process
time.sleep(60)
"""


def test_a_drawing_process_ends_with_its_parent():
    command = [sys.executable, "-c", ORPHAN]
    ended = subprocess.run(command, timeout=50, capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_runs_side_by_side_have_data_profiles_and_landscapes(tmp_path):
    courses = [Course(steps=40), Course("valley", steps=40)]
    folders = [write_run(tmp_path / n, courses, RACERS, seeds=1) for n in "ab"]
    grid = {"x1": [-1.0, 1.0], "x2": [-1.0, 1.0], "minimisers": [[0.0, 0.0]]}
    landscapes.add(folders[1], "bowl", grid | {"loss": [[1.0, 2.0], [3.0, 4.0]]})
    for folder in folders:
        for spec in plan(folder):
            add_facts(folder, spec, {"parameters": 9})
    run = side_by_side(folders).run
    made = {job.name: job.make for job in jobs(run)}
    assert "bowl-landscape" in made
    with column_style():
        figure = made["data_profiles"]()
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"fast (a)", "fast (b)"} <= set(names)


def test_an_optimizer_has_one_colour_and_mark_in_runs_side_by_side(tmp_path):
    racers = [*RACERS, Racer("fast, untuned", 0.9, family="fast", tuned=False)]
    folders = [write_run(tmp_path / n, [Course(steps=9)], racers, 1) for n in "ab"]
    alone = styles_of(Results(load(folders[0])))
    styles = styles_of(Results(side_by_side(folders).run))
    assert len(set(styles.values())) == 2 * len(racers)
    for name, own in alone.items():
        first, second = styles[f"{name} (a)"], styles[f"{name} (b)"]
        assert first == own
        assert (second.colour, second.marker) == (own.colour, own.marker)
