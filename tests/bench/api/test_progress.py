"""Progress in a notebook: a bar that appears when work takes long, and goes."""

import sys
from types import SimpleNamespace

import bench
from bench.api import progress
from bench.api.progress import EVERY, InNotebook, reporter
from bench.execute.progress import Report
from bench.execute.time_left import Unit

CONFIG = """
name = "two"
[budget]
steps = 5
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0]
label = "<b>"
[[optimizers]]
name = "sgd"
learning_rate = 0.1
"""


class Cell:
    """The output of a cell, as IPython's `display` sees it."""

    def __init__(self):
        self.shown = []

    def __call__(self, data, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(data)
        return self

    def update(self, data, raw):
        assert raw
        self.shown.append(data)


def test_short_work_shows_nothing_and_long_work_a_bar_that_is_removed():
    now, cell = [0.0], Cell()
    unit = Unit("trial", "digits", "adam")
    with InNotebook(cell, lambda: now[0]) as report:
        report.planned([unit, unit])
        with report.during(unit):
            now[0] = EVERY
            report.progress(0.25)
        assert len(cell.shown) == 1  # and again only when as much time has passed
        shown = cell.shown[0]
        now[0] = 2 * EVERY
        report.progress(0.5)
    assert shown["text/html"].startswith('<div><progress max="2" value="0.250">')
    assert "trials 0/2" in shown["text/plain"]
    assert shown["text/plain"].endswith("left: digits adam")
    assert cell.shown[1]["text/plain"] != shown["text/plain"]
    assert cell.shown[2:] == [{"text/plain": "", "text/html": ""}]


def test_an_experiment_shows_its_trials_and_labels_are_text(monkeypatch):
    cell = Cell()
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setattr("bench.api.experiment.reporter", lambda: InNotebook(cell))
    run = bench.experiment(CONFIG)
    assert [record.end for record in run.records] == ["budget"]
    pages = [data["text/html"] for data in cell.shown]
    assert any('max="1" value="1.000"' in page for page in pages)
    assert any("&lt;b&gt; sgd" in page for page in pages)
    assert not any("<b>" in page for page in pages)


def test_only_a_notebook_shows_it(monkeypatch):
    assert type(reporter()) is Report
    shell = SimpleNamespace(kernel=object())
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    display = SimpleNamespace(display=Cell())
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    assert isinstance(reporter(), InNotebook)
    shell.kernel = None
    assert type(reporter()) is Report
