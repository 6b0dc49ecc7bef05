"""Plots in the formats, sizes and styles that journals ask for."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from bench.core.errors import BenchError
from bench.report.plots.draw import draw
from bench.report.plots.jobs import Wanted, jobs
from bench.report.plots.size import ONE_COLUMN, Size, size_of, sized
from bench.report.plots.style import COLOURS, column_style, line_styles
from bench.report.plots.user_style import read_style, restyled
from bench.store.run import load

from ...synthetic_run import Course, Racer, write_run

ROOT = Path(__file__).parents[4]
RACERS = [
    Racer("slow_one & $x$ #1 50%", 0.98),
    Racer("fast", 0.5, calls={"forward": 3, "gradient": 1}),
    Racer("wild", 2.0),
]
FORMATS = ("svg", "png", "pdf", "pgf")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    courses = [Course(steps=40), Course("a valley", steps=40)]
    return write_run(tmp_path_factory.mktemp("plots"), courses, RACERS, seeds=2)


def digests(drawn):
    assert not drawn.failed
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in drawn.paths
    }


CODE = """
import sys
from itertools import pairwise
from pathlib import Path
from importlib import import_module
draw = import_module("bench.report.plots.draw")
draw.MANY = 1000  # in this process
draw.draw(Path(sys.argv[1]), draw.Wanted(formats=tuple(sys.argv[2].split(","))))
"""


def test_every_format_has_the_same_bytes_on_another_day_and_machine(folder):
    ours = digests(draw(folder, Wanted(formats=FORMATS)))
    stems = {name.rpartition(".")[0] for name in ours}
    assert set(ours) == {f"{stem}.{form}" for stem in stems for form in FORMATS}
    other = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    other |= {"SOURCE_DATE_EPOCH": "86400"}
    command = [sys.executable, "-c", CODE, str(folder), ",".join(FORMATS)]
    subprocess.run(command, env=other, cwd=ROOT, check=True)
    for name, digest in ours.items():
        content = (folder / "plots" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
        assert str(ROOT).encode() not in content
        assert Path(mpl.__file__).parent.as_posix().encode() not in content


def test_formats_replace_those_of_before(folder):
    draw(folder, Wanted(formats=("pdf",)))
    suffixes = {path.suffix for path in (folder / "plots").iterdir()}
    assert suffixes == {".pdf"}
    assert all(
        path.read_bytes().startswith(b"%PDF") for path in (folder / "plots").iterdir()
    )
    draw(folder, Wanted(svg=True))
    suffixes = {path.suffix for path in (folder / "plots").iterdir()}
    assert suffixes == {".png", ".svg"}


def test_letters_in_a_pdf_are_those_that_journals_take(folder):
    (path, *_) = draw(folder, Wanted(formats=("pdf",))).paths
    assert b"/Type3" not in path.read_bytes().replace(b" ", b"")
    assert b"/FontFile2" in path.read_bytes()


def test_pgf_needs_no_latex_and_its_labels_are_text(folder, monkeypatch):
    monkeypatch.setenv("PATH", "")
    (path, *_) = draw(folder, Wanted(formats=("pgf",))).paths
    text = path.read_text()
    assert r"slow\_one \& \$x\$ \#1 50\%" in text
    assert "10$^{-" in text
    opened, closed = (text.count(f"\\{word}{{pgf") for word in ("begin", "end"))
    assert opened == closed > 10
    assert not re.search("[^\x00-\x7f]", text)


def test_lines_of_pgf_are_held_at_their_sides(folder):
    """The document's letters are narrower: ticks still touch their axis."""
    (path, *_) = draw(folder, Wanted(formats=("pgf",))).paths
    ticks = re.findall(
        r"\\pgftext\[x=([\d.]+)in,y=[\d.]+in,right,base\]", path.read_text()
    )
    assert len(ticks) > 5
    assert len(set(ticks)) == 1


PAPER = r"""
\documentclass{article}
\usepackage{pgf}
\begin{document}
\input{plot.pgf}
\end{document}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_a_paper_inputs_a_pgf(folder, tmp_path):
    (path, *_) = draw(folder, Wanted(formats=("pgf",))).paths
    shutil.copy(path, tmp_path / "plot.pgf")
    (tmp_path / "paper.tex").write_text(PAPER)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_sizes_have_names_or_inches():
    assert size_of("one-column") == ONE_COLUMN == Size(3.4)
    assert size_of("two-column") == Size(7.0)
    assert size_of("3.25x2.5") == Size(3.25, 2.5)
    for text, words in {
        "two-columns": 'Did you mean "two-column"?',
        "3x": "not a size: one-column, two-column, or WIDTHxHEIGHT",
        "1x3": "from 2 to 40 inches",
        "3.4x400": "from 2 to 40 inches",
    }.items():
        with pytest.raises(BenchError) as raised:
            size_of(text)
        assert words in str(raised.value)


@pytest.mark.parametrize("size", ["two-column", "5x6", "7x3.2", "3.4x6.5"])
def test_a_figure_has_its_size_and_all_of_it_is_inside(folder, size):
    run, wanted = load(folder), size_of(size)
    with column_style(), sized(wanted):
        figures = {job.name: job.make() for job in jobs(run)}
    for name, figure in figures.items():
        if figure is None:
            continue
        assert figure.get_figwidth() == wanted.width
        assert wanted.height is None or figure.get_figheight() == wanted.height
        assert {t.get_fontsize() for t in figure.findobj(Text) if t.get_text()} == {8}
        inside = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
        assert inside.x0 >= 0, name
        assert inside.x1 <= wanted.width + 0.03, name
        assert inside.y0 >= -0.01, name
        assert inside.y1 <= figure.get_figheight() + 0.01, name


def test_axes_of_two_columns_stand_beside_each_other_and_apart(folder):
    run = load(folder)
    with column_style(), sized(size_of("two-column")):
        (panel, *_) = (job.make() for job in jobs(run) if job.name.endswith("panel"))
    boxes = [
        axes.get_tightbbox(FigureCanvasAgg(panel).get_renderer()) for axes in panel.axes
    ]
    assert len(boxes) == 3
    assert len({axes.get_position().y0 for axes in panel.axes}) == 1
    for left, right in pairwise(boxes):
        assert left.x1 <= right.x0


def test_a_height_that_leaves_no_room_is_a_line_for_each_plot(folder):
    drawn = draw(folder, Wanted(size=Size(3.4, 2.0)))
    panel = next(line for line in drawn.failed if "bowl-panel" in line)
    assert panel.startswith(
        "plot bowl-panel could not be drawn: 3.4 inches of width need a height of "
    )
    least = float(panel.rpartition(" ")[2])
    again = draw(folder, Wanted(size=Size(3.4, least + 0.01)))
    assert "bowl-panel.png" in {path.name for path in again.paths}


STYLE = """\
# a style
font.size: 7  # points
font.family: serif
axes.facecolor: "#F0F0F0"
axes.prop_cycle: cycler("color", ["#111111", "#222222"])
lines.linewidth : 2
text.color: white
text.parse_math: True
figure.autolayout: True
"""


def style_file(tmp_path, text):
    path = tmp_path / "own.mplstyle"
    path.write_text(text)
    return path


def test_a_style_of_ones_own_is_used(folder, tmp_path):
    style = read_style(style_file(tmp_path, STYLE))
    wanted = Wanted(style=style)
    with column_style(style):
        assert mpl.rcParams["axes.labelsize"] == 7
        assert mpl.rcParams["axes.facecolor"] == "#F0F0F0"
        assert not mpl.rcParams["text.parse_math"]  # a label is text
        assert not mpl.rcParams["figure.autolayout"]  # the text has its place
        figure = next(job.make() for job in jobs(load(folder), wanted))
        assert {t.get_fontsize() for t in figure.findobj(Text) if t.get_text()} == {7}
    entries = figure.legends[0].get_lines()
    assert {entries[i].get_color() for i in range(3)} <= {"#111111", "#222222"}
    assert entries[0].get_linewidth() == 2
    before = digests(draw(folder))
    assert digests(draw(folder, wanted)) != before
    assert digests(draw(folder)) == before


def test_a_style_keeps_what_tells_optimizers_apart():
    styles = line_styles(f"optimizer {i}" for i in range(30))
    style = (("axes.prop_cycle", "cycler('color', ['#111111', '#222222'])"),)
    changed = restyled(styles, style)
    assert {one.colour for one in changed.values()} == {"#111111", "#222222"}
    assert [one.marker for one in changed.values()] == [
        one.marker for one in styles.values()
    ]
    assert restyled(styles, ()) == styles
    assert {one.colour for one in styles.values()} == set(COLOURS)


WRONG = {
    "axes.labelszie: 8": "3: axes.labelszie: matplotlib has no such setting. Did you "
    'mean "axes.labelsize"?',
    "lines.linewidth: thick": "3: Key lines.linewidth: Could not convert 'thick'",
    "axes.labelsize 8": "3: axes.labelsize 8: a line is KEY: VALUE",
    "text.usetex: True": "3: text.usetex: labels are drawn without LaTeX",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_line_of_a_style_is_named(tmp_path, line):
    path = style_file(tmp_path, f"font.size: 8\n\n{line}\n")
    with pytest.raises(BenchError) as raised:
        read_style(path)
    (only,) = raised.value.lines
    assert only.startswith(f"{path}:{WRONG[line]}")


def test_a_style_that_cannot_be_read_is_one_line(tmp_path):
    with pytest.raises(BenchError, match=r"cannot read .*none\.mplstyle"):
        read_style(tmp_path / "none.mplstyle")
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BenchError, match="not a text in UTF-8"):
        read_style(path)
